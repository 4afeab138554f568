#!/usr/bin/env bash
# The job on a real Spark cluster (a master, two workers), reading and writing a real Kafka of two nodes; on loopback.
#
#   tests/spark/cluster_test.sh [PROGRAM]      else $SFCRIME_BIN, else build/sfcrime-tui
#
# Environment: BUILD (where generate is, build), SPARK_CALLS (the calls of the large replay, 100000), SPARK_JOB_S (the most
# seconds of a job, 240), SPARK_PARTS (golden submitted stopping survivor cases: the first is needed by the next two),
# SPARK_CASES (only the cases with this in their name), SPARK_TEST_VERSION (another Spark than 3.5.3).
# Prints `ok - name`, `not ok - name`, `skip - name: why` and, as its last line: N passed, N failed, N skipped
# About five minutes on two cores that are free; a job needs some 15 s before its first batch.
set -u
cd "$(dirname "$0")/../.." || exit 1

calls=${SPARK_CALLS:-100000}
cluster=tests/spark/cluster.sh job_s=${SPARK_JOB_S:-240}
label=spark${SPARK_TEST_VERSION:+-$SPARK_TEST_VERSION}
export PYTHONDONTWRITEBYTECODE=1
unset SPARK_HOME PYSPARK_SUBMIT_ARGS PYTHONPATH HADOOP_CONF_DIR SFCRIME_SPARK_JARS

# shellcheck source=tests/kafka/common.sh
. tests/kafka/common.sh

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

# The program with the job as its engine; it submits it, waits, and writes the export.
on_spark() { # NAME TOPIC ARGUMENTS...
    local name=$1 topic=$2
    shift 2
    timeout --kill-after=20 "$job_s" "$bin" --headless --engine spark --available-now --no-checkpoint --create-topic yes \
        -b "$brokers" -t "$topic" --spark-master "$master" -S sink.console=none -S kafka.client-id="$run" \
        -S spark.python="$python" -S spark.jars="$source_jars" -S spark.ui-port=0 \
        -S spark.checkpoint="$dir/$topic-checkpoint" --export "$dir/$name.csv" "$@" \
        </dev/null >"$dir/$name.out" 2>"$dir/$name.err" &
    job=$!
    children+=("$job")
}

# ---- the tests ----

golden() {
    local real=../shared/data/calls-2018-12-31.json golden=../shared/golden/golden/A-seed-complete.csv topic=$run-golden
    head -n 165 "$dir/calls.json" | sed '$ s/,$//' >"$dir/golden.json"
    echo ']' >>"$dir/golden.json"
    if [ -r "$real" ] && [ -r "$golden" ]; then
        awk '/^    }/ && ++n == 164 { print "    }\n]"; exit } { print }' "$real" >"$dir/golden.json"
    fi
    local query=(-r max -d "$dir/golden.json" -S kafka.partitions=1 -S query.window=none
        -S query.max-offsets-per-trigger=134)
    program golden-native "${query[@]}" --export "$dir/golden-native.csv"
    on_spark golden "$topic" "${query[@]}"
    wait "$job"
    check "golden: the program submits the job, and ends with it" $? "$dir/golden.err"
    cmp -s "$dir/golden.csv" "$dir/golden-native.csv"
    check "golden: the export is the native engine's, byte for byte" $? "$dir/golden.csv"
    if [ -r "$golden" ]; then
        same_table "$dir/golden.csv" "$golden"
        check "golden: the table is that of the real calls" $? "$dir/golden.csv"
    else
        skip "golden: the table is that of the real calls" "../shared is not here"
    fi
    [ "$(lines_with "$topic-progress" '"type":"progress"')" = 2 ]
    check "golden: two batches" $?
}

# Spark's own script starts the job instead of Python; it is asked to stop by a message, as its process is not the job.
submitted() {
    local topic=$run-submitted progress=$dir/submitted.progress
    PYSPARK_PYTHON=$python on_spark submitted "$topic" -r max -d "$dir/golden.json" -S kafka.partitions=1 \
        -S query.window=none -S query.max-offsets-per-trigger=134 \
        -S spark.submit-command="${python%/*}/spark-submit --name $run-driver"
    wait "$job" && cmp -s "$dir/submitted.csv" "$dir/golden-native.csv"
    check "spark-submit starts the job, and the export is the native engine's" $? "$dir/submitted.err"
    PYSPARK_PYTHON=$python on_spark stopped-submit "$topic" --no-replay -S query.window=none -S query.trigger=asap \
        -S spark.submit-command="${python%/*}/spark-submit --name $run-driver" \
        -S spark.checkpoint=none --progress "$progress"
    eventually "$job_s" test -s "$progress" && kill "$job"
    wait "$job"
    [ $? = 130 ] && eventually 20 has_lines "$topic-progress" '"stopped":"asked"' 1 && ! pgrep -f -- "--name $run-driver" >/dev/null
    check "and a signal to the program stops it in order, with all of its processes" $? "$dir/stopped-submit.err"
}

