/* The file sinks (file.c): the whole result table as CSV or JSON after each batch, and --export once at the
 * end. Each is replaced atomically, so a batch that is put out twice leaves the same file. Engine thread. */
#ifndef SINK_FILE_H
#define SINK_FILE_H

#include "sink/sink.h"

extern const struct sink_ops sink_csv, sink_json, sink_export;

#endif
