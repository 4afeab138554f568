#!/bin/bash
# Runs the tests that `make test` has built, and prints what failed and, as its last line, alone:
#   N passed, N failed, N skipped
#
#   tests/run.sh --build DIR [--jobs N] [--sanitize LIST] [NAME...]
#
# A NAME narrows the run to tests whose name contains it ("screen", "unit/query", "resize"). Kinds of tests:
#   unit      DIR/tests/unit/**/*_test      cmocka programs; every test function counts
#   pipeline  DIR/tests/pipeline/*_test     cmocka programs or any that print the lines below
#             tests/pipeline/*.sh           scripts that print them; $SFCRIME_BIN is the program
#   kill      DIR/tests/kill/*_test         the program killed, and its checkpoint damaged
#   fuzz      DIR/tests/fuzz/TARGET         every file of tests/fuzz/corpus/TARGET, and inputs made of them
#   screen    tests/screen/cases/*.screen   each run by DIR/tests/screen/harness
#             tests/screen/multiplexer.sh   inside tmux and GNU screen
#             DIR/tests/screen/monkey       random keys and sizes; $MONKEY_SECONDS (10), $MONKEY_SEED (1)
# The lines: `ok - name`, `not ok - name`, `skip - name: why`; whatever else is printed explains a failure.
set -u
cd "$(dirname "$0")/.." || exit 1

build=build jobs=2 sanitize='' names=()
while [ $# -gt 0 ]; do
    case $1 in
    --build) build=$2; shift 2 ;;
    --jobs) jobs=${2:-2}; shift 2 ;;
    --sanitize) sanitize=$2; shift 2 ;;
    --one) break ;;
    *) names+=("$1"); shift ;;
    esac
done

# ---- one test, called by xargs below: run.sh --one LOG LIMIT_S COMMAND... ----
if [ "${1:-}" = --one ]; then
    log=$2 limit_s=$3
    shift 3
    folder=$(mktemp -d "${TMPDIR:-/tmp}/sfcrime-test-XXXXXX") || exit 1
    mkdir "$folder/home"
    started=$(date +%s%N)
    # The tests must not see the settings, nor touch the files, of whoever runs them.
    # What a sanitizer has to say goes to a file: the terminal of a screen test belongs to the program.
    reports=log_path=$folder/report
    ASAN_OPTIONS=$ASAN_OPTIONS:$reports TSAN_OPTIONS=$TSAN_OPTIONS:$reports UBSAN_OPTIONS=$UBSAN_OPTIONS:$reports \
        HOME=$folder/home XDG_CONFIG_HOME=$folder/home/config \
        TMPDIR=$folder CMOCKA_MESSAGE_OUTPUT=TAP timeout --kill-after=10 "$limit_s" "$@" </dev/null >"$log.out" 2>&1
    echo "status $? $((($(date +%s%N) - started) / 1000000))" >"$log.end"
    cat "$folder"/report.* >>"$log.out" 2>/dev/null
    rm -rf "$folder"
    exit 0
fi

case $build in /*) ;; *) build=$PWD/$build ;; esac
factor=1
case $sanitize in
*thread*) factor=6 ;;
?*) factor=3 ;;
esac
export SFCRIME_BIN=$build/sfcrime-tui TEST_SOURCE=$PWD
export TEST_TIME_FACTOR=${TEST_TIME_FACTOR:-$factor}
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0:strict_string_checks=1}
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$PWD/tests/check/lsan.supp:print_suppressions=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-suppressions=$PWD/tests/check/tsan.supp:second_deadlock_stack=1}
limit_s=$((120 * (${TEST_TIME_FACTOR%.*} < 3 ? 1 : 2)))

logs=$(mktemp -d "${TMPDIR:-/tmp}/sfcrime-logs-XXXXXX") || exit 1
trap 'rm -rf "$logs"' EXIT

# ---- the list: name, then the command, parted by tabs ----
list=()
wanted() {
    [ ${#names[@]} -eq 0 ] && return 0
    for name in "${names[@]}"; do
        case $1 in *"$name"*) return 0 ;; esac
    done
    return 1
}
add() { # name, command...
    wanted "$1" || return 0
    list+=("$1")
    printf '%s\0' "${@:2}" >"$logs/${#list[@]}.command"
}
# Screen tests first: they wait more than they work, so the others run beside them.
for file in tests/screen/cases/*.screen; do
    [ -e "$file" ] && name=${file##*/} && add "screen/${name%.screen}" "$build/tests/screen/harness" "$file"
