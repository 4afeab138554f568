#!/usr/bin/env bash
# The program on an old and on the newest Kafka, which differ in protocol versions, in their metadata (ZooKeeper, KRaft)
# and in what they have given up: the golden case, a missing topic, and the group's offsets and lag by Kafka's own tool
# of that version. Everything else runs on the version between them (run.sh, failures.sh, secured.sh).
#
#   tests/kafka/versions.sh [PROGRAM]      else $SFCRIME_BIN, else build/sfcrime-tui
#
# KAFKA_TEST_VERSIONS: which ones, "2.8.2 4.4.0". One that cannot be fetched is skipped, with the reason. The last line:
#   N passed, N failed, N skipped
set -u
cd "$(dirname "$0")/../.." || exit 1
unset SFCRIME_KAFKA
# shellcheck source=tests/kafka/common.sh
. tests/kafka/common.sh

golden() {
    local query=(-r max -S kafka.partitions=1 -S query.window=none -S query.max-offsets-per-trigger=134 -d "$dir/first.json")
    program golden -b "$brokers" -t "$run-golden" "${query[@]}" --export "$dir/golden.csv" --progress "$dir/golden.progress" &&
        cmp -s "$dir/golden-embedded.csv" "$dir/golden.csv" && [ "$(wc -l <"$dir/golden.progress")" = 2 ]
    check "$version: the golden case, the same table as on the embedded cluster, in two batches" $? "$dir/golden.err"
    rm -f "$dir/golden.progress"
}

missing() {
    program missing -b "$brokers" -t "$run-none" --create-topic ask
    [ $? = 1 ] && tail -n 1 "$dir/missing.err" | grep -q -- '--create-topic yes makes it (2 partitions, 2 copies)'
    check "$version: a missing topic is not made unasked" $? "$dir/missing.err"
    program copies -b "$brokers" -t "$run-none" -S kafka.replication-factor=3
    [ $? = 1 ] && tail -n 1 "$dir/copies.err" | grep -q 'more copies than brokers: lower kafka.replication-factor'
    check "$version: nor with more copies than there are brokers" $? "$dir/copies.err"
    tool TopicCommand --list >"$dir/topics"
    [ -s "$dir/topics" ] && ! grep -q "$run-none" "$dir/topics"
    check "$version: and it is not there" $? "$dir/topics" "$dir/tool.err"
}

# group_says POSITION LAG: Kafka's own tool, over all partitions
group_says() {
    tool consumer.group.ConsumerGroupCommand --describe --group "$run" >"$dir/group"
    awk -v topic="$run-all" '$2 == topic { at += $4; lag += $6 } END { print at + 0, lag + 0 }' "$dir/group" >"$dir/group.sums"
    [ "$(cat "$dir/group.sums")" = "$1 $2" ]
}
all_of_them() {
    program part -b "$brokers" -t "$run-all" -r max -d "$dir/calls.json" -S query.distinct=off -S query.window=none \
        -S query.group-by=city -S query.max-offsets-per-trigger=7000 --max-batches 1 --export "$dir/part.csv"
    # What was sent is all there: the end of the run waits for that.
    program rest -b "$brokers" -t "$run-all" --no-replay -S query.distinct=off -S query.window=none \
        -S query.group-by=city -S kafka.client-id="$run-rest" --export "$dir/rest.csv"
    local there
    there=$(counted "$dir/rest.csv")
    [ "$(counted "$dir/part.csv")" = 7000 ] && [ "$there" -ge 7000 ] && group_says 7000 $((there - 7000))
    check "$version: what Kafka's own tool says of our group: 7000 read, the rest is lag" $? "$dir/part.err" "$dir/rest.err" \
        "$dir/group" "$dir/group.sums" "$dir/tool.err"
    program all -b "$brokers" -t "$run-all" --no-replay -S query.distinct=off -S query.window=none \
        -S query.group-by=city --export "$dir/all.csv" && [ "$(counted "$dir/all.csv")" = "$there" ] && group_says "$there" 0
    check "$version: all of it is counted, and no lag is left" $? "$dir/all.err" "$dir/group" "$dir/group.sums"
}

one_version() {
    version=$1
    export KAFKA_TEST_VERSION=$version
    brokers='' own_cluster='' jars=''
    if ! start_cluster; then
        return
    fi
    golden
    missing
    all_of_them
    "$here/cluster.sh" stop "$dir/cluster"
    own_cluster=''
    rm -rf "$dir/cluster"
}

if [ ! -x "$bin" ] || [ ! -x "$build/generate" ]; then
    echo "not ok - kafka: $bin and generate must be built before (make all)"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
bin=$(realpath "$bin")
"$build/generate" --calls 20000 >"$dir/calls.json"
head -n 165 "$dir/calls.json" | sed '$ s/,$//' >"$dir/first.json"
echo ']' >>"$dir/first.json"
program golden-embedded -r max -S kafka.partitions=1 -S query.window=none -S query.max-offsets-per-trigger=134 \
    -d "$dir/first.json" --export "$dir/golden-embedded.csv"
for version in ${KAFKA_TEST_VERSIONS:-2.8.2 4.4.0}; do
    one_version "$version"
done
sum_up
