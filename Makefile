# sfcrime-tui: `make run` and `make test` do everything; `make help` lists the rest.
#
# Variables: BUILD (where things are built), CC, CFLAGS, WERROR=-Werror, SANITIZE=address,undefined or thread
# (each in a folder of its own), ROOMS (which source folders go into the library), ARGS (of `make run`),
# PREFIX and DESTDIR (of `make install`), JOBS (tests at a time).

ifneq ($(filter -%,$(SANITIZE)),)
SAN_FLAGS := $(SANITIZE)
else ifneq ($(SANITIZE),)
SAN_FLAGS := -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=undefined
endif
ifneq ($(findstring thread,$(SANITIZE)),)
BUILD    ?= build/tsan
else ifneq ($(SANITIZE),)
BUILD    ?= build/asan
endif
BUILD    ?= build
CC       ?= cc
PREFIX   ?= /usr/local
DESTDIR  ?=
JOBS     ?= $(shell nproc 2>/dev/null || echo 2)
ROOMS    ?= app app/base app/query app/replay app/kafka app/sink app/engine app/spark ui
PKGS     := rdkafka ncursesw json-c zlib inih sqlite3 libcurl
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
CPPFLAGS += -D_GNU_SOURCE -Iapp -I. $(PKG_CFLAGS)
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
            -Wno-unused-parameter -Wno-missing-field-initializers $(WERROR)
CFLAGS   ?= -O2 -g
ALLCFLAGS = -std=c11 $(WARN) -fno-common -pthread $(CFLAGS) $(SAN_FLAGS)
LDLIBS    = $(TSAN_OBJ) $(PKG_LIBS) -lm -lpthread
ifneq ($(findstring thread,$(SANITIZE)),)
# Makes the packaged librdkafka's threads known to ThreadSanitizer; the file says how.
TSAN_OBJ  = $(BUILD)/tests/check/tsan_threads.o
$(BUILD)/libsfcrime.a: | $(TSAN_OBJ)
endif

