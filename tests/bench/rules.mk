# What is measured, included by the Makefile. A command a bench; each says what it does by `make help`.

$(BUILD)/tests/bench/%.o: CPPFLAGS += -Itests
TERMINAL_BENCHES := $(addprefix $(BUILD)/tests/bench/,start ui latency)
$(TERMINAL_BENCHES): $(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/tests/bench/terminal.o $(TERM_OBJ)
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ -lvterm -lutil -ljson-c -lm

bench-start: ## launch to first painted table (p50 of 10 runs), and idle CPU when all is paused
	@config/packages.sh test
	@$(SUBMAKE) all $(BUILD)/tests/bench/start
	@$(BUILD)/tests/bench/start $(BUILD)/sfcrime-tui

bench-ui: ## key to paint while the engine is flat out, bytes a second to the terminal, idle CPU, beside their goals
	@config/packages.sh test
	@$(SUBMAKE) all $(BUILD)/tests/bench/ui
	@$(BUILD)/tests/bench/ui $(BUILD)/sfcrime-tui

bench-latency: ## trigger to painted table with batches of thirty rows, key to paint at full load; ARGS='-b HOST:PORT'
	@config/packages.sh test
	@$(SUBMAKE) all $(BUILD)/tests/bench/latency $(BUILD)/tests/bench/ui
	@$(BUILD)/tests/bench/latency $(BUILD)/sfcrime-tui $(ARGS)
	@$(BUILD)/tests/bench/ui $(BUILD)/sfcrime-tui keys

BENCH_OBJ = $(BUILD)/tests/bench/calls.o $(BUILD)/libsfcrime.a
$(BUILD)/tests/bench/rows $(BUILD)/tests/bench/wide: $(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(BENCH_OBJ)
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
LOOP_OBJ  = $(BUILD)/tests/bench/loop.o $(BUILD)/tests/bench/disk_calls.o $(BENCH_OBJ)
$(BUILD)/tests/bench/state $(BUILD)/tests/bench/checkpoint: $(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(LOOP_OBJ)
	$(CC) $(ALLCFLAGS) $(LDFLAGS) $(call WRAP,fdatasync fsync pwrite pread renameat unlinkat) -o $@ $^ $(LDLIBS)
$(BUILD)/tests/bench/tuning: $(BUILD)/tests/bench/tuning.o $(BUILD)/tests/bench/load.o $(BUILD)/tests/kill/cluster.o $(BUILD)/tests/kill/stage.o \
                             $(BENCH_OBJ)
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Packaged parsers to compare with; only json-c is needed.
BENCH_PARSERS := $(foreach m,libcjson yyjson yajl,$(shell pkg-config --exists $(m) 2>/dev/null && echo $(m)))
$(BUILD)/tests/bench/parse.o: CPPFLAGS += $(addprefix -DBENCH_,$(BENCH_PARSERS))
$(BUILD)/tests/bench/parse: $(BUILD)/tests/bench/parse.o $(BENCH_OBJ)
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(if $(BENCH_PARSERS),$(shell pkg-config --libs $(BENCH_PARSERS)))

bench-parse: ## what a message costs to read: our scanner beside json-c and the packaged parsers that are installed
	@config/packages.sh test
	@$(SUBMAKE) $(BUILD)/data/calls.json $(BUILD)/tests/bench/parse
	@tests/bench/parse.sh $(BUILD)/tests/bench/parse $(BUILD)/data/calls.json

$(BUILD)/tests/bench/fill: $(BUILD)/tests/bench/fill.o $(BUILD)/tests/bench/load.o $(BUILD)/tests/kill/stage.o $(BENCH_OBJ)
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/tests/bench/nowork: $(BUILD)/tests/bench/nowork.o
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

COMPARED = $(addprefix $(BUILD)/tests/bench/,fill nowork)
bench: ## this program beside plain librdkafka, kcat and Spark on a real Kafka, one table; ROUNDS=5, QUICK=1
	@config/packages.sh test
	@$(SUBMAKE) all $(COMPARED)
	@BUILD='$(BUILD)' tests/bench/compare.py

bench-peers: ## the same with whatever else tests/bench/peers holds
	@config/packages.sh test
	@$(SUBMAKE) all $(COMPARED)
	@BUILD='$(BUILD)' tests/bench/compare.py --peers

bench-spark: ## the same topic through the native engine and through Spark on a cluster of two workers; ROWS=1000000
	@config/packages.sh test
	@$(SUBMAKE) all
	@BUILD='$(BUILD)' tests/bench/spark.py

$(BUILD)/tests/bench/replay: $(BUILD)/tests/bench/replay.o $(BUILD)/tests/kill/cluster.o $(BUILD)/tests/kill/stage.o \
                             $(BENCH_OBJ)
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/tests/bench/plain_producer $(BUILD)/tests/bench/replay_run: $(BUILD)/%: $(BUILD)/%.o $(BUILD)/libsfcrime.a
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

bench-replay: ## the replay beside a plain producer; its rates; what comes after a pause or a change. SFCRIME_KAFKA=HOST:PORT
	@config/packages.sh test
	@$(SUBMAKE) $(BUILD)/generate $(addprefix $(BUILD)/tests/bench/,replay plain_producer replay_run)
	@tests/bench/replay.sh $(BUILD)

bench-rows: ## rows a second through the query alone, without Kafka, disk and screen, on 1, 2 and 4 threads
	@config/packages.sh test
	@$(SUBMAKE) $(BUILD)/data/calls.json $(BUILD)/tests/bench/rows
	@tests/bench/rows.sh $(BUILD)/tests/bench/rows $(BUILD)/data/calls.json

bench-instructions: ## instructions that a row takes, counted by valgrind, against tests/bench/instructions.txt; ARGS=--update
	@config/packages.sh test
	@CC='$(CC)' JOBS='$(JOBS)' tests/bench/instructions.sh $(ARGS)

bench-state: ## memory and the time of a batch while 10 million different calls pile up: table, plots; ARGS='--csv FILE'
	@config/packages.sh test
	@$(SUBMAKE) $(BUILD)/data/calls.json $(BUILD)/tests/bench/state
	@$(BUILD)/tests/bench/state $(BUILD)/data/calls.json $(ARGS)

bench-wide: ## a table of a million groups: views, order, key to paint; ARGS=GROUPS for the first part
	@config/packages.sh test
	@$(SUBMAKE) all $(BUILD)/tests/bench/wide $(BUILD)/tests/bench/ui
	@$(BUILD)/tests/bench/wide $(ARGS)
	@$(BUILD)/tests/bench/ui $(BUILD)/sfcrime-tui wide

bench-checkpoint: ## rows/s with a checkpoint over without, at 1-second triggers; ARGS='--trigger-ms N', '--batch N', ...
	@config/packages.sh test
	@$(SUBMAKE) $(BUILD)/data/calls.json $(BUILD)/tests/bench/checkpoint
	@$(BUILD)/tests/bench/checkpoint $(BUILD)/data/calls.json $(ARGS)

bench-tuning: ## rows a second and batch times by setting; SFCRIME_KAFKA=HOST:PORT for a real Kafka
	@config/packages.sh test
	@$(SUBMAKE) all $(BUILD)/tests/bench/tuning
	@$(BUILD)/tests/bench/tuning $(BUILD)/sfcrime-tui $(BUILD)/data/calls.json

.PHONY: bench-start bench-ui bench-latency bench-parse bench bench-peers bench-spark bench-replay bench-rows bench-instructions bench-state bench-wide bench-checkpoint bench-tuning
