#!/usr/bin/env bash
# A Kafka with logins, TLS and rights: every way in works, every way that does not ends with a last line that says what
# to do, and no secret is ever shown.
#
#   tests/kafka/secured.sh [PROGRAM]      else $SFCRIME_BIN, else build/sfcrime-tui
#
# The cluster is always one node of its own (cluster.sh start-secured). The last line: N passed, N failed, N skipped
set -u
cd "$(dirname "$0")/../.." || exit 1
unset SFCRIME_KAFKA
# shellcheck source=tests/kafka/common.sh
. tests/kafka/common.sh

admin=admin-secret-0815 reader=reader-secret-0815 wrong=wrong-secret-4711 # what must be seen nowhere
calls=300
most_seconds=45

declare -A listener

start_secured() {
    local name address
    find_jars
    own_cluster=yes
    [ -n "$jars" ] && "$here/cluster.sh" start-secured "$dir/cluster" >"$dir/listeners" 2>"$dir/cluster.err"
    case $? in
    0) ;;
    1)
        if [ -n "$jars" ]; then not_ok "the secured node starts" "$dir/cluster.err"; else
            skip "all that needs a secured cluster" "$no_jars"
        fi
        return 1
        ;;
    *)
        skip "all that needs a secured cluster" "$(sed 's/^skipped: //' "$dir/cluster.err")"
        return 1
        ;;
    esac
    while IFS='=' read -r name address; do
        listener[$name]=$address
    done <"$dir/listeners"
    brokers=${listener[open]}
}

# secured NAME ARGUMENTS...: the program without a screen, its log at its fullest; status and seconds in NAME.status
secured() {
    local name=$1 started=$SECONDS
    shift
    printf '[log]\nlevel = DEBUG\nfile = %s\n' "$dir/$name.log" >"$dir/$name.logging"
    bounded 90 "$bin" --headless --available-now --no-checkpoint --create-topic yes -r max -d "$dir/calls.json" -S query.distinct=off \
        -S query.window=none -S query.group-by=city -S kafka.client-id="$run" -X broker.address.family=v4 \
        --logging "$dir/$name.logging" --progress "$dir/$name.progress" "$@" </dev/null \
        >"$dir/$name.out" 2>"$dir/$name.err"
    echo "$? $((SECONDS - started))" >"$dir/$name.status"
}
sasl() { # MECHANISM: options for the listener of logins
    echo "-b ${listener[sasl]} -X security.protocol=sasl_plaintext -X sasl.mechanism=$1"
}

# works NAME WHAT ARGUMENTS...: a run of its own topic ends well, with all calls counted
works() {
    local name=$1 what=$2 status
    shift 2
    secured "$name" -t "$run-$name" --export "$dir/$name.csv" "$@"
    read -r status _ <"$dir/$name.status"
    [ "$status" = 0 ] && [ "$(counted "$dir/$name.csv")" = $calls ]
    check "$what" $? "$dir/$name.err"
}
ways_in() {
    local tls="ssl.ca.location=$dir/cluster/ca.pem" mechanism
    printf '%s\n' $admin >"$dir/password"
    for mechanism in PLAIN SCRAM-SHA-256 SCRAM-SHA-512; do
        # shellcheck disable=SC2046 # words that are meant to be split, here and below
        works "${mechanism,,}" "SASL $mechanism, the password from a file" $(sasl $mechanism) -X sasl.username=admin \
            -X sasl.password=file:"$dir/password"
    done
    works tls "TLS" -b "${listener[ssl]}" -X security.protocol=ssl -X "$tls"
    works mutual "mutual TLS" -b "${listener[mutual]}" -X security.protocol=ssl -X "$tls" \
        -X ssl.certificate.location="$dir/cluster/client.pem" -X ssl.key.location="$dir/cluster/client.key"
    cat >"$dir/config.ini" <<INI
[kafka]
external-servers = ${listener[both]}
[librdkafka]
security.protocol = sasl_ssl
ssl.ca.location = $dir/cluster/ca.pem
sasl.mechanism = SCRAM-SHA-512
sasl.username = admin
sasl.password = env:SECURED_PASSWORD
INI
    export SECURED_PASSWORD=$admin
    works both "TLS and SASL from config.ini, the password from the environment" -X debug=all -c "$dir/config.ini"
    "$bin" -c "$dir/config.ini" -X ssl.key.password=$wrong --check-config >"$dir/check.out" 2>"$dir/check.err" </dev/null &&
        grep -q '^; sasl.password = \*\*\* ' "$dir/check.out"
    check "--check-config shows where a password came from, not the password" $? "$dir/check.out" "$dir/check.err"
    unset SECURED_PASSWORD
}

