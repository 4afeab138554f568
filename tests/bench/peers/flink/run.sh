#!/usr/bin/env bash
# Flink as a contestant of tests/bench/compare.py, which says how it is called. CHECKPOINTS=off: without them.
#
#   tests/bench/peers/flink/run.sh prepare     only fetch and compile what is missing
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=flink
# shellcheck source=tests/bench/peers/common.sh
. "$here/../common.sh"
exec java -Xms2g -Xmx3g -XX:+UseParallelGC -XX:-UsePerfData -Djava.io.tmpdir="$WORK" \
    --add-opens=java.base/java.util=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED \
    -cp "$peer/classes:$peer/jars/*" Query
