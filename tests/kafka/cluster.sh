#!/usr/bin/env bash
# A real Kafka for tests: two KRaft nodes on free loopback ports, from Maven Central's jars.
#
#   cluster.sh start DIR       format and start both nodes, empty; data and logs live in DIR
#   cluster.sh start-secured DIR     one node with a listener for each way to log in; see secured_config below
#   cluster.sh stop DIR        stop what was started in DIR, by the pids written there
#   cluster.sh stop-node DIR N  |  start-node DIR N     one node, for tests of failure (N is 1 or 2)
#   cluster.sh bootstrap DIR   print the addresses again
#   cluster.sh jars            only fetch the jars; prints their folder
#   cluster.sh tool-class NAME      the class of one of Kafka's command-line tools, as TopicCommand, in this version
#
# `start` prints one line, "127.0.0.1:PORT,127.0.0.1:PORT". Exit 77 with one line of reason when the machine
# cannot run it (no JDK, no Maven, no network on the first use): a test counts that as skipped.
# Node 1 is broker and controller, node 2 only broker: so node 2 may die and the cluster goes on.
# KAFKA_TEST_HEAP: the most memory of a node, 512m. KAFKA_TEST_VERSION: 3.9.1, or another one; 2.x runs on a ZooKeeper,
# as its KRaft was a preview without transactions.
set -u

version=${KAFKA_TEST_VERSION:-3.9.1}
cache="${XDG_CACHE_HOME:-$HOME/.cache}/sfcrime-tui/kafka-$version"

# shellcheck source=tests/kafka/jvm.sh
. "$(dirname "$0")/jvm.sh"

# Kafka 2.x has its tools in kafka_2.13 itself; only 3.9 brings a logger along.
zookeeper() { [[ $version == 2.* ]]; }
dependencies() {
    local kafka="<groupId>org.apache.kafka</groupId>"
    echo "<dependency>$kafka<artifactId>kafka_2.13</artifactId><version>$version</version></dependency>"
    zookeeper || echo "<dependency>$kafka<artifactId>kafka-tools</artifactId><version>$version</version></dependency>"
    [[ $version == 3.9.* ]] || echo "<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId>" \
        "<version>1.7.36</version></dependency>"
}

fetch_jars() {
    command -v java >/dev/null || skip "no java here: a real Kafka needs a JDK or JRE, 17 or newer"
    fetch_jars_into "$cache" "Kafka's jars" "$(dependencies)"
}

run_java() { # HEAP MAIN-CLASS ARGS...
    local heap=$1
    shift
    java "-Xmx$heap" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto "${logging[@]}" -cp "$cache/jars/*" "$@"
}

write_config() { # NODE ROLES LISTENERS...
    local node=$1 roles=$2 listeners=$3
    if zookeeper; then
        printf '%s\n' "broker.id=$node" "zookeeper.connect=127.0.0.1:$controller_port"
    else
        cat <<CONF
node.id=$node
process.roles=$roles
controller.quorum.voters=1@127.0.0.1:$controller_port
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
CONF
    fi >"$dir/node$node.properties"
    cat >>"$dir/node$node.properties" <<CONF
listeners=$listeners
log.dirs=$dir/data$node
num.partitions=2
default.replication.factor=2
min.insync.replicas=1
offsets.topic.num.partitions=4
offsets.topic.replication.factor=2
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=2
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.retention.check.interval.ms=1000
log.initial.task.delay.ms=1000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
controlled.shutdown.enable=false
CONF
}

start_zookeeper() {
    printf '%s\n' "dataDir=$dir/zookeeper" clientPortAddress=127.0.0.1 "clientPort=$controller_port" admin.enableServer=false \
        >"$dir/zookeeper.properties"
    (
        cd "$dir" || exit 1
        exec java -Xmx128m -XX:+UseSerialGC "${logging[@]}" -cp "$cache/jars/*" \
            org.apache.zookeeper.server.quorum.QuorumPeerMain "$dir/zookeeper.properties"
    ) >"$dir/zookeeper.log" 2>&1 9>&- &
    echo $! >"$dir/node0.pid"
}

start_node() {
    local node=$1
    (
        cd "$dir" || exit 1
        exec java -Xmx"${KAFKA_TEST_HEAP:-512m}" -XX:+UseSerialGC "${logging[@]}" -cp "$cache/jars/*" \
            kafka.Kafka "$dir/node$node.properties"
    ) >"$dir/node$node.log" 2>&1 9>&- &
    echo $! >"$dir/node$node.pid"
}

