# What the clusters of tests/kafka and tests/spark share; sourced by their cluster.sh. It is no program of its own.
# shellcheck shell=bash

skip() {
    echo "skipped: $*" >&2
    exit 77
}

fail() {
    echo "cluster.sh: $*" >&2
    exit 1
}

# fetch_jars_into FOLDER WHAT DEPENDENCIES [MAVEN OPTIONS]: jars from Maven Central in FOLDER/jars, once
fetch_jars_into() {
    local at=$1 what=$2 dependencies=$3
    shift 3
    [ -e "$at/complete" ] && return
    command -v mvn >/dev/null || skip "no mvn here: it fetches $what from Maven Central"
    mkdir -p "$at" || fail "cannot make $at"
    # Two runs at once must not write the same files.
    exec 9>"$at/lock"
    flock 9
    [ -e "$at/complete" ] && return
    cat >"$at/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sfcrime-tui.tests</groupId>
  <artifactId>jars</artifactId>
  <version>1</version>
  <dependencies>
$dependencies
  </dependencies>
</project>
POM
    mvn -B -q -f "$at/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$at/jars" "$@" \
        >"$at/mvn.log" 2>&1 ||
        skip "$what cannot be fetched ($(grep -m1 ERROR "$at/mvn.log"); all of it in $at/mvn.log)"
    touch "$at/complete"
    exec 9>&-
}

# Prints a port that nothing listens on, other than those given.
free_port() {
    local port taken
    for _ in $(seq 200); do
        port=$((20000 + RANDOM % 12000))
        taken=no
        for used in "$@"; do
            [ "$used" = "$port" ] && taken=yes
        done
        [ $taken = yes ] && continue
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || {
            echo "$port"
            return
        }
    done
    fail "no free port between 20000 and 32000"
}
