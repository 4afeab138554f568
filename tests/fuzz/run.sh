#!/usr/bin/env bash
# Fuzzes every target of this folder for a bounded time. The last line alone: N passed, N failed, N skipped
#
#   tests/fuzz/run.sh [TARGET...]
#
# Environment: FUZZ_SECONDS (in all, shared out over the targets; 20), BUILD (where things are built: build).
# With clang's libFuzzer inputs are bred by the code they reach; without it they are changed blindly and repeatably
# (driver.c). Both run under AddressSanitizer and UndefinedBehaviorSanitizer, and both start from corpus/TARGET.
# What breaks a target is kept in BUILD/fuzz/crashes; put it into corpus/TARGET together with the repair: `make test`
# runs every file there is. What libFuzzer has bred stays in BUILD/fuzz/corpus for the next run.
set -u
cd "$(dirname "$0")/../.." || exit 1
here=tests/fuzz
build=${BUILD:-build}/fuzz
all=(messages dataset ini codes checkpoint text rows)
targets=("${@:-${all[@]}}")
for target in "${targets[@]}"; do
    [ -d "$here/corpus/$target" ] && continue
    echo "no such target: $target; there are ${all[*]}" >&2
    exit 2
done
seconds=$((${FUZZ_SECONDS:-20} / ${#targets[@]}))
[ "$seconds" -gt 0 ] || seconds=1
crashes=$build/crashes log=$build/log
mkdir -p "$crashes" "$log" || exit 1

runner=
clean_up() { [ -n "$runner" ] && kill "$runner" 2>/dev/null && wait "$runner"; }
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Waited for in the background, so that a signal to this script ends it too.
bounded() { # SECONDS COMMAND...
    timeout --kill-after=5 "$@" &
    runner=$!
    wait "$runner"
    local status=$?
    runner=
    return $status
}

flags=(BUILD="$build" CFLAGS="-O1 -g")
if echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d && n > 9; }' |
    clang -fsanitize=fuzzer,address -x c - -o "$log/probe" 2>"$log/probe.err"; then
    how=libfuzzer
    flags+=(CC=clang SANITIZE=address,undefined,fuzzer-no-link LIBFUZZER=yes)
else
    how=blind
    flags+=(SANITIZE=address,undefined)
    echo "no libFuzzer here (on Debian: clang and libclang-rt-dev): inputs are changed blindly"
fi
if ! make -j"$(nproc)" "${flags[@]}" "${targets[@]/#/$build/tests/fuzz/}" >"$log/make" 2>&1; then
    tail -n 40 "$log/make"
    echo "not ok - the fuzz targets do not build"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1:allocator_may_return_null=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$PWD/tests/check/lsan.supp:print_suppressions=0}

libfuzzer() { # TARGET: its output on $log/TARGET
    local dict=()
    case $1 in
    messages | rows | dataset | codes) dict=(-dict=$here/json.dict) ;;
    ini) dict=(-dict=$here/ini.dict) ;;
    esac
    mkdir -p "$build/corpus/$1"
    bounded $((seconds + 60)) "$build/tests/fuzz/$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
        -artifact_prefix="$crashes/$1-" -print_final_stats=1 "${dict[@]}" "$build/corpus/$1" "$here/corpus/$1" \
        >"$log/$1" 2>&1
}
blind() {
    local until=$((SECONDS + seconds)) seed=1
    while :; do
        FUZZ_INPUT=$crashes/$1-seed-$seed bounded $((seconds + 60)) \
            "$build/tests/fuzz/$1" "$here/corpus/$1" 5000 $seed >"$log/$1" 2>&1 || return
        echo "stat::number_of_executed_units: $((seed * 5000))" >>"$log/$1"
        [ $SECONDS -lt $until ] || return 0
        seed=$((seed + 1))
    done
}

# An input that took too long once and does not when it is tried alone met a machine that was busy or whose disk stood.
only_slow() { # TARGET
    local input
    grep -q 'ERROR: libFuzzer: timeout' "$log/$1" || return
    input=$(sed -n 's/^artifact_prefix=.*Test unit written to //p' "$log/$1" | tail -n 1)
    [ -s "$input" ] && bounded 60 "$build/tests/fuzz/$1" -timeout=10 "$input" >"$log/$1.again" 2>&1
}

passed=0 failed=0
for target in "${targets[@]}"; do
    if $how "$target"; then
        passed=$((passed + 1))
        echo "ok - fuzz: $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log/$target") inputs in $seconds s"
    elif only_slow "$target"; then
        passed=$((passed + 1))
        echo "ok - fuzz: $target: ended early, by an input of more than 10 s that takes less when it is tried alone"
    else
        failed=$((failed + 1))
        echo "not ok - fuzz: $target: the input is in $crashes"
        grep -vE '^#[0-9]|NEW_FUNC' "$log/$target" | tail -n 60 | sed 's/^/    /'
    fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
