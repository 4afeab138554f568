#!/usr/bin/env bash
# One table of what a message costs to read, by parser: tests/bench/parse.sh PROGRAM CALLS
# Instructions a row come from callgrind (the same every time; "-" where valgrind is missing), rows a second from the
# clock of a machine that may be busy: compare the ratios.
set -u
program=$1 calls=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/sfcrime-parse-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

# Of read_rows alone, which runs twice over all rows: for the wanted sum, and to be measured.
instructions() { # NAME
    local rows=5000 total
    command -v valgrind >/dev/null || { echo -; return; }
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --collect-atstart=no --toggle-collect=read_rows \
        "$program" "$calls" --rows $rows --runs 1 --only "$1" >/dev/null 2>"$work/callgrind" || { echo -; return; }
    total=$(sed -nE 's/.*Collected : ([0-9]+).*/\1/p' "$work/callgrind")
    echo $((total / rows))
}

"$program" "$calls" >"$work/rows" || exit 1
sed -n 's/^# //p' "$work/rows"
printf '%-9s %13s %10s %7s  %s\n' parser instructions rows/s "of ours" ""
ours=$(instructions ours)
while IFS=$'\t' read -r name rate kind; do
    [[ $name == \#* ]] && continue
    [ "$name" = ours ] && first=$rate
    count=$(instructions "$name")
    # The first pass, which makes the wanted sum, is always ours.
    [ "$count" != - ] && if [ "$name" = ours ]; then count=$((count / 2)); else count=$((count - ours / 2)); fi
    printf '%-9s %13s %9sk %7s  %s\n' "$name" "$count" $((rate / 1000)) \
        "$(awk -v a="$rate" -v b="$first" 'BEGIN { printf "%.2f", a / b }')" "$kind"
done <"$work/rows"
missing=$("$program" "$calls" --list | awk '$2 == "no" { printf "%s%s", sep, $1; sep = ", " }')
[ -n "$missing" ] && echo "not installed here, so not compared: $missing"
exit 0
