/* Reads an ini file through inih and tells where each value stands, so that an error can name its line. Lines
 * may be long and indented; a comment starts with ; or # at the start of a line, or with ; after a space. */
#ifndef APP_INI_FILE_H
#define APP_INI_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Told of each key in the file's order; all texts are borrowed for the call. False with a sentence in err
 * stops the reading: the sentence then gets the file and the line before it. */
typedef bool (*ini_key_fn)(void *arg, int line, const char *section, const char *key, const char *value,
                           char *err, size_t err_cap);

/* 0, or -1 with "FILE:LINE: sentence" (or "FILE: sentence") in err. */
int ini_file_read(const char *path, ini_key_fn on_key, void *arg, char *err, size_t err_cap);

#endif
