#!/bin/sh
# Every C file is laid out as .clang-format says (version 14, Debian 12's, is the reference).
cd "$(dirname "$0")/../.." || exit 1
command -v clang-format >/dev/null 2>&1 || {
    echo "format: clang-format is missing (config/packages.sh ci installs it)" >&2
    exit 1
}
find app ui data config tests -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
