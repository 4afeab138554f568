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
# shellcheck source=tests/venv.sh
. tests/venv.sh
[ $# -gt 0 ] || set -- unit/kafka unit/sink unit/replay pipeline screen

skip() {
    echo "skip - librdkafka $version: $*"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}

[ -x "$build/sfcrime-tui" ] || {
    echo "not ok - $build/sfcrime-tui must be built before (make all test-programs)"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
}
venv_with "$home" "confluent-kafka==$version" --no-deps --only-binary :all:
library=$(find "$home" -path '*confluent_kafka.libs/librdkafka*.so*' -print -quit)
[ -n "$library" ] || skip "this package carries none"
# Under the name that the program asks for.
mkdir -p "$home/as-system" && ln -sfn "$library" "$home/as-system/librdkafka.so.1" || skip "cannot write in $home"

export LD_LIBRARY_PATH=$home/as-system
if ! ldd "$build/sfcrime-tui" | grep -qF "$home/as-system/librdkafka.so.1"; then
    skip "the program does not take it ($(ldd "$build/sfcrime-tui" | grep -m1 rdkafka))"
fi
exec tests/run.sh --build "$build" --jobs "$(nproc)" "$@"
