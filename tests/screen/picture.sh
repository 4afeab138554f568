#!/bin/sh
# Puts the real program's screen between the two picture marks of README.md, and writes the pictures of
# ui/pictures: tests/screen/picture.sh HARNESS PROGRAM
set -eu
harness=$1
SFCRIME_BIN=$(realpath "$2")
export SFCRIME_BIN TEST_SOURCE="$PWD"
run() {
    "$harness" "$1" || {
        echo "picture: $1 did not come to its end" >&2
        return 1
    }
}
work=$(mktemp)
trap 'rm -f "$work"' EXIT
run tests/screen/picture.screen >"$work"
sed -i '/^ok - /,$d; s/^/    /; s/ *$//' "$work"
[ -s "$work" ] || {
    echo "the harness printed no screen" >&2
    exit 1
}
awk -v picture="$work" '
    /^<!-- picture:/ { print; print ""; while ((getline line < picture) > 0) print line; print ""; skipping = 1; next }
    /^<!-- \/picture/ { skipping = 0 }
    !skipping { print }' README.md >README.md.new
mv README.md.new README.md
run tests/screen/pictures.screen >/dev/null
wc -c ui/pictures/*.svg