done
add screen/monkey "$build/tests/screen/monkey"
add screen/multiplexer tests/screen/multiplexer.sh
for file in tests/unit/*_test.c tests/unit/*/*_test.c; do
    [ -e "$file" ] && name=${file%.c} && add "${name#tests/}" "$build/$name"
done
for file in tests/kill/*_test.c tests/pipeline/*_test.c; do
    [ -e "$file" ] && name=${file%.c} && add "${name#tests/}" "$build/$name"
done
for folder in tests/fuzz/corpus/*/; do
    name=$(basename "$folder")
    add "fuzz/$name" "$build/tests/fuzz/$name" "$folder" 10000
done
for file in tests/pipeline/*.sh; do
    [ -x "$file" ] && name=${file%.sh} && add "${name#tests/}" "$file"
done

# shellcheck disable=SC2016 # expanded by the inner shell
seq 1 ${#list[@]} | xargs -P "$jobs" -I{} bash -c '
    mapfile -d "" -t command <"$2/$1.command"
    exec "$0" --one "$2/$1" "$3" "${command[@]}"' "$0" {} "$logs" "$limit_s"

# A test that failed while others kept the machine busy is asked once more, alone, and both answers are shown: what fails
# alone has failed. A sanitizer's report is never asked away.
alone=0
for i in "${!list[@]}"; do
    log=$logs/$((i + 1))
    read -r _ status _ <"$log.end" 2>/dev/null || status=127
    [ "$status" = 0 ] || LC_ALL=C grep -qa 'Sanitizer' "$log.out" || {
        mv "$log.out" "$log.first" 2>/dev/null
        mapfile -d '' -t command <"$log.command"
        "$0" --one "$log" "$limit_s" "${command[@]}"
        read -r _ status _ <"$log.end" 2>/dev/null || status=127
        [ "$status" = 0 ] && alone=$((alone + 1)) && touch "$log.alone"
    }
done

# ---- count and tell ----
passed=0 failed=0 skipped=0
for i in "${!list[@]}"; do
    log=$logs/$((i + 1)) name=${list[i]}
    read -r _ status ms <"$log.end" 2>/dev/null || status=127 ms=0
    touch "$log.out"
    # Invalid bytes must not upset awk: the lines looked for are plain ASCII at their start.
    read -r ok bad skip plan < <(LC_ALL=C awk '
        /^(not )?ok [0-9]+ # SKIP/ || /^ok .*# SKIP/ || /^skip / { skip++; next }
        /^ok( |$)/ { ok++ } /^not ok( |$)/ { bad++ }
        /^1\.\.[0-9]+$/ { plan += substr($0, 4) }
        END { print ok + 0, bad + 0, skip + 0, plan + 0 }' "$log.out")
    why=
    if [ "$status" = 124 ] || [ "$status" = 137 ]; then
        why="took longer than $limit_s s"
    elif [ "$status" -gt 128 ]; then
        why="killed by signal $((status - 128))"
    elif [ "$status" != 0 ] && [ "$bad" = 0 ]; then
        why="ended with status $status"
    elif [ "$plan" -gt $((ok + bad + skip)) ]; then
        why="ran only $((ok + bad + skip)) of its $plan tests"
    elif [ $((ok + bad + skip)) = 0 ]; then
        why="ran no test"
    fi
    [ -n "$why" ] && bad=$((bad + 1))
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
    word=ok
    [ "$bad" -gt 0 ] && word=FAILED
    printf '%-6s %-44s %4d ok%s  %d.%01d s\n' "$word" "$name" "$ok" \
        "$([ "$skip" -gt 0 ] && echo ", $skip skipped")" $((ms / 1000)) $((ms % 1000 / 100))
    if [ "$bad" -gt 0 ]; then
        [ -n "$why" ] && echo "    $name: $why"
        tail -n 200 "$log.out" | sed 's/^/    /'
    else
        grep -aE '^skip |# SKIP' "$log.out" | sed 's/^/    /'
        if [ -e "$log.alone" ]; then
            echo "    $name failed among the others and passed alone; the first time it said:"
            tail -n 40 "$log.first" | sed 's/^/    | /'
        fi
    fi
done
[ "$alone" -gt 0 ] && echo "$alone failed at first and passed alone: look at them above"
[ ${#list[@]} -eq 0 ] && echo "no test matches" && failed=1
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
