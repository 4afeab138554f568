#!/bin/bash
# How many instructions the query takes for a row: counted by valgrind, so that a busy machine changes nothing, and held
# against the figures in instructions.txt. Fails where it takes over 5 % more.
#     tests/bench/instructions.sh             compares
#     tests/bench/instructions.sh --update    renews the figures of this compiler and machine, on purpose
# Variables: CC, BUILD (a folder of its own, since the flags are fixed), JOBS.
#
# A figure holds for a compiler, an architecture, a C library and the vector instructions that its memcpy picks by the
# processor; where none fits, it says so and counts as skipped. Counted are parse, distinct, watermark, aggregate and
# the encoding of each batch's state for the checkpoint, over 100,000 different calls in batches of 10,000; neither the
# making of the calls nor a disk.
set -u
cd "$(dirname "$0")/../.." || exit 1
figures=tests/bench/instructions.txt
rows=100000 most_percent=5
cc=${CC:-cc} build=${BUILD:-build/instructions} jobs=${JOBS:-2}
update=no
case "${1:-}" in
    '') ;;
    --update) update=yes ;;
    *)
        sed -n '2,6s/^# \?//p' "$0"
        exit 2
        ;;
esac

queries=(
    "reference: --distinct global"
    "windows: --distinct within-watermark --window 60 --output-mode update"
)

skip() {
    echo "skip - instructions a row: $1"
    echo "0 passed, 0 failed, ${#queries[@]} skipped"
    exit 0
}

command -v valgrind >/dev/null || skip "valgrind is not here (Debian's package valgrind)"

kind=gcc
"$cc" --version 2>/dev/null | head -n 1 | grep -q clang && kind=clang
version=$("$cc" -dumpfullversion 2>/dev/null || "$cc" -dumpversion) || exit 1
machine=$("$cc" -dumpmachine) || exit 1
library=$(getconf GNU_LIBC_VERSION 2>/dev/null | tr ' ' '-')
vectors=$(grep -m 1 -owE 'avx2|sse2|asimd' /proc/cpuinfo | head -n 1)
grep -qw avx2 /proc/cpuinfo && vectors=avx2
key="$kind-$version ${machine%%-*} ${library:-libc} ${vectors:-plain}"

log=$(mktemp -d) || exit 1
trap 'rm -rf "$log"' EXIT
make -j"$jobs" --no-print-directory BUILD="$build" CC="$cc" CFLAGS='-O2 -g' SANITIZE= WERROR= \
    "$build/tests/bench/rows" "$build/data/calls.json" >"$log/make" 2>&1 || {
    tail -n 40 "$log/make"
    exit 1
}

# count OPTIONS...: prints the instructions that one row takes.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=query_rows \
        --toggle-collect=query_batch_begin --toggle-collect=query_batch_end --toggle-collect=query_state_write \
        "$build/tests/bench/rows" "$build/data/calls.json" --rows $rows --block 4096 --batch 10000 --image on "$@" \
        >"$log/run" 2>&1 || return 1
    local all
    all=$(sed -nE 's/^==[0-9]+== Collected : ([0-9]+)$/\1/p' "$log/run")
    [ -n "$all" ] && [ "$all" -gt 0 ] && echo $((all / rows))
}

# The kept figure of a query, or nothing.
kept() {
    [ -f $figures ] && awk -v name="$1" -v key="$key" \
        '!/^#/ && $1 == name && $2 " " $3 " " $4 " " $5 == key { print $6 }' $figures
}

keep() { # NAME FIGURE
    local others=$log/figures
    { [ -f $figures ] && awk -v name="$1" -v key="$key" \
        '/^#/ || $1 != name || $2 " " $3 " " $4 " " $5 != key' $figures; } >"$others"
    echo "$1 $key $2" >>"$others"
    { grep '^#' "$others"; grep -v '^#' "$others" | sort; } >$figures
}

passed=0 failed=0 skipped=0
echo "instructions a row, $key:"
for query in "${queries[@]}"; do
    name=${query%%:*}
    read -ra options <<<"${query#*:}"
    now=$(count "${options[@]}") || {
        tail -n 20 "$log/run"
        echo "not ok - $name: it could not be counted"
        failed=$((failed + 1))
        continue
    }
    was=$(kept "$name")
    if [ $update = yes ]; then
        keep "$name" "$now"
        echo "ok - $name: $now, kept in $figures (was ${was:-not there})"
        passed=$((passed + 1))
    elif [ -z "$was" ]; then
        echo "skip - $name: $now; $figures has no figure for this compiler and machine: $0 --update adds it"
        skipped=$((skipped + 1))
    elif [ $((now * 100)) -gt $((was * (100 + most_percent))) ]; then
        echo "not ok - $name: $now, over $most_percent % more than the $was in $figures;" \
            "mend it, or renew the figure with $0 --update and say in the commit what it buys"
        failed=$((failed + 1))
    else
        echo "ok - $name: $now (kept: $was)"
        [ $((now * 100)) -lt $((was * (100 - most_percent))) ] &&
            echo "    over $most_percent % fewer than kept: renew the figure with $0 --update, so that it guards the gain"
        passed=$((passed + 1))
    fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
