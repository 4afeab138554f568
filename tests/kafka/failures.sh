#!/usr/bin/env bash
# What happens to a topic and its brokers while the program reads: partitions added, the topic deleted and made anew,
# retention that overtakes the query, compression, transactions, tombstones and huge messages, both brokers gone for a
# while. Each ends with what was written being what was counted, or with a clear refusal.
#
#   tests/kafka/failures.sh [PROGRAM]      else $SFCRIME_BIN, else build/sfcrime-tui
#
# The cluster is always one of its own (cluster.sh). The last line: N passed, N failed, N skipped
set -u
cd "$(dirname "$0")/../.." || exit 1
unset SFCRIME_KAFKA
# shellcheck source=tests/kafka/common.sh
. tests/kafka/common.sh

# By Kafka's own tool, which refuses where the topic is there already.
make_topic() { # NAME PARTITIONS [CONFIG...]
    local name=$1 partitions=$2
    shift 2
    tool TopicCommand --create --topic "$name" --partitions "$partitions" --replication-factor 2 "$@" >"$dir/topic.out"
}
# The same by the program under test, in a tenth of the time.
new_topic() { # NAME PARTITIONS
    program new-topic -b "$brokers" -t "$1" --no-replay -S kafka.partitions="$2" -S kafka.replication-factor=2
}
# write TOPIC FIRST COUNT [KCAT OPTIONS]: that many lines of the calls, over all partitions
write() {
    local topic=$1 first=$2 count=$3
    shift 3
    tail -n "+$first" "$dir/lines.json" | head -n "$count" >"$dir/write.json"
    bounded 60 kcat -q -P -b "$brokers" -t "$topic" -X topic.partitioner=random -X sticky.partitioning.linger.ms=0 "$@" -l "$dir/write.json" \
        >"$dir/kcat.out" 2>&1
}
# Without distinct, and by a field that every call has, so that each row is counted.
every=(-S query.distinct=off -S query.window=none -S query.group-by=city)
# follow NAME TOPIC ARGUMENTS...: the program in the background, with its table in $dir/NAME.csv after each batch
follow() {
    local name=$1 topic=$2
    shift 2
    "$bin" --headless --no-checkpoint --no-replay -S sink.console=none -S kafka.client-id="$run-$name" -b "$brokers" \
        -t "$topic" "${every[@]}" -S sink.csv="$dir/$name.csv" --logging "$dir/logging.ini" "$@" \
        </dev/null >"$dir/$name.out" 2>"$dir/$name.err" &
    follower=$!
    children+=("$follower")
}
has_counted() { # NAME ROWS
    [ -s "$dir/$1.csv" ] && [ "$(counted "$dir/$1.csv")" = "$2" ]
}
stop_follower() {
    kill "$follower" 2>/dev/null
    wait "$follower" 2>/dev/null
}

