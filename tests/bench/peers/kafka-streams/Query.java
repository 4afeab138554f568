import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The reference query on Kafka Streams: rows (joined while they are read), through a topic keyed by the row, distinct,
 * through a topic keyed by the type, count. It has no end of its own: it is done when as many messages have been read as
 * the topic holds and what each step has sent on has arrived at the next. The table is then asked of the store.
 */
public final class Query {
    /* All runs in this process, so these are what the tasks have really done. */
    private static final LongAdder READ = new LongAdder();
    private static final LongAdder ROWS = new LongAdder();
    private static final LongAdder DISTINCT_IN = new LongAdder();
    private static final LongAdder DISTINCT = new LongAdder();
    private static final LongAdder COUNT_TO = new LongAdder();
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final byte[] SEEN = {};
    private static final byte[] NOTHING = {};

    private Query() {}

    private static final class Distinct extends ContextualProcessor<String, byte[], String, byte[]> {
        private KeyValueStore<String, byte[]> seen;

        @Override
        public void init(ProcessorContext<String, byte[]> context) {
            super.init(context);
            seen = context.getStateStore("seen");
        }

        @Override
        public void process(Record<String, byte[]> row) {
            if (seen.putIfAbsent(row.key(), SEEN) == null) {
                DISTINCT.increment();
                if (Call.counts(row.key())) {
                    COUNT_TO.increment();
                    context().forward(row.withKey(Call.type(row.key())).withValue(NOTHING));
                }
            }
            DISTINCT_IN.increment();
        }
    }

    private static StreamsBuilder query(String topic, Map<String, String> codes, boolean changelog) {
        Serde<String> text = Serdes.String();
        Serde<byte[]> bytes = Serdes.ByteArray();
        StreamsBuilder builder = new StreamsBuilder();
        StoreBuilder<KeyValueStore<String, byte[]>> seen =
            Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("seen"), text, bytes);
        Materialized<String, Long, KeyValueStore<Bytes, byte[]>> counts =
            Materialized.<String, Long>as(Stores.inMemoryKeyValueStore("counts")).withKeySerde(text)
                .withValueSerde(Serdes.Long()).withCachingEnabled();
        builder.addStateStore(changelog ? seen : seen.withLoggingDisabled());
        builder.stream(topic, Consumed.with(bytes, bytes))
            .map((key, value) -> {
                String row = value == null ? null : Call.row(value, codes);
                if (row != null) {
                    ROWS.increment();
                }
                READ.increment();
                return KeyValue.pair(row, NOTHING);
            })
            .filter((row, nothing) -> row != null)
            .repartition(Repartitioned.with(text, bytes).withName("rows").withNumberOfPartitions(2))
            .process(Distinct::new, "seen")
            .repartition(Repartitioned.with(text, bytes).withName("types").withNumberOfPartitions(2))
            .groupByKey(Grouped.with(text, bytes))
            .count(changelog ? counts : counts.withLoggingDisabled());
        return builder;
    }

    private static Properties settings(Map<String, String> env, String id) {
        Properties p = new Properties();
        p.put(StreamsConfig.APPLICATION_ID_CONFIG, id);
        p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, env.get("BOOTSTRAP"));
        p.put(StreamsConfig.STATE_DIR_CONFIG, env.get("WORK") + "/state");
        p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, "2");
        p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, "1000");
        p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, "67108864");
        p.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, "10000");
        p.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, "1");
        p.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, "-1");
        p.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        p.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), "10000");
        p.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), "8388608");
        p.put(StreamsConfig.consumerPrefix(ConsumerConfig.RECEIVE_BUFFER_CONFIG), "1048576");
        p.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), "20");
        p.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), "524288");
        p.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), "134217728");
        p.put(StreamsConfig.producerPrefix(ProducerConfig.ACKS_CONFIG), "1");
        return p;
    }

    private static void removeTopics(Map<String, String> env, String id) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) env.get("BOOTSTRAP")))) {
            Set<String> names = admin.listTopics().names().get();
            List<String> ours = names.stream().filter(n -> n.startsWith(id + "-")).collect(Collectors.toList());
            admin.deleteTopics(ours).all().get();
        }
    }

    /** Groups and the sum of their counts; null while the stores cannot be asked yet. */
    private static long[] table(KafkaStreams streams) {
        long[] table = {0, 0};
        try (KeyValueIterator<String, Long> all = streams.store(
                StoreQueryParameters.fromNameAndType("counts", QueryableStoreTypes.<String, Long>keyValueStore())).all()) {
            for (; all.hasNext(); table[0]++) {
                table[1] += all.next().value;
            }
        } catch (InvalidStateStoreException movedOrNotThereYet) {
            return null;
        }
        return table;
    }

    private static long[] waitForTable(KafkaStreams streams, long messages) throws InterruptedException {
        for (long deadline = System.nanoTime() + LIMIT.toNanos(); System.nanoTime() < deadline; Thread.sleep(10)) {
            if (streams.state() == KafkaStreams.State.ERROR) {
                throw new IllegalStateException("Kafka Streams stopped with an error");
            }
            boolean read = READ.sum() >= messages && DISTINCT_IN.sum() == ROWS.sum();
            long[] table = read ? table(streams) : null;
            if (table != null && table[1] == COUNT_TO.sum()) {
                return table;
            }
        }
        throw new IllegalStateException("not done after " + LIMIT);
    }

    public static void main(String[] args) throws Exception {
        Map<String, String> env = System.getenv();
        boolean changelog = !"off".equals(env.get("CHANGELOG"));
        String id = env.get("TOPIC") + "-streams-" + ProcessHandle.current().pid();
        StreamsBuilder builder = query(env.get("TOPIC"), Call.codes(env.get("CODES")), changelog);
        KafkaStreams streams = new KafkaStreams(builder.build(), settings(env, id));
        streams.start();
        long[] table = waitForTable(streams, Long.parseLong(env.get("ROWS")));
        streams.close(Duration.ofSeconds(20));
        removeTopics(env, id);
        System.out.printf("rows=%d distinct=%d groups=%d sum=%d note=Kafka Streams 3.9.1, 2 threads, stores in memory, heap of 3 GB, "
            + "cache, large buffers, acks=1, at least once, %s%n", READ.sum(), DISTINCT.sum(), table[0], table[1],
            changelog ? "changelog, commits each second" : "no changelog");
    }
}
