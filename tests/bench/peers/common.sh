# What the contestants in Java share; their run.sh sources it after setting `here` (its folder) and `name`. Jars come
# from Maven Central by the pom.xml beside run.sh, once, into the cache; the classes are compiled when a source changed.
# shellcheck shell=bash disable=SC2154 # the variables named above
peer=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sfcrime-tui}/peers/$name

skip() {
    echo "skip - $name: $*"
    exit 77
}

prepare() {
    local made
    command -v java >/dev/null || skip "no java here"
    command -v javac >/dev/null || skip "no javac here: a JDK of Java 17 or newer is needed"
    mkdir -p "$peer" || skip "cannot make $peer"
    # Two runs at once must not write the same files.
    exec 9>"$peer/lock"
    flock 9
    if ! cmp -s "$here/pom.xml" "$peer/complete"; then
        command -v mvn >/dev/null || skip "no mvn here: it fetches the jars from Maven Central"
        rm -rf "$peer/jars" "$peer/made"
        cp "$here/pom.xml" "$peer/pom.xml"
        mvn -B -q -f "$peer/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
            -DoutputDirectory="$peer/jars" >"$peer/mvn.log" 2>&1 ||
            skip "the jars cannot be fetched ($(grep -m1 ERROR "$peer/mvn.log"); all of it in $peer/mvn.log)"
        cp "$here/pom.xml" "$peer/complete"
    fi
    made=$(cat "$here"/*.java "$here"/../Call.java | cksum)
    if [ "$made" != "$(cat "$peer/made" 2>/dev/null)" ]; then
        rm -rf "$peer/classes"
        if ! javac -Xlint:all,-processing,-classfile -cp "$peer/jars/*" -d "$peer/classes" "$here"/*.java \
            "$here/../Call.java" >"$peer/javac.log" 2>&1; then
            cat "$peer/javac.log" >&2
            exit 1
        fi
        echo "$made" >"$peer/made"
    fi
    exec 9>&-
}

prepare
case ${1:-} in prepare | --prepare) exit 0 ;; esac
