#!/usr/bin/env bash
# The job on a real Spark cluster (a master, two workers), reading and writing a real Kafka of two nodes; on loopback.
#
#   tests/spark/cluster_test.sh [PROGRAM]      else $SFCRIME_BIN, else build/sfcrime-tui
#
# Environment: BUILD (where generate is, build), SPARK_CALLS (the calls of the large replay, 100000).
# Prints `ok - name`, `not ok - name`, `skip - name: why` and, as its last line: N passed, N failed, N skipped
# About five minutes on two cores that are free; a job needs some 15 s before its first batch.
set -u
cd "$(dirname "$0")/../.." || exit 1

build=${BUILD:-build}
bin=${1:-${SFCRIME_BIN:-$build/sfcrime-tui}}
calls=${SPARK_CALLS:-100000}
here=tests/kafka
run=spark-test-$$-$RANDOM
dir=$(mktemp -d "${TMPDIR:-/tmp}/sfcrime-spark-XXXXXX") || exit 1
cluster=tests/spark/cluster.sh job_s=${SPARK_JOB_S:-240}

# The user's own settings must not have a say in what is tested.
export XDG_CONFIG_HOME=$dir/config PYTHONDONTWRITEBYTECODE=1
unset SPARK_HOME PYSPARK_SUBMIT_ARGS PYTHONPATH HADOOP_CONF_DIR SFCRIME_SPARK_JARS

# shellcheck source=tests/kafka/common.sh
. "$here/common.sh"

ok() {
    passed=$((passed + 1))
    echo "ok - spark: $*"
}
not_ok() { # NAME [FILE...]: their last lines explain
    failed=$((failed + 1))
    echo "not ok - spark: $1"
    shift
    for file in "$@"; do
        [ -s "$file" ] && tail -n 12 "$file" | sed 's/^/    /'
    done
}
skip() { # NAME WHY
    skipped=$((skipped + 1))
    echo "skip - spark: $1: $2"
}
all_skipped() { # WHY
    skip "the job on a cluster" "$1"
    sum_up
    exit
}

spark_up=''
end_of_test() {
    [ -n "$spark_up" ] && "$cluster" stop "$dir/spark" >/dev/null 2>&1
    clean_up
}

# ---- what the tests are made of ----

# config NAME TOPIC LINES...: $dir/NAME.ini, with lines of [query] and then, after "[spark]", of that section
config() {
    local name=$1 topic=$2
    shift 2
    {
        printf '[kafka]\nexternal-servers = %s\ntopic = %s\n[query]\n' "$brokers" "$topic"
        printf '%s\n' "$@"
    } >"$dir/$name.ini"
}
start_job() { # NAME: in the background; its process is $job
    timeout --kill-after=10 "$job_s" "$python" app/spark/job.py --config "$dir/$1.ini" --jars "$source_jars" \
        </dev/null >"$dir/$1.out" 2>"$dir/$1.err" &
    job=$!
    children+=("$job")
}
run_job() { # NAME
    start_job "$1"
    wait "$job"
}
# Lines of a topic that hold the text.
lines_with() { # TOPIC TEXT
    kcat -b "$brokers" -C -t "$1" -p 0 -o beginning -e -q 2>/dev/null | grep -cF -- "$2"
}
has_lines() { # TOPIC TEXT COUNT
    [ "$(lines_with "$1" "$2")" -ge "$3" ]
}
table() { # TOPIC NAME: its CSV in $dir/NAME.csv, what the reader says of it in $dir/NAME.said
    "$python" tests/spark/tables_topic.py --brokers "$brokers" --topic "$1-tables" >"$dir/$2.csv" 2>"$dir/$2.said"
}
# The pid of the job itself, which it tells; $job is that of timeout.
job_pid() { # TOPIC
    kcat -b "$brokers" -C -t "$1-progress" -p 0 -o beginning -e -q | grep -F '"type":"started"' | tail -n 1 |
        sed -E 's/.*"job_pid":([0-9]+).*/\1/'
}

# ---- the tests ----

golden() {
    local real=../shared/data/calls-2018-12-31.json golden=../shared/golden/golden/A-seed-complete.csv topic=$run-golden
    head -n 165 "$dir/calls.json" | sed '$ s/,$//' >"$dir/golden.json"
    echo ']' >>"$dir/golden.json"
    if [ -r "$real" ] && [ -r "$golden" ]; then
        awk '/^    }/ && ++n == 164 { print "    }\n]"; exit } { print }' "$real" >"$dir/golden.json"
    fi
    program golden-native -r max -S kafka.partitions=1 -S query.window=none -S query.max-offsets-per-trigger=134 \
        -b "$brokers" -t "$topic" -d "$dir/golden.json" --export "$dir/golden-native.csv"
    config golden "$topic" "window = none" "max-offsets-per-trigger = 134" "[spark]" "master = $master" "ui-port = 0" \
        "checkpoint = $dir/golden-checkpoint"
    start_job golden
    eventually "$job_s" has_lines "$topic-progress" '"batchId":1,' 1
    check "golden: two batches are reported while the job runs" $? "$dir/golden.err"
    table "$topic" golden && cmp -s "$dir/golden.csv" "$dir/golden-native.csv"
    check "golden: the table is the native engine's, byte for byte" $? "$dir/golden.said" "$dir/golden.csv"
    if [ -r "$golden" ]; then
        same_table "$dir/golden.csv" "$golden"
        check "golden: the table is that of the real calls" $? "$dir/golden.csv"
    else
        skip "golden: the table is that of the real calls" "../shared is not here"
    fi
    echo '{"type":"stop","v":1,"query":"*","now":false}' | kcat -b "$brokers" -P -t "$topic-progress" -p 0
    wait "$job"
    local status=$?
    [ $status = 0 ] && has_lines "$topic-progress" '"stopped":"asked"' 1
    check "a message into the progress topic stops it, with status 0" $? "$dir/golden.err"
}

