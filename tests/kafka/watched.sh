#!/usr/bin/env bash
# What the screen shows of a real cluster, and what can be done to it from there: a missing topic is offered, a broker
# that dies is seen in the nodes, offsets and log panes and seen to be back, the lag grows and goes, :seek.
#
#   tests/kafka/watched.sh [PROGRAM]      else $SFCRIME_BIN, else build/sfcrime-tui
#
# The cluster is always one of its own (cluster.sh). The last line: N passed, N failed, N skipped
set -u
cd "$(dirname "$0")/../.." || exit 1
unset SFCRIME_KAFKA
# shellcheck source=tests/kafka/common.sh
. tests/kafka/common.sh

# screen NAME SIZE ARGUMENTS: what is on standard input are the steps of a case (tests/screen/cases/README.txt); in the
# background, so that the cluster can be treated badly meanwhile. `mark NAME` in it makes the file $dir/NAME.
screen() {
    local name=$1 size=$2
    {
        echo "title $name"
        echo "size $size"
        echo "args -b $brokers -S kafka.client-id=$run $3"
        sed -E "s|^mark ([a-z-]+)\$|keys \":export text $dir/\1<Enter>\"|"
        echo 'keys "q"'
        echo 'exit 0 within 20s'
    } >"$dir/$name.screen"
    timeout --kill-after=5 400 env SFCRIME_BIN="$bin" "$build/tests/screen/harness" "$dir/$name.screen" >"$dir/$name.shown" 2>&1 &
    shown=$!
    children+=("$shown")
}
# marked NAME: the case has come so far; false when it has ended before that.
marked() {
    eventually 180 marked_or_over "$1" && [ -s "$dir/$1" ]
}
marked_or_over() {
    [ -s "$dir/$1" ] || ! kill -0 "$shown" 2>/dev/null
}
# seen NAME WHAT: the case has shown all that it waits for.
seen() {
    local name=$1 what=$2
    wait "$shown"
    check "$what" $? "$dir/$name.shown"
    rm -f "$dir/$name.screen"
}
there() { # TOPIC PARTITIONS COPIES
    tool TopicCommand --describe --topic "$1" >"$dir/describe"
    grep -q "PartitionCount: $2.*ReplicationFactor: $3" "$dir/describe"
}

# ---- a missing topic ----

offered() {
    screen offered 160x40 "-t $run-yes -r 200" <<'END'
wait "Make it with 2 partitions, 2 copies?" within 30s
wait "NO TOPIC"
keys "y"
wait "RUNNING" within 30s
wait /acked [1-9]/ within 30s
END
    seen offered "a missing topic is offered, and made after a yes"
    there "$run-yes" 2 2
    check "with the partitions and copies that were offered" $? "$dir/describe" "$dir/tool.err"

    screen declined 160x40 "-t $run-no --no-replay" <<'END'
wait "Make it with 2 partitions, 2 copies?" within 30s
keys "n"
wait /waiting/ within 20s
absent "Make it with"
mark declined-seen
wait "RUNNING" within 60s
END
    marked declined-seen
    ! there "$run-no" 2 2 && tool TopicCommand --create --topic "$run-no" --partitions 3 --replication-factor 1 >"$dir/topic.out"
    check "after a no it is not made" $? "$dir/describe" "$dir/topic.out" "$dir/tool.err"
    seen declined "and the query goes on once somebody else has made it"

    screen by-name 160x40 "-t $run-name --create-topic no --no-replay" <<'END'
wait /waiting/ within 30s
absent "Make it with"
keys ":create-topic 5 7<Enter>"
wait /more copies/ within 20s
keys ":create-topic 5 1<Enter>"
wait "RUNNING" within 30s
END
    seen by-name "the word create-topic makes it with other figures; what the cluster has not the brokers for is told"
    there "$run-name" 5 1
    check "with those figures" $? "$dir/describe" "$dir/tool.err"

    screen only-looks 160x40 "-t $run-look --read-only" <<'END'
wait /waiting/ within 30s
absent "Make it with"
keys ":create-topic default<Enter>"
wait "--read-only makes no topic"
keys "<Esc>"
END
    seen only-looks "--read-only neither offers nor makes a topic"

    screen in-lines 80x24 "-t $run-lines --plain -r 200" <<'END'
wait /Make the missing topic.*Press y for yes/ within 30s
keys "y"
wait /RUNNING/ within 30s
END
    seen in-lines "the lines of --plain ask, too"
}

