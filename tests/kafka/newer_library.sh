#!/usr/bin/env bash
# The tests that talk to Kafka, and the screen's, on a newer librdkafka than this system's: PyPI's confluent-kafka
# carries one, which the program that is built already is started with. The last line: N passed, N failed, N skipped
#
#   tests/kafka/newer_library.sh [NAME...]      NAME narrows the run, as of tests/run.sh
#
# LIBRDKAFKA_TEST_VERSION: which one, 2.16.1; kept in ~/.cache/sfcrime-tui. BUILD: the folder that is tested, build.
set -u
cd "$(dirname "$0")/../.." || exit 1
version=${LIBRDKAFKA_TEST_VERSION:-2.16.1}
build=${BUILD:-build}
home="${XDG_CACHE_HOME:-$HOME/.cache}/sfcrime-tui/librdkafka-$version"
names=("${@:-unit/kafka unit/sink unit/replay pipeline screen}")

skip() {
    echo "skip - librdkafka $version: $*"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}

fetch() {
    local found
    rm -rf "$home"
    mkdir -p "$home" || return
    python3 -m venv "$home/venv" && "$home/venv/bin/pip" install --disable-pip-version-check --no-deps \
        --only-binary :all: "confluent-kafka==$version" || return
    found=$(find "$home/venv" -path '*confluent_kafka.libs/librdkafka*.so*' -print -quit)
    [ -n "$found" ] && mkdir "$home/lib" && ln -s "$found" "$home/lib/librdkafka.so.1" && touch "$home/complete"
}

[ -x "$build/sfcrime-tui" ] || {
    echo "not ok - $build/sfcrime-tui must be built before (make all test-programs)"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
}
command -v python3 >/dev/null || skip "no python3 to fetch it with"
mkdir -p "${home%/*}" || skip "cannot make ${home%/*}"
# Two runs at once must not fill the same folder.
exec 9>"$home.lock"
flock 9
[ -e "$home/complete" ] || fetch >"$home.log" 2>&1 ||
    skip "pip cannot fetch it ($(grep -m1 -E '^ERROR' "$home.log" | cut -c1-90); all of it in $home.log)"
exec 9>&-

export LD_LIBRARY_PATH=$home/lib
if ! ldd "$build/sfcrime-tui" | grep -qF "$home/lib/librdkafka.so.1"; then
    skip "the program does not take it ($(ldd "$build/sfcrime-tui" | grep -m1 rdkafka))"
fi
# shellcheck disable=SC2048,SC2086 # the names by themselves
exec tests/run.sh --build "$build" --jobs "$(nproc)" ${names[*]}