refusals() {
    config refused "$run-golden" "window = 1 hour" "[spark]" "master = local[1]" "ui-port = 0" \
        "checkpoint = $dir/golden-checkpoint"
    run_job refused
    [ $? = 2 ] && tail -n 1 "$dir/refused.err" | grep -q "sfcrime-spark: .*is of a query with window_ms = 0, not 3600000"
    check "the checkpoint of another query is refused, in one line" $? "$dir/refused.err"
    config nowhere "$run-golden" "window = none" "[spark]" "master = spark://127.0.0.1:1" "ui-port = 0"
    run_job nowhere
    [ $? = 1 ] && tail -n 1 "$dir/nowhere.err" | grep -q "^sfcrime-spark: .*spark://127.0.0.1:1"
    check "a master that is not there ends the job with status 1 and one line" $? "$dir/nowhere.err"
}

# Ten batches; after two of them one worker dies, after four the driver; then it is submitted again.
survivor() {
    local topic=$run-large pid
    config large "$topic" "window = 1 hour" "trigger = available-now" "max-offsets-per-trigger = $((calls / 10))" \
        "[spark]" "master = $master" "ui-port = 0" "checkpoint = $dir/large-checkpoint"
    start_job large
    eventually "$job_s" has_lines "$topic-progress" '"type":"progress"' 2 && "$cluster" kill-worker "$dir/spark" 1 &&
        eventually "$job_s" has_lines "$topic-progress" '"type":"progress"' 4
    check "a worker is killed, and the job goes on without it" $? "$dir/large.err"
    pid=$(job_pid "$topic")
    kill -9 "$pid"
    wait "$job"
    "$cluster" start-worker "$dir/spark" 1
    table "$topic" large-half
    ! cmp -s "$dir/large-half.csv" "$dir/large-native.csv"
    check "the driver is killed before the end" $? "$dir/large-half.said"
    run_job large
    check "submitted again, it goes on from the checkpoint to the end" $? "$dir/large.err"
    table "$topic" large && cmp -s "$dir/large.csv" "$dir/large-native.csv"
    check "$calls calls: the table is the native engine's, byte for byte" $? "$dir/large.said"
    grep -qE '^(9|1[0-9]) batches, 2 runs, [0-9]+ batches again, 0 torn' "$dir/large.said"
    check "one query in two runs, and no batch torn" $? "$dir/large.said"
}

cases() {
    sed -E '/^[][]$/d; s/,$//' "$dir/calls.json" | awk '
        NR > 3000 { exit }
        NR % 17 == 0 { held[NR + 900] = $0 }
        NR % 17 { print }
        (NR in held) { print held[NR] }' >"$dir/late.json"
    program faults -r max -d "$dir/late.json" -S kafka.partitions=1 -S replay.duplicates=5% -S replay.malformed=2% \
        -b "$brokers" -t "$run-faults"
    tool TopicCommand --create --topic "$run-shapes" --partitions 1 >/dev/null
    "$python" tests/spark/shapes.py | kcat -b "$brokers" -P -t "$run-shapes"
    mkdir "$dir/cases"
    timeout --kill-after=10 $((2 * job_s)) "$python" tests/spark/job_cases.py --program "$bin" --brokers "$brokers" \
        --prefix "$run-" --folder "$dir/cases" --master "$master" --jars "$source_jars" \
        >"$dir/cases.out" 2>"$dir/cases.err" &
    children+=($!)
    wait $!
    local status=$? line
    while read -r line; do
        case $line in
        "ok - "*) ok "${line#ok - }" ;;
        "not ok - "*) not_ok "${line#not ok - }" ;;
        *) echo "    $line" ;;
        esac
    done <"$dir/cases.out"
    [ $status = 0 ] || [ $status = 1 ] && [ -s "$dir/cases.out" ]
    check "the cases come to their end" $? "$dir/cases.err"
}

# ---- the run ----

trap end_of_test EXIT
command -v kcat >/dev/null || all_skipped "no kcat here: it reads what the job has written"
python=$("$cluster" python 2>"$dir/why") || all_skipped "$(sed 's/^skipped: //' "$dir/why")"
source_jars=$("$cluster" jars 2>"$dir/why") || all_skipped "$(sed 's/^skipped: //' "$dir/why")"
"$cluster" start "$dir/spark" >"$dir/master" 2>"$dir/spark.err" &
starting=$!
spark_up=yes
start_cluster || {
    wait $starting
    sum_up
    exit
}
wait $starting || {
    not_ok "the Spark cluster starts" "$dir/spark.err"
    sum_up
    exit
}
master=$(cat "$dir/master")
ok "a master and two workers at $master"
export SPARK_CONF_DIR=$dir/spark/conf

"$build/generate" --calls "$calls" --seed 3 >"$dir/calls.json" || not_ok "calls for the tests"
program large-native -r max -d "$dir/calls.json" -S kafka.partitions=2 -b "$brokers" -t "$run-large" \
    --export "$dir/large-native.csv"
check "the native engine has counted $calls calls" $? "$dir/large-native.err"

golden
survivor
cases
refusals
sum_up
