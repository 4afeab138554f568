#!/usr/bin/env bash
# What the screen shows of a real cluster, and what can be done to it from there: a missing topic is offered, a broker
# that dies is seen in the nodes, offsets and log panes and seen to be back, the lag grows and goes, :seek.
#
#   tests/kafka/watched.sh [PROGRAM]      else $SFCRIME_BIN, else build/sfcrime-tui
#
# The cluster is always one of its own (cluster.sh). The last line: N passed, N failed, N skipped
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
bin=${1:-${SFCRIME_BIN:-$build/sfcrime-tui}}
here=tests/kafka
run=watched-$$-$RANDOM
dir=$(mktemp -d "${TMPDIR:-/tmp}/sfcrime-kafka-XXXXXX") || exit 1
export XDG_CONFIG_HOME=$dir/config
unset SFCRIME_KAFKA
# shellcheck source=tests/kafka/common.sh
. "$here/common.sh"

# screen NAME SIZE ARGUMENTS: what is on standard input are the steps of a case (tests/screen/cases/README.txt); in the
# background, so that the cluster can be treated badly meanwhile. `mark NAME` in it makes the file $dir/NAME.
screen() {
    local name=$1 size=$2
    {
        echo "title $name"
        echo "size $size"
        echo "args -b $brokers -S kafka.client-id=$run --no-checkpoint $3"
        sed -E "s|^mark ([a-z-]+)\$|keys \":export text $dir/\1<Enter>\"|"
        echo 'keys "q"'
        echo 'exit 0 within 20s'
    } >"$dir/$name.screen"
    timeout --kill-after=5 150 env SFCRIME_BIN="$bin" "$build/tests/screen/harness" "$dir/$name.screen" >"$dir/$name.shown" 2>&1 &
    shown=$!
    children+=("$shown")
}
# marked NAME: the case has come so far; false when it has ended before that.
marked() {
    eventually 60 marked_or_over "$1" && [ -s "$dir/$1" ]
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

if [ ! -x "$bin" ] || [ ! -x "$build/generate" ] || [ ! -x "$build/tests/screen/harness" ]; then
    echo "not ok - kafka: $bin, generate and the screen's harness must be built before (make all test-programs)"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
bin=$(realpath "$bin")
"$build/generate" --calls 20000 >"$dir/calls.json"
if start_cluster; then
    offered
fi
sum_up