# refused NAME ARGUMENTS...: starts it beside the others, as some need their half minute
refused() {
    local name=$1
    secured "$@" &
    children+=($!)
    refusals+=("$!")
}
# told NAME WHAT WORDS: it has ended with status 1, in time, and its last line has the words
told() {
    local name=$1 what=$2 words=$3 status seconds
    read -r status seconds <"$dir/$name.status"
    [ "$status" = 1 ] && [ "$seconds" -le $most_seconds ] && tail -n 1 "$dir/$name.err" | grep -q -- "$words"
    check "$what: status 1 within $most_seconds s, and what to do" $? "$dir/$name.err" "$dir/$name.status"
}
ways_out() {
    local tls=(-X security.protocol=ssl -X ssl.ca.location="$dir/cluster/ca.pem") use=(-t "$run-plain") refusals=()
    # shellcheck disable=SC2046
    {
        refused password "${use[@]}" -X debug=all $(sasl PLAIN) -X sasl.username=admin -X sasl.password=$wrong
        refused scram "${use[@]}" -X debug=all $(sasl SCRAM-SHA-256) -X sasl.username=admin -X sasl.password=$wrong
        refused user "${use[@]}" $(sasl SCRAM-SHA-512) -X sasl.username=nobody -X sasl.password=$wrong
        refused no-right "${use[@]}" $(sasl PLAIN) -X sasl.username=reader -X sasl.password=$reader
    }
    refused mechanism "${use[@]}" -b "${listener[both]}" "${tls[@]}" -X security.protocol=sasl_ssl -X sasl.mechanism=PLAIN \
        -X sasl.username=admin -X sasl.password=$admin
    refused tls-to-plain "${use[@]}" -b "${listener[open]}" "${tls[@]}"
    refused plain-to-tls "${use[@]}" -b "${listener[ssl]}"
    refused plain-to-sasl "${use[@]}" -b "${listener[sasl]}"
    refused sasl-to-plain "${use[@]}" -b "${listener[open]}" -X security.protocol=sasl_plaintext -X sasl.mechanism=PLAIN \
        -X sasl.username=admin -X sasl.password=$admin
    refused ca "${use[@]}" -b "${listener[ssl]}" -X security.protocol=ssl -X ssl.ca.location="$dir/cluster/foreign-ca.pem"
    refused host "${use[@]}" -b "127.0.0.1:${listener[ssl]##*:}" "${tls[@]}"
    refused certificate "${use[@]}" -b "${listener[mutual]}" "${tls[@]}"
    refused dns "${use[@]}" -b no-such-host.invalid:9092
    refused port "${use[@]}" -b 127.0.0.1:1
    for pid in "${refusals[@]}"; do
        wait "$pid"
    done
    told password "a wrong password" 'login refused: check .*sasl.password'
    told scram "a wrong password by SCRAM" 'login refused: check .*sasl.password'
    told user "an unknown user" 'login refused: check .*sasl.username'
    told mechanism "a mechanism that is not offered" 'set sasl.mechanism .*SCRAM-SHA-512'
    told no-right "no right to the topic" 'may not use the topic: have .* granted'
    told tls-to-plain "TLS to a port without" 'no TLS at this port.*check security.protocol'
    told plain-to-tls "no TLS to a port of TLS" 'it may want TLS: set security.protocol'
    told plain-to-sasl "no login to a port of logins" 'it may want a login: set security.protocol'
    told sasl-to-plain "a login to a port without" 'takes no login: set security.protocol'
    told ca "a certificate of an untrusted CA" 'no CA that we trust: set ssl.ca.location'
    told host "a certificate of another host" 'for another host: correct --brokers'
    told certificate "no certificate of ours" 'wants a certificate.*set ssl.certificate.location'
    told dns "a name that does not exist" 'host name is not found: correct the name in --brokers'
    told port "a port where nobody is" 'refuses the connection.*--brokers'
}

