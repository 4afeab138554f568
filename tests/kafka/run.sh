#!/usr/bin/env bash
# The program against a real Kafka, of two KRaft nodes on free loopback ports (cluster.sh).
#
#   tests/kafka/run.sh [PROGRAM]      else $SFCRIME_BIN, else build/sfcrime-tui
#
# Environment: BUILD (where kill_test and generate are, build), KAFKA_KILLS (how often the program is killed, 30),
# SFCRIME_KAFKA=HOST:PORT,... (another cluster instead; what was made there is deleted again, by Kafka's own tools).
# Prints `ok - name`, `not ok - name`, `skip - name: why` and, as its last line: N passed, N failed, N skipped
set -u
cd "$(dirname "$0")/../.." || exit 1

kills=${KAFKA_KILLS:-30}
# shellcheck source=tests/kafka/common.sh
. tests/kafka/common.sh

# ---- the tests ----

# The one that needs no Kafka; it takes half a minute, so the others run beside it.
start_refused() {
    (
        started=$SECONDS
        program refused -b 127.0.0.1:1 -d "$dir/calls.json" -r max
        echo "$? $((SECONDS - started))" >"$dir/refused.status"
    ) &
    refused=$!
    children+=("$refused")
}
finish_refused() {
    local status seconds
    wait "$refused"
    read -r status seconds <"$dir/refused.status"
    # It may have said before that it waits; why it ended is one line.
    [ "$status" = 1 ] && [ "$(wc -l <"$dir/refused.err")" -le 2 ] && [ "$seconds" -le 45 ] &&
        tail -n 1 "$dir/refused.err" | grep -q '127\.0\.0\.1:1.*refuses'
    check "brokers that are not there end the program with status 1 and a clear last line" $? "$dir/refused.err" \
        "$dir/refused.status"
}

reference_query=(-r max -S kafka.partitions=1 -S query.window=none -S query.max-offsets-per-trigger=134)

# first_calls FILE: the golden case on it, here and on the embedded cluster
golden_case() { # NAME FILE
    local name=$1 file=$2
    program "$name-embedded" "${reference_query[@]}" -d "$file" --export "$dir/$name-embedded.csv"
    program "$name" "${reference_query[@]}" -b "$brokers" -t "$run-$name" -d "$file" --export "$dir/$name.csv" \
        --progress "$dir/$name.progress" &&
        cmp -s "$dir/$name-embedded.csv" "$dir/$name.csv" && [ "$(wc -l <"$dir/$name.progress")" = 2 ]
    check "$name: the same table as on the embedded cluster, in two batches" $? "$dir/$name.err" \
        "$dir/$name-embedded.err" "$dir/$name.progress"
}
golden_cases() {
    local real=../shared/data/calls-2018-12-31.json golden=../shared/golden/golden/A-seed-complete.csv
    head -n 165 "$dir/calls.json" | sed '$ s/,$//' >"$dir/first.json"
    echo ']' >>"$dir/first.json"
    golden_case golden "$dir/first.json"
    if [ -r "$real" ] && [ -r "$golden" ]; then
        awk '/^    }/ && ++n == 164 { print "    }\n]"; exit } { print }' "$real" >"$dir/real.json"
        golden_case real "$dir/real.json"
        same_table "$dir/real.csv" "$golden"
        check "real calls: the table of a real Spark" $? "$dir/real.csv"
    else
        skip "real calls: the table of a real Spark" "../shared is not here"
    fi
}

has_tools() { # NAME: of the test that would be skipped
    [ -n "$jars" ] && return 0
    skip "$1" "$no_jars"
    return 1
}

topic_is_created() {
    local name="a missing topic is created with the partitions and copies that were asked for"
    has_tools "$name" || return
    tool TopicCommand --describe --topic "$run-large" >"$dir/describe"
    grep -q 'PartitionCount: 4.*ReplicationFactor: 2' "$dir/describe"
    check "$name" $? "$dir/describe" "$dir/tool.err"
}