node_alive() {
    local pid
    pid=$(cat "$dir/node$1.pid" 2>/dev/null) || return 1
    kill -0 "$pid" 2>/dev/null
}

# On a busy machine Kafka 3.9 sometimes asks for the leader before its own controller is set up, and ends.
ended_too_early() { # NODE
    grep -qs 'NullPointerException.*RaftControllerNodeProvider' "$dir/node$1.log"
}

# Waits until the node says that it serves, at most 60 s.
wait_node() {
    local node=$1 tries=0
    for _ in $(seq 600); do
        grep -qsE 'Kafka Server started|KafkaServer id=[0-9]+\] started' "$dir/node$node.log" && return
        if ! node_alive "$node" && [ $tries -lt 3 ] && ended_too_early "$node"; then
            tries=$((tries + 1))
            start_node "$node"
        fi
        node_alive "$node" || fail "node $node ended at its start: $(tail -n 3 "$dir/node$node.log")"
        sleep 0.1
    done
    fail "node $node does not serve after 60 s; see $dir/node$node.log"
}

stop_node() {
    local node=$1 pid
    pid=$(cat "$dir/node$node.pid" 2>/dev/null) || return 0
    kill "$pid" 2>/dev/null
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null
    rm -f "$dir/node$node.pid"
}

prepare() {
    fetch_jars
    mkdir -p "$dir" || fail "cannot make $dir"
    node_alive 1 && fail "a cluster runs in $dir already"
    rm -rf "$dir/data1" "$dir/data2" "$dir/zookeeper" # of an earlier one, which had another id
    cat >"$dir/log4j.properties" <<LOG
log4j.rootLogger=INFO, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=[%d] %p %m (%c)%n
LOG
}

cluster_id() {
    head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '='
}

start_cluster() {
    prepare
    local port1 port2 controller_port
    port1=$(free_port)
    port2=$(free_port "$port1")
    controller_port=$(free_port "$port1" "$port2")
    local controller=",CONTROLLER://127.0.0.1:$controller_port"
    zookeeper && controller=''
    write_config 1 broker,controller "PLAINTEXT://127.0.0.1:$port1$controller"
    write_config 2 broker "PLAINTEXT://127.0.0.1:$port2"
    echo "127.0.0.1:$port1,127.0.0.1:$port2" >"$dir/bootstrap"
    if zookeeper; then start_zookeeper; else format_nodes; fi
    start_node 1
    start_node 2
    wait_node 1
    wait_node 2
    cat "$dir/bootstrap"
}
format_nodes() {
    local id node format=()
    id=$(cluster_id)
    for node in 1 2; do
        run_java 256m kafka.tools.StorageTool format --cluster-id="$id" -c "$dir/node$node.properties" \
            >"$dir/format$node.log" 2>&1 &
        format+=($!)
    done
    for node in 1 2; do
        wait "${format[$((node - 1))]}" || fail "node $node cannot be formatted: $(tail -n 2 "$dir/format$node.log")"
    done
}

# ---- the secured node ----

# certificate NAME CA ARGUMENTS...: NAME.key, NAME.pem signed by CA.pem and CA.key, or by itself where CA is NAME
certificate() {
    local name=$1 ca=$2 sign=()
    shift 2
    [ "$ca" = "$name" ] || sign=(-CA "$dir/$ca.pem" -CAkey "$dir/$ca.key")
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -keyout "$dir/$name.key" -out "$dir/$name.pem" -subj "/CN=$name" \
        "${sign[@]}" "$@" >"$dir/openssl.log" 2>&1 || fail "no certificate $name: $(tail -n 2 "$dir/openssl.log")"
}

# The server's name is localhost, and only that: 127.0.0.1 is a wrong name. The client's names the user CN=client.
make_certificates() {
    certificate ca ca -addext basicConstraints=critical,CA:TRUE
    certificate foreign-ca foreign-ca -addext basicConstraints=critical,CA:TRUE
    certificate server ca -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE
    certificate client ca -addext basicConstraints=critical,CA:FALSE
    cat "$dir/server.key" "$dir/server.pem" >"$dir/server-both.pem"
}