LIB_SRC  := $(filter-out app/main.c,$(foreach r,$(ROOMS),$(wildcard $(r)/*.c)))
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/%.o)
DATA_SRC := $(wildcard data/*.c)
UNIT_SRC := $(wildcard tests/unit/*_test.c tests/unit/*/*_test.c)
UNIT_BIN := $(UNIT_SRC:%.c=$(BUILD)/%)
PIPE_SRC := $(wildcard tests/pipeline/*_test.c)
PIPE_BIN := $(PIPE_SRC:%.c=$(BUILD)/%)
KILL_SRC := $(wildcard tests/kill/*_test.c)
KILL_BIN := $(KILL_SRC:%.c=$(BUILD)/%)
FUZZ_BIN := $(addprefix $(BUILD)/tests/fuzz/,messages dataset ini codes checkpoint text rows)
# A test's helpers (any other file of its folder) are linked into each test of that folder.
UNIT_HELP = $(patsubst %.c,$(BUILD)/%.o,$(filter-out %_test.c,$(wildcard $(dir $(1))*.c)))

SCREEN_OBJ := $(addprefix $(BUILD)/tests/screen/,harness.o case_file.o steps.o)
TERM_OBJ   := $(addprefix $(BUILD)/tests/screen/,environment.o keys.o match.o term.o term_bytes.o) $(BUILD)/libsfcrime.a

# Steps that follow an installation start a fresh make, which asks pkg-config again; in parallel unless told otherwise.
SUBMAKE   = $(MAKE) --no-print-directory $(if $(findstring j,$(filter -j% --jobserver%,$(MAKEFLAGS))),,-j$(JOBS))

# Sources that clang-format and the linter look after.
C_FILES  := $(sort $(shell find app ui data config tests -name '*.[ch]' 2>/dev/null))

.DEFAULT_GOAL := all
all: $(BUILD)/sfcrime-tui $(BUILD)/data/calls.json $(BUILD)/docs/sfcrime-tui.1

run: ## builds and starts the program; installs what is missing first; make run ARGS='--help'
	@config/packages.sh run
	@$(SUBMAKE) all
	@exec $(BUILD)/sfcrime-tui $(ARGS)

test: ## unit, pipeline and screen tests; SANITIZE=address,undefined or SANITIZE=thread for such builds
	@config/packages.sh test
	@$(SUBMAKE) -k all test-programs; built=$$?; \
	tests/run.sh --build '$(BUILD)' --jobs '$(JOBS)' --sanitize '$(SANITIZE)' $(ONLY) && exit $$built

test-programs: $(UNIT_BIN) $(PIPE_BIN) $(KILL_BIN) $(FUZZ_BIN) $(addprefix $(BUILD)/tests/,kafka/transact kafka/stamped screen/harness screen/monkey \
               $(addprefix bench/,start ui latency fill nowork))

unit: $(UNIT_BIN) ## only the unit tests
	@for t in $(UNIT_BIN); do $$t || exit 1; done

# ---- the program ----

$(BUILD)/sfcrime-tui: $(BUILD)/app/main.o $(BUILD)/libsfcrime.a
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/libsfcrime.a: $(LIB_OBJ) $(BUILD)/.objects
	rm -f $@
	ar rcs $@ $(LIB_OBJ)

$(BUILD)/%.o: %.c $(BUILD)/.flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALLCFLAGS) -MMD -MP -c -o $@ $<

# Two notes of how the last build was made: other flags rebuild everything, a source that is gone leaves the library.
$(BUILD)/.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CPPFLAGS) $(ALLCFLAGS)' | cmp -s - $@ || echo '$(CC) $(CPPFLAGS) $(ALLCFLAGS)' > $@
$(BUILD)/.objects: FORCE
	@mkdir -p $(@D)
	@echo '$(LIB_OBJ)' | cmp -s - $@ || echo '$(LIB_OBJ)' > $@
FORCE:

# ---- bundled calls and generated documents ----

$(BUILD)/generate: $(DATA_SRC:%.c=$(BUILD)/%.o) $(BUILD)/libsfcrime.a
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Written beside its place and renamed, so that a broken run never leaves half a file that looks whole.
$(BUILD)/data/calls.json: $(BUILD)/generate
	@mkdir -p $(@D)
	$(BUILD)/generate > $@.part
	@mv $@.part $@

# The program prints them from its own tables; the home folder of whoever builds has no say in it.
$(BUILD)/docs/sfcrime-tui.1: $(BUILD)/sfcrime-tui
	@mkdir -p $(@D)
	HOME=/ XDG_CONFIG_HOME=/nowhere $(BUILD)/sfcrime-tui --print bash > $(@D)/sfcrime-tui.bash
	HOME=/ XDG_CONFIG_HOME=/nowhere $(BUILD)/sfcrime-tui --print zsh > $(@D)/_sfcrime-tui
	HOME=/ XDG_CONFIG_HOME=/nowhere $(BUILD)/sfcrime-tui --print man > $@

# ---- tests ----

.SECONDEXPANSION:
# What these count passes through counters of theirs.
WRAP      = $(patsubst %,-Wl$(comma)--wrap=%,$(1))
comma    := ,
$(BUILD)/tests/unit/query/steady_test: LDFLAGS += $(call WRAP,malloc calloc realloc reallocarray pthread_mutex_lock)

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $$(call UNIT_HELP,tests/unit/$$*.c) $(BUILD)/libsfcrime.a
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

# The generator's tests call all of it but its main.
$(BUILD)/tests/unit/data/%: $(BUILD)/tests/unit/data/%.o $$(call UNIT_HELP,tests/unit/data/$$*.c) \
                            $(DATA_SRC:%.c=$(BUILD)/no-main/%.o) $(BUILD)/libsfcrime.a
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(BUILD)/no-main/%.o: %.c $(BUILD)/.flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -DGENERATE_NO_MAIN $(ALLCFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/pipeline/%: $(BUILD)/tests/pipeline/%.o $$(call UNIT_HELP,tests/pipeline/$$*.c) $(BUILD)/libsfcrime.a
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(BUILD)/tests/kill/%: $(BUILD)/tests/kill/%.o $$(call UNIT_HELP,tests/kill/$$*.c) $(BUILD)/libsfcrime.a
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/kafka/transact $(BUILD)/tests/kafka/stamped: $(BUILD)/tests/kafka/%: $(BUILD)/tests/kafka/%.o
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# With LIBFUZZER=yes the driver is clang's own (tests/fuzz/run.sh); otherwise ours, which any compiler builds.
$(BUILD)/tests/fuzz/%.o: CPPFLAGS += -Itests
$(FUZZ_BIN): $(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/fuzz.o $(BUILD)/tests/fuzz/strict.o \
                                    $(if $(LIBFUZZER),,$(BUILD)/tests/fuzz/driver.o) $(BUILD)/libsfcrime.a
	$(CC) $(ALLCFLAGS) $(if $(LIBFUZZER),-fsanitize=fuzzer) $(LDFLAGS) -o $@ $^ $(LDLIBS)

fuzz: ## fuzzes all that reads foreign bytes, JSON with json-c as the judge; FUZZ_SECONDS=20 in all, ONLY=messages
	@config/packages.sh test
	@BUILD='$(BUILD)' tests/fuzz/run.sh $(ONLY)

$(BUILD)/tests/screen/harness: $(SCREEN_OBJ) $(TERM_OBJ)
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ -lvterm -lutil -lm

$(BUILD)/tests/screen/monkey: $(addprefix $(BUILD)/tests/screen/,monkey.o frames.o case_file.o steps.o) $(TERM_OBJ)
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lvterm -lutil

# Not in the image that config/Dockerfile builds, which has no tests.
-include tests/bench/rules.mk

spark-cluster: ## a real Kafka and a real Spark (master, two workers) on loopback, for development; until Ctrl-C
	@tests/spark/cluster.sh both $(BUILD)/spark-cluster

picture: all $(BUILD)/tests/screen/harness ## the README's picture, from the real program
	@tests/screen/picture.sh $(BUILD)/tests/screen/harness $(BUILD)/sfcrime-tui

# ---- checks ----

format: ## lays out every C file by .clang-format
	@clang-format -i $(C_FILES)

lint: ## layout, structure, Python and clang-tidy checks (all must be clean)
	@tests/check/format.sh && tests/check/structure.sh && tests/check/python.sh && tests/check/lint.sh

# ---- installation ----

SHARE := $(DESTDIR)$(PREFIX)/share

install: all ## into PREFIX (/usr/local), below DESTDIR
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/sfcrime-tui
	install -m 755 $(BUILD)/sfcrime-tui $(DESTDIR)$(PREFIX)/bin/sfcrime-tui
	install -m 644 config/config.ini config/logging.ini data/radio_code.json $(BUILD)/data/calls.json \
	    $(SHARE)/sfcrime-tui/
	install -d $(SHARE)/sfcrime-tui/spark/sfcrime_spark
	install -m 644 app/spark/job.py app/spark/PROTOCOL.md $(SHARE)/sfcrime-tui/spark/
	install -m 644 app/spark/sfcrime_spark/*.py $(SHARE)/sfcrime-tui/spark/sfcrime_spark/
	install -D -m 644 $(BUILD)/docs/sfcrime-tui.1 $(SHARE)/man/man1/sfcrime-tui.1
	install -D -m 644 $(BUILD)/docs/sfcrime-tui.bash $(SHARE)/bash-completion/completions/sfcrime-tui
	install -D -m 644 $(BUILD)/docs/_sfcrime-tui $(SHARE)/zsh/site-functions/_sfcrime-tui

uninstall: ## removes what `make install` put there
	rm -f $(DESTDIR)$(PREFIX)/bin/sfcrime-tui $(SHARE)/man/man1/sfcrime-tui.1
	rm -f $(SHARE)/bash-completion/completions/sfcrime-tui $(SHARE)/zsh/site-functions/_sfcrime-tui
	rm -f $(addprefix $(SHARE)/sfcrime-tui/,config.ini logging.ini radio_code.json calls.json)
	rm -rf $(SHARE)/sfcrime-tui/spark/sfcrime_spark
	rm -f $(SHARE)/sfcrime-tui/spark/job.py $(SHARE)/sfcrime-tui/spark/PROTOCOL.md
	if [ -d $(SHARE)/sfcrime-tui/spark ]; then rmdir --ignore-fail-on-non-empty $(SHARE)/sfcrime-tui/spark; fi
	if [ -d $(SHARE)/sfcrime-tui ]; then rmdir --ignore-fail-on-non-empty $(SHARE)/sfcrime-tui; fi

clean: ## removes the build folder
	rm -rf $(BUILD)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: all run test picture test-programs unit fuzz spark-cluster format lint install uninstall clean help FORCE
.DELETE_ON_ERROR:
.SECONDARY:
-include $(shell find $(BUILD)/app $(BUILD)/ui $(BUILD)/data $(BUILD)/config $(BUILD)/tests $(BUILD)/no-main -name '*.d' 2>/dev/null)
