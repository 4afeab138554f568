#!/usr/bin/env bash
# Kafka Streams as a contestant of tests/bench/compare.py, which says how it is called. CHANGELOG=off: without one.
#
#   tests/bench/peers/kafka-streams/run.sh prepare     only fetch and compile what is missing
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=kafka-streams
# shellcheck source=tests/bench/peers/common.sh
. "$here/../common.sh"
exec java -Xms2g -Xmx3g -XX:+UseParallelGC -XX:-UsePerfData -Djava.io.tmpdir="$WORK" \
    -cp "$peer/classes:$peer/jars/*" Query
