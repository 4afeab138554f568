#!/usr/bin/env bash
# A real Spark cluster for development and tests: a master and two workers on free loopback ports, from PyPI's
# pyspark, and Spark's Kafka source from Maven Central.
#
#   cluster.sh start DIR              master and both workers; logs, work and checkpoints live in DIR
#   cluster.sh stop DIR               stop what was started in DIR, by the pids written there
#   cluster.sh kill-worker DIR N      SIGKILL one worker (N is 1 or 2); its executors see it and end
#   cluster.sh start-worker DIR N     start it again
#   cluster.sh kill-master DIR  |  start-master DIR      the same for the master, on its old port
#   cluster.sh master DIR  |  ui DIR  print spark://HOST:PORT, or the address of the master's pages
#   cluster.sh python                 print the Python that has pyspark
#   cluster.sh jars                   print the folder with the jars of the Kafka source
#   cluster.sh both DIR               `make spark-cluster`: this and a Kafka of two nodes, until Ctrl-C
#
# `start` prints one line, "spark://127.0.0.1:PORT". DIR/conf is a SPARK_CONF_DIR for programs that use the cluster.
# Exit 77 with one line of reason when the machine cannot run it (no JDK, no network on the first use): a test counts
# that as skipped. A worker has one core and 1 GB; an executor gets SPARK_TEST_EXECUTOR_MEMORY of it, 900m.
# SPARK_TEST_VERSION: 3.5.3, or another one that PyPI and Maven Central have.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1

version=${SPARK_TEST_VERSION:-3.5.3}
scala=2.13
[[ $version == 3.* ]] && scala=2.12
cache="${XDG_CACHE_HOME:-$HOME/.cache}/sfcrime-tui"

# shellcheck source=tests/kafka/jvm.sh
. "$here/../kafka/jvm.sh"

# Sets python and SPARK_HOME.
find_spark() {
    local said
    said=$("$here/setup.sh") || {
        [ $? = 77 ] && skip "${said#skip - spark: }"
        fail "$said"
    }
    python=$said
    SPARK_HOME=$("$python" -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))') || fail "no pyspark"
    export SPARK_HOME
}

# Sets jars: a folder with the Kafka source and what it needs beyond Spark's own jars.
find_jars() {
    local at="$cache/spark-kafka-$version"
    jars=$at/jars
    local group="<groupId>org.apache.spark</groupId>"
    fetch_jars_into "$at" "Spark's Kafka source" \
        "<dependency>$group<artifactId>spark-sql-kafka-0-10_$scala</artifactId><version>$version</version></dependency>" \
        -DincludeArtifactIds="spark-sql-kafka-0-10_$scala,spark-token-provider-kafka-0-10_$scala,kafka-clients,commons-pool2"
}

# One daemon in the background; its pid and log are NAME.pid and NAME.log. spark-class becomes the JVM, so the pid is it.
start_daemon() { # NAME CLASS ARGUMENTS...
    local name=$1
    shift
    (
        cd "$dir" || exit 1
        export SPARK_CONF_DIR=$dir/conf SPARK_LOCAL_IP=127.0.0.1 SPARK_LOCAL_DIRS=$dir/local SPARK_DAEMON_MEMORY=256m
        export SPARK_DAEMON_JAVA_OPTS="-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dspark.worker.timeout=20"
        export SPARK_NO_DAEMONIZE=1 SPARK_WORKER_DIR=$dir/work
        exec "$SPARK_HOME/bin/spark-class" "$@"
    ) >"$dir/$name.log" 2>&1 9>&- &
    echo $! >"$dir/$name.pid"
}

alive() { # NAME
    local pid
    pid=$(cat "$dir/$1.pid" 2>/dev/null) || return 1
    kill -0 "$pid" 2>/dev/null
}

# Waits until the log of a daemon says the words, at most 60 s.
wait_for() { # NAME WORDS
    for _ in $(seq 600); do
        grep -qs "$2" "$dir/$1.log" && return
        alive "$1" || fail "the $1 ended at its start: $(tail -n 3 "$dir/$1.log")"
        sleep 0.1
    done
    fail "the $1 does not answer after 60 s; see $dir/$1.log"
}

start_master() {
    local port ui
    read -r port ui <"$dir/ports"
    start_daemon master org.apache.spark.deploy.master.Master --host 127.0.0.1 --port "$port" --webui-port "$ui"
}

start_worker() {
    start_daemon "worker$1" org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --webui-port 0 --cores 1 \
        --memory 1g --work-dir "$dir/work$1" "$(cat "$dir/master")"
}

