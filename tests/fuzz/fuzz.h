/* What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput, which libFuzzer calls with
 * bytes of its making, or driver.c where there is no libFuzzer. A target must not remember anything from one
 * input to the next, or what it finds cannot be shown again. One thread. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The path of a file in memory that holds these bytes until fuzz_file is called again. */
const char *fuzz_file(const void *bytes, size_t size);

/* Says what does not hold and ends the process, as a sanitizer would: the input is then kept. */
_Noreturn void fuzz_fail(const char *file, int line, const char *what);
#define FUZZ_EXPECT(holds) ((holds) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #holds))

/* Holds for every sentence that goes to people: not empty, and no byte that could drive a terminal. */
bool fuzz_fit_for_people(const char *sentence);

bool fuzz_is_utf8(const char *p, size_t len);

/* The strictest reading of RFC 8259 that we know how to make of json-c; see strict.c. */
struct json_object;
enum fuzz_json { FUZZ_JSON_REFUSED, FUZZ_JSON_TAKEN };
enum fuzz_json fuzz_strict_json(const char *json, size_t len, unsigned depth_max, struct json_object **out);

#endif