# Listeners, as NAME=HOST:PORT in $dir/listeners: open (no login, may do all), sasl (PLAIN, SCRAM-SHA-256 and -512),
# ssl (TLS, the server's certificate), mutual (the client's too), both (TLS and SASL).
# Users, password NAME-secret-0815: admin may do all, reader has no right until somebody gives it one. A user who came by
# TLS without a certificate is as good as one from the open listener.
secured_config() {
    local listeners='' name port taken=()
    controller_port=$(free_port)
    taken=("$controller_port")
    : >"$dir/listeners"
    for name in open sasl ssl mutual both; do
        port=$(free_port "${taken[@]}")
        taken+=("$port")
        listeners+="${name^^}://localhost:$port,"
        echo "$name=localhost:$port" >>"$dir/listeners"
    done
    write_config 1 broker,controller "${listeners}CONTROLLER://127.0.0.1:$controller_port"
    sed -i -e '/^listener.security.protocol.map=/d' -e 's/\(replication.factor\)=2/\1=1/' "$dir/node1.properties"
    local plain scram="org.apache.kafka.common.security.scram.ScramLoginModule required;"
    plain="org.apache.kafka.common.security.plain.PlainLoginModule required"
    plain+=" user_admin=\"admin-secret-0815\" user_reader=\"reader-secret-0815\";"
    cat >>"$dir/node1.properties" <<CONF
listener.security.protocol.map=CONTROLLER:PLAINTEXT,OPEN:PLAINTEXT,SASL:SASL_PLAINTEXT,SSL:SSL,MUTUAL:SSL,BOTH:SASL_SSL
inter.broker.listener.name=OPEN
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:admin;User:CN=client
ssl.keystore.type=PEM
ssl.keystore.location=$dir/server-both.pem
ssl.truststore.type=PEM
ssl.truststore.location=$dir/ca.pem
listener.name.mutual.ssl.client.auth=required
listener.name.sasl.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl.plain.sasl.jaas.config=$plain
listener.name.sasl.scram-sha-256.sasl.jaas.config=$scram
listener.name.sasl.scram-sha-512.sasl.jaas.config=$scram
listener.name.both.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.both.scram-sha-512.sasl.jaas.config=$scram
CONF
}

start_secured() {
    command -v openssl >/dev/null || skip "no openssl here: it makes the certificates"
    prepare
    local controller_port user scram=()
    make_certificates
    secured_config
    for user in admin reader; do
        scram+=(--add-scram "SCRAM-SHA-256=[name=$user,password=$user-secret-0815]"
            --add-scram "SCRAM-SHA-512=[name=$user,password=$user-secret-0815]")
    done
    run_java 256m kafka.tools.StorageTool format --cluster-id="$(cluster_id)" -c "$dir/node1.properties" "${scram[@]}" \
        >"$dir/format1.log" 2>&1 || fail "the node cannot be formatted: $(tail -n 2 "$dir/format1.log")"
    start_node 1
    wait_node 1
    cat "$dir/listeners"
}

# Most tools moved from kafka.* to org.apache.kafka.tools one after the other, up to 4.0.
tool_class() {
    case $version:$1 in
    2.*:GetOffsetShell) echo kafka.tools.GetOffsetShell ;;
    2.*:consumer.ConsoleConsumer) echo kafka.tools.ConsoleConsumer ;;
    2.* | 3.*:AclCommand) echo "kafka.admin.${1##*.}" ;;
    *) echo "org.apache.kafka.tools.$1" ;;
    esac
}

[ $# -ge 1 ] || fail "usage: cluster.sh start|start-secured|stop|bootstrap DIR, stop-node|start-node DIR N, jars, or tool-class NAME"
verb=$1
if [ "$verb" != jars ]; then
    [ $# -ge 2 ] || fail "$verb needs one more word: a folder, or a tool"
    dir=$(realpath -m "$2")
fi
logging=(-Dorg.slf4j.simpleLogger.showDateTime=true -Dlog4j.configuration="file:${dir:-}/log4j.properties")
case $verb in
jars) fetch_jars && echo "$cache/jars" ;;
tool-class) tool_class "$2" ;;
start) start_cluster ;;
start-secured) start_secured ;;
stop)
    stop_node 2
    stop_node 1
    stop_node 0
    ;;
bootstrap) cat "$dir/bootstrap" ;;
stop-node) stop_node "${3:?which node: 1 or 2}" ;;
start-node)
    start_node "$3"
    wait_node "$3"
    ;;
*) fail "unknown verb $verb: start, start-secured, stop, bootstrap, stop-node, start-node or jars" ;;
esac