wait_worker() {
    wait_for "worker$1" "Successfully registered with master"
}

stop_daemon() { # NAME
    local pid
    pid=$(cat "$dir/$1.pid" 2>/dev/null) || return 0
    kill "$pid" 2>/dev/null
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null
    rm -f "$dir/$1.pid"
}

kill_daemon() { # NAME
    local pid
    pid=$(cat "$dir/$1.pid" 2>/dev/null) || fail "no $1 runs in $dir"
    kill -9 "$pid" || fail "the $1 is gone already"
    rm -f "$dir/$1.pid"
}

# What programs that use the cluster begin with: little memory, short waits, no colours.
write_conf() {
    mkdir -p "$dir/conf" "$dir/local" "$dir/checkpoints" || fail "cannot write in $dir"
    cat >"$dir/conf/spark-defaults.conf" <<CONF
spark.driver.memory            ${SPARK_TEST_DRIVER_MEMORY:-768m}
spark.executor.memory          ${SPARK_TEST_EXECUTOR_MEMORY:-900m}
spark.driver.extraJavaOptions  -XX:+UseSerialGC -XX:TieredStopAtLevel=1
spark.executor.extraJavaOptions -XX:+UseSerialGC -XX:TieredStopAtLevel=1
spark.local.dir                $dir/local
spark.sql.warehouse.dir        $dir/warehouse
CONF
}

start_cluster() {
    find_spark
    mkdir -p "$dir" || fail "cannot make $dir"
    alive master && fail "a cluster runs in $dir already"
    write_conf
    local port ui
    port=$(free_port)
    ui=$(free_port "$port")
    echo "$port $ui" >"$dir/ports"
    echo "spark://127.0.0.1:$port" >"$dir/master"
    echo "http://127.0.0.1:$ui" >"$dir/ui"
    start_master
    wait_for master "I have been elected leader"
    start_worker 1
    start_worker 2
    wait_worker 1
    wait_worker 2
    cat "$dir/master"
}

stop_cluster() {
    stop_daemon worker2
    stop_daemon worker1
    stop_daemon master
}

stop_both() {
    trap - EXIT
    stop_cluster
    "$here/../kafka/cluster.sh" stop "$dir/kafka"
}

both() {
    local brokers master
    find_jars
    trap stop_both EXIT
    trap 'exit 0' INT TERM HUP
    brokers=$("$here/../kafka/cluster.sh" start "$dir/kafka") || exit $?
    master=$(start_cluster) || exit $?
    find_spark
    cat <<TEXT
Kafka   $brokers
Spark   $master, its pages are at $(cat "$dir/ui")
logs    $dir

In another terminal:
    export SPARK_CONF_DIR=$dir/conf SFCRIME_SPARK_JARS=$jars
    build/sfcrime-tui --engine spark -b $brokers --create-topic yes --spark-master $master \\
        -S spark.python=$python -S spark.master-ui=$(cat "$dir/ui")
    tests/spark/cluster.sh kill-master $dir       and start-master, kill-worker and start-worker $dir 1

Ctrl-C stops all of it.
TEXT
    # One that `kill-master` has ended leaves no pid: it may come back.
    while [ ! -e "$dir/master.pid" ] || alive master; do sleep 1; done
    fail "the master has ended; see $dir/master.log"
}

[ $# -ge 1 ] || fail "usage: cluster.sh start|stop|both|master|ui|kill-master|start-master DIR, \
kill-worker|start-worker DIR N, python, or jars"
verb=$1
case $verb in
python | jars) ;;
*)
    [ $# -ge 2 ] || fail "$verb needs a folder"
    dir=$(realpath -m "$2")
    ;;
esac
case $verb in
python) find_spark && echo "$python" ;;
jars) find_jars && echo "$jars" ;;
start) start_cluster ;;
stop) stop_cluster ;;
both) both ;;
master) cat "$dir/master" ;;
ui) cat "$dir/ui" ;;
kill-master) kill_daemon master ;;
start-master)
    find_spark
    start_master
    wait_for master "I have been elected leader"
    ;;
kill-worker) kill_daemon "worker${3:?which worker: 1 or 2}" ;;
start-worker)
    find_spark
    start_worker "${3:?which worker: 1 or 2}"
    wait_worker "$3"
    ;;
*) fail "unknown verb $verb: start, stop, both, master, ui, kill-master, start-master, kill-worker, start-worker, python or jars" ;;
esac