stopping() {
    local topic=$run-golden
    config stopped "$topic" "window = none" "[spark]" "master = local[1]" "ui-port = 0" \
        "checkpoint = $dir/$topic-checkpoint"
    start_job stopped
    eventually "$job_s" has_lines "$topic-progress" '"type":"started"' 2
    echo '{"type":"stop","v":1,"query":"*","now":false}' | kcat -b "$brokers" -P -t "$topic-progress" -p 0
    wait "$job" && has_lines "$topic-progress" '"stopped":"asked"' 1
    check "a message into the progress topic stops it, with status 0" $? "$dir/stopped.err"
    sed 's/^window = none/window = 1 hour/' "$dir/stopped.ini" >"$dir/refused.ini"
    run_job refused
    [ $? = 2 ] && tail -n 1 "$dir/refused.err" | grep -q "sfcrime-spark: .*is of a query with window_ms = 0, not 3600000"
    check "the checkpoint of another query is refused, in one line" $? "$dir/refused.err"
}

# Ten batches; after two of them one worker dies, after four the driver; then it is submitted again.
survivor() {
    local topic=$run-large query pid
    query=(--no-replay -S query.max-offsets-per-trigger=$((calls / 10)))
    on_spark large-half "$topic" "${query[@]}"
    eventually "$job_s" has_lines "$topic-progress" '"type":"progress"' 2 && "$cluster" kill-worker "$dir/spark" 1 &&
        eventually "$job_s" has_lines "$topic-progress" '"type":"progress"' 4
    check "a worker is killed, and the job goes on without it" $? "$dir/large-half.err"
    pid=$(job_pid "$topic")
    kill -9 "$pid"
    wait "$job"
    [ $? = 1 ]
    check "the driver is killed before the end, and the program says so" $? "$dir/large-half.err"
    "$cluster" start-worker "$dir/spark" 1
    on_spark large "$topic" "${query[@]}"
    wait "$job"
    check "submitted again, it goes on from the checkpoint to the end" $? "$dir/large.err"
    cmp -s "$dir/large.csv" "$dir/large-native.csv"
    check "$calls calls: the export is the native engine's, byte for byte" $? "$dir/large.err"
    table "$topic" large-read && cmp -s "$dir/large-read.csv" "$dir/large-native.csv" &&
        grep -qE '^1[01] batches, 2 runs, [0-9]+ batches again, 0 torn' "$dir/large-read.said"
    check "what stands in the topic is one query in two runs, no batch torn, and the same table" $? "$dir/large-read.said"
}

cases() {
    sed -E '/^[][]$/d; s/,$//' "$dir/calls.json" | awk '
        NR > 3000 { exit }
        NR % 17 == 0 { held[NR + 900] = $0 }
        NR % 17 { print }
        (NR in held) { print held[NR] }' >"$dir/late.json"
    program faults -r max -d "$dir/late.json" -S kafka.partitions=1 -S replay.duplicates=5% -S replay.malformed=2% \
        -b "$brokers" -t "$run-faults"
    check "3,000 calls, some of them late, doubled or broken" $? "$dir/faults.err"
    tool TopicCommand --create --topic "$run-shapes" --partitions 1 >/dev/null
    tool TopicCommand --create --topic "$run-letters-native" --partitions 1 >/dev/null
    "$python" tests/spark/shapes.py | kcat -b "$brokers" -P -t "$run-shapes"
    mkdir "$dir/cases"
    timeout --kill-after=10 $((2 * job_s)) "$python" tests/spark/job_cases.py --program "$bin" --brokers "$brokers" \
        --prefix "$run-" --folder "$dir/cases" --master "$master" --jars "$source_jars" --only "${SPARK_CASES:-}" \
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

for part in ${SPARK_PARTS:-golden submitted stopping survivor cases}; do
    $part
done
sum_up
