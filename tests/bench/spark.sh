#!/usr/bin/env bash
# Spark as a contestant: BATCH=100000 tests/bench/spark.sh, called as those in tests/bench/peers are (compare.py says
# how). Spark itself comes from PyPI (tests/spark/setup.sh), its Kafka source from Maven Central.
#
#   tests/bench/spark.sh prepare     only fetch what is missing; exit 77 with one line of reason when it cannot
set -u
here=$(cd "$(dirname "$0")" && pwd)
version=3.5.3
jars=${XDG_CACHE_HOME:-$HOME/.cache}/sfcrime-tui/spark-kafka-$version

skip() {
    echo "skip - spark: $*"
    exit 77
}

python=$(SPARK_TEST_VERSION=$version "$here/../spark/setup.sh") || {
    echo "$python"
    exit 77
}
if [ ! -e "$jars/complete" ]; then
    command -v mvn >/dev/null || skip "no mvn here: it fetches Spark's Kafka source from Maven Central"
    mkdir -p "$jars" || skip "cannot make $jars"
    exec 9>"$jars/lock"
    flock 9
    cat >"$jars/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sfcrime-tui.tests</groupId>
  <artifactId>spark-kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.spark</groupId><artifactId>spark-sql-kafka-0-10_2.12</artifactId><version>$version</version></dependency>
  </dependencies>
</project>
POM
    # What else it depends on comes with Spark.
    mvn -B -q -f "$jars/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$jars/jars" \
        -DincludeArtifactIds=spark-sql-kafka-0-10_2.12,spark-token-provider-kafka-0-10_2.12,kafka-clients,commons-pool2 \
        >"$jars/mvn.log" 2>&1 ||
        skip "its Kafka source cannot be fetched ($(grep -m1 ERROR "$jars/mvn.log"))"
    touch "$jars/complete"
    exec 9>&-
fi
[ "${1:-}" = prepare ] && exit 0
SPARK_KAFKA_JARS=$(printf '%s,' "$jars"/jars/*.jar)
export SPARK_KAFKA_JARS=${SPARK_KAFKA_JARS%,}
exec "$python" "$here/spark_query.py" "$BOOTSTRAP" "$TOPIC" "$ROWS" "$CODES" "${BATCH:-0}" "$WORK"