has_partitions() { # TOPIC COUNT: as every broker of a list in this order would tell
    local all
    for broker in ${brokers//,/ }; do
        all=$(bounded 10 kcat -L -b "$broker" -t "$1" 2>/dev/null)
        [[ $all == *"with $2 partitions"* ]] || return 1
    done
}
# The program looks for new partitions every half minute: the other tests run meanwhile.
start_to_grow() {
    new_topic "$run-grows" 2
    follow grows "$run-grows"
    grows=$follower
    write "$run-grows" 1 1000
    eventually 30 has_counted grows 1000 &&
        tool TopicCommand --alter --topic "$run-grows" --partitions 5 >"$dir/topic.out" &&
        eventually 20 has_partitions "$run-grows" 5 && write "$run-grows" 1001 2000
    check "partitions are added while it runs" $? "$dir/grows.err" "$dir/kcat.out" "$dir/tool.err"
}
has_grown() {
    follower=$grows
    eventually 60 has_counted grows 3000
    check "partitions that are added while it runs are read" $? "$dir/grows.err" "$dir/kcat.out" "$dir/tool.err"
    stop_follower
    ends_of "$run-grows" >"$dir/grows.ends"
    [ "$(awk '$1 >= 2 && $2 > 0' "$dir/grows.ends" | wc -l)" = 3 ]
    check "and they were written to" $? "$dir/grows.ends"
}

# Nothing waits to be read, so only asking tells it: within half a minute. By the clock, as there nobody even waits.
start_to_be_gone() {
    new_topic "$run-gone-for-good" 2
    write "$run-gone-for-good" 1 100
    follow gone-for-good "$run-gone-for-good" -S query.trigger=1s
    bereft=$follower
    eventually 30 has_counted gone-for-good 100 && tool TopicCommand --delete --topic "$run-gone-for-good" >"$dir/topic.out"
    check "a topic is deleted while it is read" $? "$dir/gone-for-good.err" "$dir/tool.err"
}
is_gone() {
    follower=$bereft
    eventually 60 not_running "$follower"
    wait "$follower"
    [ $? = 1 ] && grep -q 'cannot be read any more: .*does not exist' "$dir/gone-for-good.err"
    check "a query of it ends with a sentence" $? "$dir/gone-for-good.err"
    grep -q "topic $run-gone-for-good is gone: " "$dir/gone-for-good.err"
    check "and before that it is said what is waited for" $? "$dir/gone-for-good.err"
}
# starting-offset is for a query that begins, not for partitions that a checkpoint does not know yet.
grown_while_down() {
    local topic=$run-grown args
    new_topic "$topic" 1
    write "$topic" 1 50
    args=(-b "$brokers" -t "$topic" --no-replay "${every[@]}" --checkpoint "$dir/grown-checkpoint"
        -S spark.starting-offset=latest -S sink.console=none --logging "$dir/logging.ini" -S sink.csv="$dir/grown.csv")
    "$bin" --headless "${args[@]}" --max-batches 1 </dev/null >"$dir/grown.out" 2>"$dir/grown.err" &
    follower=$!
    children+=("$follower")
    # What is written before it looks for the end is not its to read.
    until not_running "$follower"; do
        write "$topic" 51 1
        sleep 0.1
    done
    local before
    before=$(counted "$dir/grown.csv")
    tool TopicCommand --alter --topic "$topic" --partitions 3 >"$dir/topic.out" &&
        eventually 20 has_partitions "$topic" 3 && write "$topic" 1001 300
    bounded 60 "$bin" --headless "${args[@]}" --available-now </dev/null >"$dir/grown.out" 2>"$dir/grown.err"
    local there
    there=$(ends_of "$topic" | awk '$1 > 0 { n += $2 } END { print n }')
    [ "$before" -ge 1 ] && [ "$there" -gt 0 ] && [ "$(counted "$dir/grown.csv")" -ge $((before + 300)) ]
    check "partitions that are added while it is down are read from their first message" $? "$dir/grown.err" "$dir/topic.out"
}

topic_made_anew() { # NAME FAIL-ON-DATA-LOSS [ARGUMENTS...]
    local name=$1 topic=$run-$1 fail=$2
    shift 2
    new_topic "$topic" 2
    write "$topic" 1 1000
    follow "$name" "$topic" -S query.fail-on-data-loss="$fail" "$@"
    eventually 30 has_counted "$name" 1000 || {
        not_ok "$name: it reads before the topic is deleted" "$dir/$name.err"
        stop_follower
        return
    }
    tool TopicCommand --delete --topic "$topic" >"$dir/topic.out"
    eventually 20 topic_is_gone "$topic"
    eventually 20 make_topic "$topic" 2
    write "$topic" 1001 400
}
topic_is_gone() {
    bounded 10 kcat -L -b "$brokers" -t "$1" 2>/dev/null | grep -q 'Unknown topic'
}
topic_refused() {
    topic_made_anew refuses true
    eventually 60 not_running "$follower"
    wait "$follower"
    [ $? = 1 ] && grep -qE 'offset|topic' "$dir/refuses.err"
    check "a topic that is deleted and made anew is refused with a sentence" $? "$dir/refuses.err"
    tail -n 1 "$dir/refuses.err" | sed 's/^/    /'
}
topic_followed() {
    topic_made_anew follows false
    eventually 60 has_counted follows 1400
    check "or followed, where data may be lost" $? "$dir/follows.err" "$dir/follows.csv"
    stop_follower
    topic_made_anew ticks false -S query.trigger=1s
    eventually 60 has_counted ticks 1400
    check "and followed by a query that looks once a second" $? "$dir/ticks.err" "$dir/ticks.csv"
    stop_follower
    replayed_into_anew
}
# The replay's delivery reports tell of ends of the topic that was: nothing may be planned by them any more.
replayed_into_anew() {
    local topic=$run-fed
    new_topic "$topic" 2
    "$bin" --headless --no-checkpoint -S sink.console=none -S kafka.client-id="$run-fed" -b "$brokers" -t "$topic" \
        "${every[@]}" -S query.fail-on-data-loss=false -r 100 -d "$dir/calls.json" -S sink.csv="$dir/fed.csv" \
        --logging "$dir/logging.ini" </dev/null >"$dir/fed.out" 2>"$dir/fed.err" &
    follower=$!
    children+=("$follower")
    eventually 30 has_counted_most fed 800 && tool TopicCommand --delete --topic "$topic" >"$dir/topic.out" &&
        eventually 20 topic_is_gone "$topic" && eventually 20 make_topic "$topic" 2 && eventually 20 has_counted_most fed 1400
    check "and while our own replay writes to it, without waiting until it is as long as it was" $? "$dir/fed.err"
    kill -INT "$follower" 2>/dev/null
    wait "$follower"
}
has_counted_most() { # NAME ROWS: or more
    [ -s "$dir/$1.csv" ] && [ "$(counted "$dir/$1.csv")" -ge "$2" ]
}
not_running() {
    ! kill -0 "$1" 2>/dev/null
}

overtaken() {
    local topic=$run-retention args
    args=(-b "$brokers" -t "$run-retention" --no-replay "${every[@]}" --checkpoint "$dir/checkpoint")
    new_topic "$topic" 1
    write "$topic" 1 1000
    bounded 60 "$bin" --headless --available-now -S sink.console=none "${args[@]}" --export "$dir/kept.csv" \
        </dev/null >"$dir/kept.out" 2>"$dir/kept.err"
    write "$topic" 1001 1000
    echo "{\"partitions\":[{\"topic\":\"$topic\",\"partition\":0,\"offset\":1600}],\"version\":1}" >"$dir/delete.json"
    tool DeleteRecordsCommand --offset-json-file "$dir/delete.json" >"$dir/topic.out"
    bounded 60 "$bin" --headless --available-now -S sink.console=none "${args[@]}" </dev/null >"$dir/lost.out" \
        2>"$dir/lost.err"
    [ $? = 1 ] && says '1000' "$dir/lost.err" && says '1[56]' "$dir/lost.err"
    check "rows that retention took before they were read stop the query, with the range that is lost" $? "$dir/lost.err"
    bounded 60 "$bin" --headless --available-now -S sink.console=none "${args[@]}" -S query.fail-on-data-loss=false \
        --export "$dir/kept.csv" </dev/null >"$dir/lost.out" 2>"$dir/lost.err" && [ "$(counted "$dir/kept.csv")" = 1400 ]
    check "or it goes on with what is there, where that is asked for" $? "$dir/lost.err" "$dir/kept.csv"
}

compressed() {
    new_topic "$run-packed" 2
    local n=0
    for codec in gzip snappy lz4 zstd; do
        write "$run-packed" $((n + 1)) 500 -z $codec || continue
        n=$((n + 500))
    done
    program packed -b "$brokers" -t "$run-packed" --no-replay "${every[@]}" --export "$dir/packed.csv"
    [ $n -ge 1500 ] && [ "$(counted "$dir/packed.csv")" = $n ]
    check "$n calls in gzip, snappy, lz4 and zstd are read" $? "$dir/packed.err" "$dir/kcat.out"
}

transactions() {
    new_topic "$run-transactions" 1
    head -n 1000 "$dir/lines.json" | bounded 60 "$build/tests/kafka/transact" "$brokers" "$run-transactions" \
        >"$dir/transact.out" 2>&1
    local status=$?
    program transactions -b "$brokers" -t "$run-transactions" --no-replay "${every[@]}" \
        --export "$dir/transactions.csv" --progress "$dir/transactions.progress"
    [ $status = 0 ] && [ "$(counted "$dir/transactions.csv")" = 700 ]
    check "aborted rows are never seen, the gaps that transactions leave in the offsets stop nothing" $? \
        "$dir/transact.out" "$dir/transactions.err"
}

odd_messages() {
    make_topic "$run-odd" 1 --config max.message.bytes=6000000
    write "$run-odd" 1 100
    echo 'key-of-a-tombstone:' >"$dir/tombstone"
    bounded 20 kcat -q -P -b "$brokers" -t "$run-odd" -K: -Z -l "$dir/tombstone" 2>"$dir/kcat.out"
    write "$run-odd" 101 100 -H some=header -k a-key
    head -c 5000000 /dev/zero | tr '\0' 'x' >"$dir/huge"
    bounded 30 kcat -q -P -b "$brokers" -t "$run-odd" -X message.max.bytes=6000000 "$dir/huge" 2>>"$dir/kcat.out"
    write "$run-odd" 201 100
    program odd -b "$brokers" -t "$run-odd" --no-replay "${every[@]}" --export "$dir/odd.csv" \
        -S sink.dead-letters="$dir/odd.dead"
    [ "$(counted "$dir/odd.csv")" = 300 ] && [ "$(wc -l <"$dir/odd.dead")" = 2 ]
    check "a tombstone and 5 MB of no JSON are kept as dead letters, headers and keys do no harm" $? "$dir/odd.err" \
        "$dir/kcat.out"
}

all_brokers_gone() {
    program gone-embedded -r max -d "$dir/calls.json" -S query.distinct=off --export "$dir/gone-embedded.csv"
    (
        eventually 60 test -s "$dir/gone.progress"
        for node in 2 1; do
            kill -9 "$(cat "$dir/cluster/node$node.pid")"
        done
        "$here/cluster.sh" start-node "$dir/cluster" 1
        "$here/cluster.sh" start-node "$dir/cluster" 2
    ) >"$dir/restart.out" 2>&1 &
    children+=($!)
    program gone -r 2500 -d "$dir/calls.json" -b "$brokers" -t "$run-gone" -S kafka.partitions=4 \
        -S kafka.replication-factor=2 -S query.distinct=off -S query.max-offsets-per-trigger=1000 \
        --progress "$dir/gone.progress" --export "$dir/gone.csv"
    cmp -s "$dir/gone.csv" "$dir/gone-embedded.csv"
    check "both brokers killed and back in mid-replay: nothing lost, nothing doubled" $? "$dir/gone.err" "$dir/restart.out"
}

# Nothing was written yet when the first run was killed, so it had no batch: what came after its start still counts.
begins_once() {
    local topic=$run-begins
    new_topic "$topic" 2
    write "$topic" 1 300
    follow begins "$topic" --checkpoint "$dir/begins" -S spark.starting-offset=latest
    eventually 30 test -e "$dir/begins/offsets/0"
    kill -9 "$follower"
    wait "$follower" 2>/dev/null
    write "$topic" 301 500
    program begins -b "$brokers" -t "$topic" --no-replay "${every[@]}" --checkpoint "$dir/begins" \
        -S spark.starting-offset=latest --export "$dir/begun.csv"
    [ "$(counted "$dir/begun.csv")" = 500 ]
    check "killed before its first batch, a query that begins at the end goes on from where that was" $? \
        "$dir/begins.err" "$dir/begun.csv"
}

looks_only() {
    local topic=$run-look
    new_topic "$topic" 1
    write "$topic" 1 500
    program look -b "$brokers" -t "$topic" --read-only "${every[@]}" -S kafka.client-id="$run-looker" \
        --export "$dir/look.csv"
    local status=$?
    tool consumer.group.ConsumerGroupCommand --list >"$dir/groups"
    [ $status = 0 ] && [ "$(counted "$dir/look.csv")" = 500 ] && ! grep -q "$run-looker" "$dir/groups"
    check "--read-only reads and leaves no trace of a group" $? "$dir/look.err" "$dir/groups"
    program look-missing -b "$brokers" -t "$run-not-there" --read-only
    [ $? = 1 ] && tail -n 1 "$dir/look-missing.err" | grep -q 'read-only makes none' && topic_is_gone "$run-not-there"
    check "--read-only makes no topic" $? "$dir/look-missing.err"
}

if [ ! -x "$bin" ] || [ ! -x "$build/generate" ] || [ ! -x "$build/tests/kafka/transact" ]; then
    echo "not ok - kafka: $bin, generate and transact must be built before (make all test-programs)"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
bin=$(realpath "$bin")
"$build/generate" --calls 20000 >"$dir/calls.json"
grep '^{' "$dir/calls.json" | sed 's/,$//' >"$dir/lines.json"
printf '[log]\nlevel = info\n' >"$dir/logging.ini"
if ! command -v kcat >/dev/null; then
    skip "topics that change while they are read" "no kcat here (config/packages.sh ci installs it)"
elif start_cluster; then
    start_to_grow
    start_to_be_gone
    grown_while_down
    topic_refused
    topic_followed
    overtaken
    compressed
    transactions
    odd_messages
    begins_once
    looks_only
    has_grown
    is_gone
    all_brokers_gone
fi
sum_up