allow() { # ACL ARGUMENTS... of the user reader
    tool AclCommand --add --allow-principal User:reader "$@" >"$dir/acl.out"
}
# Who may read one topic, and see that others are missing, but has no group.
rights() {
    local as status
    read -ra as <<<"$(sasl SCRAM-SHA-512) -X sasl.username=reader -X sasl.password=$reader"
    allow --operation Read --operation Describe --topic "$run-plain" &&
        allow --operation Describe --topic "$run-none" --resource-pattern-type prefixed
    check "a user gets rights" $? "$dir/acl.out"
    secured may-read "${as[@]}" -t "$run-plain" --no-replay --export "$dir/may-read.csv"
    read -r status _ <"$dir/may-read.status"
    [ "$status" = 0 ] && [ "$(counted "$dir/may-read.csv")" = $calls ] &&
        grep -q "group $run is not told our offsets" "$dir/may-read.err"
    check "without a right to the group all is read, and it is said that no offsets are committed" $? "$dir/may-read.err"
    secured may-look "${as[@]}" -t "$run-plain" --read-only --export "$dir/may-look.csv"
    read -r status _ <"$dir/may-look.status"
    [ "$status" = 0 ] && [ "$(counted "$dir/may-look.csv")" = $calls ] && [ "$(wc -l <"$dir/may-look.err")" = 1 ]
    check "which is no matter with --read-only" $? "$dir/may-look.err"
    secured may-write "${as[@]}" -t "$run-plain"
    told may-write "no right to write" 'may not write to the topic: have WRITE granted'
    secured may-create "${as[@]}" -t "$run-none"
    told may-create "no right to create the topic" 'cannot be created.*have CREATE granted'
    secured may-sink "${as[@]}" -t "$run-plain" --no-replay -S sink.kafka-topic="$run-none-results"
    told may-sink "no right to create a sink's topic" 'cannot be created.*have CREATE granted'
}

# The screen with a wrong password: it says so, goes on trying, and ends in order.
on_the_screen() {
    local name="the screen says that the login was refused, where one looks, and quits at once"
    [ -x "$build/tests/screen/harness" ] || {
        skip "$name" "the screen's test harness is not built (make test-programs)"
        return
    }
    cat >"$dir/screen.screen" <<END
title $name
size 120x40
args -b ${listener[sasl]} -t $run-plain -X security.protocol=sasl_plaintext -X sasl.mechanism=PLAIN -X sasl.username=admin -X sasl.password=$wrong
wait /NO BROKER|login refused/ within 20s
keys "<F3>"
wait /login refused: check sasl/ within 20s
absent "$wrong"
print
keys "q"
exit 0 within 20s
END
    bounded 120 env SFCRIME_BIN="$bin" "$build/tests/screen/harness" "$dir/screen.screen" >"$dir/screen.out" 2>&1
    check "$name" $? "$dir/screen.out"
    rm -f "$dir/screen.screen"
}

nothing_shown() {
    local files=("$dir"/*.out "$dir"/*.err "$dir"/*.log "$dir"/*.progress "$dir"/*.csv)
    grep -lE "$admin|$reader|$wrong" "${files[@]}" >"$dir/shown" 2>/dev/null
    # Something must have been looked at.
    [ ! -s "$dir/shown" ] && [ "$(cat "$dir"/*.log | wc -l)" -gt 100 ] && [ -s "$dir/plain.progress" ]
    check "no password is in any output, log at debug level or report" $? "$dir/shown"
}

if [ ! -x "$bin" ] || [ ! -x "$build/generate" ]; then
    echo "not ok - kafka: $bin and generate must be built before (make all)"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
bin=$(realpath "$bin")
"$build/generate" --calls $calls >"$dir/calls.json"
if start_secured; then
    ways_in
    ways_out
    rights
    on_the_screen
    nothing_shown
fi
sum_up
