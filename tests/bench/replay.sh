#!/usr/bin/env bash
# make bench-replay: a real Kafka (as tests/kafka/cluster.sh starts it), a million calls by our own generator, then
# tests/bench/replay.c over both.
#
#   replay.sh BUILD [CALLS]
#
# $SFCRIME_KAFKA (HOST:PORT): that Kafka instead. Where the machine cannot run one, the library's mock cluster serves.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$1 calls=${2:-1000000}
dir=$(mktemp -d "${TMPDIR:-/tmp}/sfcrime-bench-replay-XXXXXX") || exit 1

finish() {
    [ -e "$dir/kafka/bootstrap" ] && tests/kafka/cluster.sh stop "$dir/kafka"
    rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

"$build/generate" --calls "$calls" --output "$dir/calls.json" || exit 1
if [ -z "${SFCRIME_KAFKA:-}" ]; then
    SFCRIME_KAFKA=$(KAFKA_TEST_HEAP=${KAFKA_TEST_HEAP:-768m} tests/kafka/cluster.sh start "$dir/kafka")
    case $? in
    0) export SFCRIME_KAFKA ;;
    77) unset SFCRIME_KAFKA ;; # cluster.sh has said why
    *) exit 1 ;;
    esac
fi
"$build/tests/bench/replay" "$build/tests/bench" "$dir/calls.json"
