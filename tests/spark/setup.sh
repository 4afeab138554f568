#!/usr/bin/env bash
# The real Spark that the differential suite asks: makes it when it is missing, and prints its Python.
# Exit 77 with one line of reason when the machine cannot have it: the suite then counts as skipped.
# SPARK_TEST_VERSION: 3.5.3, or another one of PyPI's, 3.5 or newer.
set -u

version=${SPARK_TEST_VERSION:-3.5.3}
home="${XDG_CACHE_HOME:-$HOME/.cache}/sfcrime-tui/spark-$version"
# shellcheck source=tests/venv.sh
. "$(dirname "$0")/../venv.sh"

skip() {
    echo "skip - spark: $*"
    exit 77
}

command -v java >/dev/null || skip "no JDK (Spark needs Java 17)"
if ! java -version >/dev/null 2>&1; then
    skip "no JDK (java does not start)"
fi
venv_with "$home" "pyspark==$version"
echo "$home/bin/python"
