# What the scripts of this folder and tests/spark/cluster_test.sh share; sourced from the project's folder, with the
# script's own arguments. Sets build, bin (the program under test), run (a name that is in every topic and group of
# theirs) and dir (a temporary folder). Before: `label` for the lines of results, SFCRIME_KAFKA unset where the cluster
# is always one of its own. It is no program of its own.
# shellcheck shell=bash disable=SC2034 # used by whoever sources this
build=${BUILD:-build}
bin=${1:-${SFCRIME_BIN:-$build/sfcrime-tui}}
here=tests/kafka
label=${label:-kafka}
run=sfcrime-test-$$-$RANDOM
dir=$(mktemp -d "${TMPDIR:-/tmp}/sfcrime-$label-XXXXXX") || exit 1
# The user's own settings must not have a say in what is tested.
export XDG_CONFIG_HOME=$dir/config
passed=0 failed=0 skipped=0
tool_flags=(-Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto)
children=() own_cluster='' jars='' brokers=${SFCRIME_KAFKA:-}

clean_up() {
    trap - EXIT INT TERM HUP
    for pid in "${children[@]}"; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    if [ -n "$own_cluster" ]; then
        "$here/cluster.sh" stop "$dir/cluster"
    elif [ -n "$brokers" ] && [ -n "$jars" ]; then
        tool TopicCommand --delete --if-exists --topic "$run.*"
        tool consumer.group.ConsumerGroupCommand --delete --group "$run" --group "$run-gone" --group "$run-reads"
    fi >/dev/null 2>&1
    rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

ok() {
    passed=$((passed + 1))
    echo "ok - $label: $*"
}
not_ok() { # NAME [FILE...]: their last lines explain, $SHOW_LINES of them
    failed=$((failed + 1))
    echo "not ok - $label: $1"
    shift
    for file in "$@"; do
        [ -s "$file" ] && tail -n ${SHOW_LINES:-12} "$file" | sed 's/^/    /'
    done
}
skip() { # NAME WHY
    skipped=$((skipped + 1))
    echo "skip - $label: $1: $2"
}
# check NAME STATUS FILE...: ok when the status is 0
check() {
    local name=$1 status=$2
    shift 2
    if [ "$status" = 0 ]; then ok "$name"; else not_ok "$name" "$@"; fi
}

# Waited for in the background, so that a signal to this script is answered at once and ends them too.
bounded() { # SECONDS COMMAND...
    timeout --kill-after=5 "$@" &
    children+=($!)
    wait $!
}
program() { # NAME ARGUMENTS...: output in $dir/NAME.out and .err
    local name=$1
    shift
    bounded 120 "$bin" --headless --available-now --no-checkpoint -S sink.console=none -S kafka.client-id="$run" \
        --create-topic yes "$@" \
        </dev/null >"$dir/$name.out" 2>"$dir/$name.err"
}
tool() { # CLASS ARGUMENTS...: one of Kafka's own command-line tools
    local class
    class=$("$here/cluster.sh" tool-class "$1")
    shift
    bounded 60 java "${tool_flags[@]}" -cp "$jars/*" "$class" --bootstrap-server "$brokers" "$@" 2>"$dir/tool.err" </dev/null
}

same_table() { # the same rows in any order
    cmp -s <(LC_ALL=C sort "$1") <(LC_ALL=C sort "$2")
}
# The sum of a CSV's last column.
counted() {
    awk -F, 'NR > 1 { n += $NF } END { print n + 0 }' "$1"
}
says() { # WORDS FILE: whatever parts thousands in the program's numbers
    sed -E ':a; s/([0-9]),([0-9]{3})/\1\2/; ta' "$2" | grep -q "$1"
}
# "partition offset" lines of a topic's ends.
ends_of() {
    tool GetOffsetShell --topic "$1" | awk -F: 'NF == 3 { print $2, $3 }' | sort
}
# Waits until a command succeeds, at most so many seconds.
eventually() { # SECONDS COMMAND...
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.1
    done
}

# Kafka's jars; `no_jars` says why there are none.
find_jars() {
    no_jars=''
    jars=$("$here/cluster.sh" jars 2>"$dir/cluster.err") || no_jars=$(sed 's/^skipped: //' "$dir/cluster.err")
}
# A cluster of ours, unless another one is named.
start_cluster() {
    find_jars
    if [ -z "$brokers" ] && [ -n "$jars" ]; then
        own_cluster=yes
        brokers=$("$here/cluster.sh" start "$dir/cluster" 2>"$dir/cluster.err") || brokers=''
    fi
    [ -n "$brokers" ] && return 0
    if [ -n "$own_cluster" ]; then not_ok "the cluster starts" "$dir/cluster.err"; else
        skip "all that needs a cluster" "$no_jars"
    fi
    return 1
}
sum_up() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
}
