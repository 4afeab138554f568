# Used beside the Makefile by tests/spark/run.sh:  make -f Makefile -f tests/spark/rules.mk build/tests/spark/engine_case
# Only the query and what it stands on, so that nothing else of the program has to compile for it.

ENGINE_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard app/base/*.c app/query/*.c))

$(BUILD)/tests/spark/engine.a: $(ENGINE_OBJ)
	rm -f $@
	ar rcs $@ $^

$(BUILD)/tests/spark/engine_case: $(BUILD)/tests/spark/engine_case.o $(BUILD)/tests/spark/engine.a
	$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ -ljson-c -lm -lpthread
