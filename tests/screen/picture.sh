#!/bin/sh
# Puts the real program's screen between the two picture marks of README.md: tests/screen/picture.sh HARNESS PROGRAM
set -eu
harness=$1
out=$(SFCRIME_BIN=$2 "$harness" tests/screen/picture.screen) || {
    printf '%s\n' "$out" >&2
    exit 1
}
work=$(mktemp)
trap 'rm -f "$work"' EXIT
printf '%s\n' "$out" | sed '/^ok - /,$d; s/^/    /; s/ *$//' >"$work"
[ -s "$work" ] || {
    echo "the harness printed no screen" >&2
    exit 1
}
awk -v picture="$work" '
    /^<!-- picture:/ { print; print ""; while ((getline line < picture) > 0) print line; print ""; skipping = 1; next }
    /^<!-- \/picture/ { skipping = 0 }
    !skipping { print }' README.md >README.md.new
mv README.md.new README.md