large_replay() {
    local n=1000000 settings=(-r max -d "$dir/large.json" -S kafka.partitions=4 -S query.distinct=off)
    "$build/generate" --calls $n --seed 7 >"$dir/large.json" || {
        not_ok "a large replay" && return
    }
    program large-embedded "${settings[@]}" --export "$dir/large-embedded.csv"
    program large "${settings[@]}" -b "$brokers" -t "$run-large" -S kafka.replication-factor=2 \
        --export "$dir/large.csv" --progress "$dir/large.progress"
    if has_tools "$n calls at full speed: all of them in the topic"; then
        ends_of "$run-large" >"$dir/large.ends"
        [ "$(awk '{ n += $2 } END { print n }' "$dir/large.ends")" = $n ]
        check "$n calls at full speed: all of them in the topic" $? "$dir/large.ends" "$dir/large.err" \
            "$dir/tool.err"
    fi
    says "$n calls sent, $n rows in" "$dir/large.err" && cmp -s "$dir/large.csv" "$dir/large-embedded.csv" &&
        [ "$(counted "$dir/large.csv")" = $n ]
    check "$n calls at full speed: all of them read and counted, the same table as on the embedded cluster" $? \
        "$dir/large.err" "$dir/large-embedded.err"
}

group_offsets() {
    local name="the group's offsets that Kafka's own tool shows are where the query stands"
    has_tools "$name" || return
    tool consumer.group.ConsumerGroupCommand --describe --group "$run" >"$dir/group"
    awk -v topic="$run-large" '$2 == topic { print $3, $4 }' "$dir/group" | sort >"$dir/group.large"
    [ -s "$dir/group.large" ] && cmp -s "$dir/large.ends" "$dir/group.large"
    check "$name" $? "$dir/group" "$dir/large.ends" "$dir/tool.err"
}

# The number as the screen writes it: 1234567 -> 1,234,567
grouped() {
    sed -E ':a; s/^([0-9]+)([0-9]{3})/\1,\2/; ta' <<<"$1"
}
# screen NAME STEPS: the program's screen on the large topic, in a terminal emulator; it must show what the steps say
screen() {
    local name=$1
    {
        echo "title $name"
        echo "size 160x40"
        echo "args -b $brokers -t $run-large --no-replay -S kafka.client-id=$run -S query.distinct=off"
        echo 'keys "3z"'
        cat
        echo 'keys "q"'
        echo 'exit 0 within 20s'
    } >"$dir/$name.screen"
    bounded 120 env SFCRIME_BIN="$bin" "$build/tests/screen/harness" "$dir/$name.screen" >"$dir/$name.shown" 2>&1
}
# Two groups of other readers: one that has read a part and gone, one that reads.
other_groups() {
    local name="the screen's groups, members and lag are those that Kafka's own tool shows" lag latest members reader shown
    has_tools "$name" || return
    [ -x "$build/tests/screen/harness" ] || {
        skip "$name" "the screen's test harness is not built (make test-programs)"
        return
    }
    tool consumer.ConsoleConsumer --topic "$run-large" --group "$run-gone" --from-beginning --max-messages 54321 >"$dir/gone"
    java "${tool_flags[@]}" -cp "$jars/*" org.apache.kafka.tools.consumer.ConsoleConsumer \
        --bootstrap-server "$brokers" --topic "$run-large" --group "$run-reads" --from-beginning \
        >/dev/null 2>"$dir/reads.err" </dev/null &
    reader=$!
    children+=("$reader")
    tool consumer.group.ConsumerGroupCommand --describe --group "$run-gone" >"$dir/group"
    lag=$(awk -v topic="$run-large" '$2 == topic { n += $6 } END { print n + 0 }' "$dir/group")
    latest=$(awk '{ n += $2 } END { print n }' "$dir/large.ends")
    # Until it has read all and told so: then nothing moves any more.
    for _ in $(seq 20); do
        tool consumer.group.ConsumerGroupCommand --describe --group "$run-reads" >"$dir/group.reads"
        awk -v topic="$run-large" '$2 == topic { n += $6; p++ } END { exit !(p == 4 && n == 0) }' "$dir/group.reads" && break
        sleep 0.5
    done
    tool consumer.group.ConsumerGroupCommand --describe --group "$run-reads" --state >"$dir/state"
    members=$(awk -v group="$run-reads" '$1 == group { print $(NF - 1) " +" $NF }' "$dir/state")
    screen groups <<END
wait /all .* $(grouped "$latest") +0 /
keys "V"
wait /$run .ours. +Empty +0 +4 of 4 +0 / within 30s
wait /$run-gone +Empty +0 +4 of 4 +$(grouped "$lag") / within 30s
wait /$run-reads +$members +4 of 4 +0 / within 30s
END
    shown=$?
    kill "$reader" 2>/dev/null
    wait "$reader" 2>/dev/null
    [ "$lag" = $((latest - 54321)) ] && [ "$members" = "Stable +1" ] && [ $shown = 0 ]
    check "$name" $? "$dir/group" "$dir/state" "$dir/groups.screen" "$dir/groups.shown" "$dir/tool.err"
}