# ---- a broker that dies ----

node_pid() {
    cat "$dir/cluster/node$1.pid"
}
# In the layout of the cluster: nodes, offsets and log on one screen.
broker_dies() {
    program pane-topic -b "$brokers" -t "$run-pane" --no-replay -S kafka.replication-factor=2
    screen panes 200x60 "-t $run-pane -r 100 --loop"  <<'END'
keys "<F3>"
wait /[1-9][0-9]* types|caught up/ within 30s
wait /1  up .* 1  / within 30s
wait /2  up .* 1  / within 30s
wait /kafka 2.2/
wait /  2.2  / within 30s
gone /1.2  / within 30s
mark both-up
wait /BROKER 2 DOWN/ within 60s
wait /2  DOWN .* 0  /
wait /kafka 1.2/
wait /[01] +1 +1.2 / within 60s
wait /the broker refuses the connection|Connection refused/
wait /Broker 2 at .* is down/
mark one-down
wait /2  up / within 240s
gone /BROKER 2 DOWN/
wait /kafka 2.2/ within 60s
wait /[01] +[12] +2.2 / within 60s
gone /[01] +[12] +1.2 / within 60s
gone /Broker 2 at .* is down/ within 60s
keys "p"
wait /QUERY PAUSED +lag .* growing by/ within 60s
rises /^. all .* ([0-9,]+) +. [0-9.]+ / within 30s
keys "p"
gone "QUERY PAUSED"
wait /caught up/ within 60s
END
    marked both-up && kill -9 "$(node_pid 2)"
    marked one-down && "$here/cluster.sh" start-node "$dir/cluster" 2 >"$dir/node.out" 2>&1
    seen panes "a broker that dies is seen in nodes, offsets, log and advice, and all is clear once it is back"
}

# stall SECONDS NODE...: they keep their connections, and say nothing
stall() {
    local seconds=$1 node
    shift
    for node in "$@"; do kill -STOP "$(node_pid "$node")"; done
    sleep "$seconds"
    for node in "$@"; do kill -CONT "$(node_pid "$node")"; done
}
# Longer than the controller waits for a broker (3 s), than the clients wait for an answer here (4 s).
stalled() {
    program stall-embedded -r max -d "$dir/calls.json" -S query.distinct=off --export "$dir/stall-embedded.csv"
    (
        eventually 60 test -s "$dir/stall.progress"
        stall 8 2
        rows=$(wc -l <"$dir/stall.progress")
        eventually 60 more_lines "$dir/stall.progress" "$rows"
        stall 8 1 2
        echo all >"$dir/stall.done"
    ) &
    children+=($!)
    program stall -r 1000 -d "$dir/calls.json" -b "$brokers" -t "$run-stall" -S kafka.partitions=4 -S query.distinct=off \
        -S query.max-offsets-per-trigger=1000 -X socket.timeout.ms=4000 --progress "$dir/stall.progress" --export "$dir/stall.csv"
    [ -s "$dir/stall.done" ] && cmp -s "$dir/stall.csv" "$dir/stall-embedded.csv"
    check "a broker, then both, that keep silent for longer than every time limit: nothing lost, nothing doubled" $? \
        "$dir/stall.err" "$dir/stall.done"
}
more_lines() { # FILE COUNT
    [ "$(wc -l <"$1")" -gt "$2" ]
}

# ---- clocks that are wrong ----

