#!/usr/bin/env bash
# The real Spark that the differential suite asks: makes it when it is missing, and prints its Python.
# Exit 77 with one line of reason when the machine cannot have it: the suite then counts as skipped.
# SPARK_TEST_VERSION: 3.5.3, or another one of PyPI's, 3.5 or newer.
set -u

version=${SPARK_TEST_VERSION:-3.5.3}
home="${XDG_CACHE_HOME:-$HOME/.cache}/sfcrime-tui/spark-$version"

skip() {
    echo "skip - spark: $*"
    exit 77
}

command -v java >/dev/null || skip "no JDK (Spark needs Java 17)"
if ! java -version >/dev/null 2>&1; then
    skip "no JDK (java does not start)"
fi
ready() {
    [ -x "$home/bin/python" ] &&
        "$home/bin/python" -c "import pyspark, sys; sys.exit(pyspark.__version__ != '$version')" 2>/dev/null
}
if ready; then
    echo "$home/bin/python"
    exit 0
fi
command -v python3 >/dev/null || skip "no python3"
mkdir -p "${home%/*}" || skip "cannot make ${home%/*}"
# Two runs at once must not fill the same folder.
exec 9>"$home.lock"
flock 9
if ready; then
    echo "$home/bin/python"
    exit 0
fi
rm -rf "$home"
if ! python3 -m venv "$home" >"$home.log" 2>&1; then
    rm -rf "$home"
    skip "python3 has no venv (on Debian: apt install python3-venv)"
fi
if ! "$home/bin/pip" install --disable-pip-version-check "pyspark==$version" >>"$home.log" 2>&1; then
    reason=$(grep -m1 -E '^ERROR' "$home.log")
    rm -rf "$home"
    skip "no network: pip cannot install pyspark $version (${reason:-see $home.log})"
fi
echo "$home/bin/python"
