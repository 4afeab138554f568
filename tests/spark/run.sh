#!/usr/bin/env bash
# The query engine against a real Spark 3.5.3. The last line alone: N passed, N failed, N skipped
#
#   tests/spark/run.sh [options of differential.py]     --only 'random 17'   --seed 5   --threads 2
#
# Environment: CASES (how many random cases, 200), SEED (another set of them), BUILD (where things are built: build).
set -u
cd "$(dirname "$0")/../.." || exit 1
here=tests/spark build=${BUILD:-build}

python=$("$here/setup.sh")
case $? in
0) ;;
77)
    echo "$python"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
    ;;
*)
    echo "not ok - $here/setup.sh: $python"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
    ;;
esac

logs=$(mktemp -d "${TMPDIR:-/tmp}/sfcrime-spark-XXXXXX") || exit 1
# Spark writes some files a batch and waits for each: in memory where that is to be had.
folder=$(mktemp -d /dev/shm/sfcrime-spark-XXXXXX 2>/dev/null) || folder=$logs
suite=
clean_up() {
    [ -n "$suite" ] && kill "$suite" 2>/dev/null && wait "$suite"
    rm -rf "$logs" "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if ! make -f Makefile -f "$here/rules.mk" BUILD="$build" "$build/tests/spark/engine_case" >"$logs/make" 2>&1; then
    tail -n 40 "$logs/make"
    echo "not ok - engine_case does not build"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

# Without a compiler Spark makes its files the slow way.
files=()
jars=$(dirname "$("$python" -c 'import pyspark; print(pyspark.__file__)')")/jars
if command -v javac >/dev/null &&
    javac -cp "$(echo "$jars"/hadoop-client-api-*.jar)" -d "$logs" "$here/LocalFiles.java" 2>"$logs/javac"; then
    files=(--files "$logs")
fi

# Spark reads these; whatever the user has set up for another Spark must not reach this one.
unset SPARK_HOME SPARK_CONF_DIR PYSPARK_SUBMIT_ARGS PYTHONPATH HADOOP_CONF_DIR
SPARK_LOCAL_IP=127.0.0.1 PYTHONDONTWRITEBYTECODE=1 TMPDIR=$logs timeout --kill-after=20 "${LIMIT_S:-2400}" \
    "$python" "$here/differential.py" --engine "$build/tests/spark/engine_case" --codes data/radio_code.json \
    --folder "$folder" "${files[@]}" --cases "${CASES:-200}" --seed "${SEED:-20181231}" "$@" 2>"$logs/stderr" &
suite=$!
wait "$suite"
status=$?
suite=
case $status in
0) ;;
3) status=1 ;; # all ran, some differ, and it has said so
*)
    tail -n 60 "$logs/stderr"
    [ "$status" = 124 ] && echo "not ok - the suite took longer than ${LIMIT_S:-2400} s"
    echo "not ok - the suite did not come to its end (status $status)"
    echo "0 passed, 1 failed, 0 skipped"
    status=1
    ;;
esac
exit "$status"