# Records stamped two days before and after now, as by producers or brokers whose clocks are. The query goes by the calls'
# own times, the lag by offsets; only a start by time goes by the stamps. Kafka 4 refuses stamps an hour ahead by itself.
group_says() { # TOPIC "POSITION LAG": by Kafka's own tool, over all partitions
    tool consumer.group.ConsumerGroupCommand --describe --group "$run" >"$dir/group"
    [ "$(awk -v topic="$1" '$2 == topic { at += $4; lag += $6 } END { print at + 0, lag + 0 }' "$dir/group")" = "$2" ]
}
clocks() {
    local topic=$run-clocks day=86400 status
    tool TopicCommand --create --topic "$topic" --partitions 2 --replication-factor 1 >"$dir/topic.out"
    head -n 1000 "$dir/lines.json" | bounded 60 "$build/tests/kafka/stamped" "$brokers" "$topic" 0 -$((2 * day)) >"$dir/stamped.out" 2>&1 &&
        tail -n +1001 "$dir/lines.json" | head -n 400 | bounded 60 "$build/tests/kafka/stamped" "$brokers" "$topic" 1 $((2 * day)) \
            >>"$dir/stamped.out" 2>&1
    check "records with stamps two days off are written" $? "$dir/stamped.out" "$dir/topic.out" "$dir/tool.err"
    head -n 1400 "$dir/lines.json" >"$dir/clocks.json"
    program clocks-embedded -r max -d "$dir/clocks.json" -S query.distinct=off --export "$dir/clocks-embedded.csv"
    program clocks -b "$brokers" -t "$topic" --no-replay -S query.distinct=off --export "$dir/clocks.csv"
    cmp -s "$dir/clocks.csv" "$dir/clocks-embedded.csv"
    check "the windows and counts are those of the calls' own times" $? "$dir/clocks.err"
    eventually 60 group_says "$topic" "1400 0"
    check "the lag is that of the offsets" $? "$dir/group"
    program clocks-by-time -b "$brokers" -t "$topic" --no-replay -S query.distinct=off \
        -S spark.starting-offset="$(date -u -d yesterday +%Y-%m-%dT%H:%M:%S)" --export "$dir/clocks-by-time.csv"
    status=$?
    [ $status = 0 ] && [ "$(counted "$dir/clocks-by-time.csv")" = 400 ]
    check "a start by time goes by the stamps: what is stamped before it is not read" $? "$dir/clocks-by-time.err"
    tool TopicCommand --create --topic "$topic-4" --partitions 1 --replication-factor 1 \
        --config message.timestamp.after.max.ms=3600000 >"$dir/topic.out"
    head -n 10 "$dir/lines.json" | bounded 60 "$build/tests/kafka/stamped" "$brokers" "$topic-4" 0 $((2 * day)) >"$dir/stamped.out" 2>&1
    [ $? = 1 ] && grep -qi 'timestamp' "$dir/stamped.out"
    check "a broker that takes no stamps from the future refuses them" $? "$dir/stamped.out"
}

# ---- another place to read from ----

write() { # TOPIC FIRST COUNT
    tail -n "+$2" "$dir/lines.json" | head -n "$3" >"$dir/write.json"
    bounded 60 kcat -q -P -b "$brokers" -t "$1" -l "$dir/write.json" >"$dir/kcat.out" 2>&1
}
# A table of one row, which counts what was read.
counts="--no-replay -S query.distinct=off -S query.window=none -S query.group-by=state"
sought() {
    local topic=$run-seek
    program seek-topic -b "$brokers" -t "$topic" --no-replay -S kafka.partitions=1
    write "$topic" 1 1000
    echo "{\"partitions\":[{\"topic\":\"$topic\",\"partition\":0,\"offset\":100}],\"version\":1}" >"$dir/delete.json"
    tool DeleteRecordsCommand --offset-json-file "$dir/delete.json" >"$dir/topic.out"
    screen seek 160x40 "-t $topic $counts" <<END
wait /CA .* 900 / within 30s
keys ":seek {\\"$topic\\":{\\"0\\":600}}<Enter>"
wait "Read from"
keys "y"
wait /CA .* 400 / within 30s
keys ":seek {\\"$topic\\":{\\"0\\":5000}}<Enter>y"
wait /reads on where it is.*5000.*keeps 100 to 1000/ within 30s
has /CA .* 400 /
keys ":seek {\\"$topic\\":{\\"0\\":50}}<Enter>y"
wait /reads on where it is.*offset 50 .*keeps 100 to 1000/ within 30s
has /CA .* 400 /
keys ":seek {\\"$topic\\":{\\"1\\":0}}<Enter>y"
wait /reads on where it is.*partition 1/ within 30s
keys ":seek 2100-01-01<Enter>y"
wait "No message has come yet" within 30s
keys ":seek 2001-01-01<Enter>y"
wait /CA .* 900 / within 30s
mark before-the-end
wait "NO BROKER" within 60s
keys ":seek latest<Enter>y"
wait /reads on where it is.*Kafka/ within 60s
has /CA .* 900 /
keys ":output-mode update<Enter>"
wait "Start the query over"
keys "y"
wait /stays as it is.*Kafka/ within 60s
has /CA .* 900 /
mark asked-in-vain
gone "NO BROKER" within 240s
wait /CA .* 1,000 / within 90s
keys ":seek latest<Enter>y"
wait "No message has come yet" within 30s
END
    if marked before-the-end; then kill -9 "$(node_pid 2)" "$(node_pid 1)"; fi
    if marked asked-in-vain; then
        "$here/cluster.sh" start-node "$dir/cluster" 1 >"$dir/node.out" 2>&1
        "$here/cluster.sh" start-node "$dir/cluster" 2 >>"$dir/node.out" 2>&1
        write "$topic" 1001 100
    fi
    seen seek "another place to read from: found, refused where there is none, and while no broker answers"
}