kcat_writes() {
    local name="calls that kcat has written are counted"
    command -v kcat >/dev/null || {
        skip "$name" "no kcat here"
        return
    }
    # Nobody makes the topic but the program: so it is told to look at it first.
    program kcat-none -b "$brokers" -t "$run-kcat" -S kafka.partitions=3 --no-replay
    grep '^{' "$dir/calls.json" | sed 's/,$//' | head -n 5000 >"$dir/lines.json"
    bounded 60 kcat -q -P -b "$brokers" -t "$run-kcat" -l "$dir/lines.json" >"$dir/kcat.out" 2>&1
    program kcat -b "$brokers" -t "$run-kcat" --no-replay --export "$dir/kcat.csv"
    program kcat-embedded -r max -d "$dir/lines.json" -S kafka.partitions=3 --export "$dir/kcat-embedded.csv"
    says '5000 rows in' "$dir/kcat.err" && cmp -s "$dir/kcat.csv" "$dir/kcat-embedded.csv"
    check "$name" $? "$dir/kcat.out" "$dir/kcat.err"
    program kcat-sink -b "$brokers" -t "$run-kcat" --no-replay -S sink.kafka-topic="$run-results" \
        -S query.window=none --export "$dir/kcat-sink.csv"
    bounded 60 kcat -q -C -e -b "$brokers" -t "$run-results" -f '%s\n' >"$dir/results" 2>"$dir/kcat.out"
    # One batch: every record is a group of the table.
    [ "$(wc -l <"$dir/results")" = "$(($(wc -l <"$dir/kcat-sink.csv") - 1))" ] &&
        [ "$(grep -oE '"count":[0-9]+' "$dir/results" | awk -F: '{ n += $2 } END { print n }')" = \
            "$(counted "$dir/kcat-sink.csv")" ]
    check "kcat reads from the Kafka sink what the table holds" $? "$dir/kcat-sink.err" "$dir/kcat.out" \
        "$dir/results"
    name="the topic of the Kafka sink is made so that the newest record of each key stays"
    has_tools "$name" || return
    tool TopicCommand --describe --topic "$run-results" >"$dir/describe"
    grep -q 'cleanup.policy=compact' "$dir/describe"
    check "$name" $? "$dir/describe" "$dir/tool.err"
}

killed() {
    bounded 200 env KILL_BROKERS="$brokers" KILL_COUNT="$kills" TMPDIR="$dir" "$build/tests/kill/kill_test" \
        "$bin" >"$dir/killed"
    local status=$?
    grep -E '^    [0-9]+ kills' "$dir/killed"
    check "killed $kills times or more: the tables and sinks of an undisturbed run" $status "$dir/killed"
}

node_lost() {
    local name="a node that dies during the replay loses and doubles nothing"
    [ -n "$own_cluster" ] || {
        skip "$name" "the cluster is not ours to break"
        return
    }
    program node-embedded -r max -d "$dir/calls.json" -S query.distinct=off --export "$dir/node-embedded.csv"
    (
        # Once the first batches are through: in the middle of the work.
        for _ in $(seq 300); do
            [ -s "$dir/node.progress" ] && break
            sleep 0.1
        done
        kill -9 "$(cat "$dir/cluster/node2.pid")"
    ) &
    children+=($!)
    program node -r 2500 -d "$dir/calls.json" -b "$brokers" -t "$run-node" -S kafka.partitions=4 \
        -S kafka.replication-factor=2 -S query.distinct=off -S query.max-offsets-per-trigger=1000 \
        --progress "$dir/node.progress" --export "$dir/node.csv"
    cmp -s "$dir/node.csv" "$dir/node-embedded.csv"
    check "$name" $? "$dir/node.err"
}

# ---- the run ----

if [ ! -x "$bin" ] || [ ! -x "$build/generate" ] || [ ! -x "$build/tests/kill/kill_test" ]; then
    echo "not ok - kafka: $bin, generate and kill_test must be built before (make all test-programs)"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
bin=$(realpath "$bin")
"$build/generate" --calls 20000 >"$dir/calls.json"
start_refused
if start_cluster; then
    golden_cases
    large_replay
    topic_is_created
    group_offsets
    other_groups
    kcat_writes
    killed
    node_lost
fi
finish_refused
sum_up
