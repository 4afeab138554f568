#!/bin/bash
# clang-tidy (version 14) with the checks of .clang-tidy over every source file; must be clean.
# tests/check/lint.sh [FILE...] narrows it.
cd "$(dirname "$0")/../.." || exit 1
command -v clang-tidy >/dev/null 2>&1 || {
    echo "lint: clang-tidy is missing (config/packages.sh ci installs it)" >&2
    exit 1
}
[ $# -gt 0 ] || mapfile -t files < <(find app ui data tests -name '*.c' ! -path 'tests/check/*' | sort)
[ $# -gt 0 ] && files=("$@")
flags=(-std=c11 -D_GNU_SOURCE -Iapp -I. -Itests -pthread)
read -ra more < <(pkg-config --cflags rdkafka ncursesw json-c zlib inih libcurl)
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
printf '%s\0' "${files[@]}" |
    xargs -0 -P "$(nproc)" -n 4 sh -c '
        flags=$1; shift
        clang-tidy --quiet --warnings-as-errors="*" "$@" -- $flags' sh "${flags[*]} ${more[*]}" >"$log" 2>&1
status=$?
grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed |^Use -header-filter' "$log"
[ $status -eq 0 ] && echo "lint: ${#files[@]} files, clean"
exit $status