# The state belongs to the place: a run that is killed after a seek goes on from there, and not twice.
sought_with_checkpoint() {
    local topic=$run-kept args
    args="-t $topic $counts --checkpoint $dir/checkpoint"
    program kept-topic -b "$brokers" -t "$topic" --no-replay -S kafka.partitions=1
    write "$topic" 1 1000
    screen kept 160x40 "$args" <<END
wait /CA .* 1,000 / within 30s
keys ":seek {\\"$topic\\":{\\"0\\":600}}<Enter>y"
wait /CA .* 400 / within 30s
END
    seen kept "a seek with a checkpoint"
    write "$topic" 1001 50
    screen killed 160x40 "$args" <<END
wait /CA .* 450 / within 30s
keys ":seek {\\"$topic\\":{\\"0\\":900}}<Enter>y"
wait /CA .* 150 / within 30s
signal KILL
exit signal KILL
END
    sed -i '/^exit signal KILL$/q' "$dir/killed.screen"
    # The terminal is not as it was, after that; what counts is that the rows were seen.
    wait "$shown"
    ! grep -q 'is not there' "$dir/killed.shown"
    check "which goes on from there; and another one, and killed" $? "$dir/killed.shown"
    write "$topic" 1051 50
    # shellcheck disable=SC2086 # words that are meant to be split
    bounded 120 "$bin" --headless --available-now -S sink.console=none -b "$brokers" $args --export "$dir/kept.csv" \
        </dev/null >"$dir/kept.out" 2>"$dir/kept.err"
    [ "$(counted "$dir/kept.csv")" = 200 ]
    check "after which each row from the place on is counted once" $? "$dir/kept.err" "$dir/kept.csv"
}

# All that is there now, then from another place: it ends again.
sought_at_the_end() {
    screen ended 160x40 "-t $run-kept $counts -S query.trigger=available-now" <<END
wait /DONE/ within 30s
wait /CA .* 1,100 /
keys ":seek {\\"$run-kept\\":{\\"0\\":1000}}<Enter>y"
wait /CA .* 100 / within 30s
wait /DONE/ within 30s
END
    seen ended "a query that is done reads from another place, and is done again"
}

if [ ! -x "$bin" ] || [ ! -x "$build/generate" ] || [ ! -x "$build/tests/screen/harness" ] || [ ! -x "$build/tests/kafka/stamped" ]; then
    echo "not ok - kafka: $bin, generate, stamped and the screen's harness must be built before (make all test-programs)"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
bin=$(realpath "$bin")
"$build/generate" --calls 20000 >"$dir/calls.json"
grep '^{' "$dir/calls.json" | sed 's/,$//' >"$dir/lines.json"
if start_cluster; then
    offered
    broker_dies
    stalled
    clocks
    if command -v kcat >/dev/null; then
        sought
        sought_with_checkpoint
        sought_at_the_end
    else
        skip "another place to read from" "no kcat here (config/packages.sh ci installs it)"
    fi
fi
sum_up
