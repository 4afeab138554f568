import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The reference query on Flink's own streaming runtime, in this process: Kafka, rows (joined while they are read),
 * distinct keyed by the row, count keyed by the type. The source ends where the topic ends now; then the last watermark
 * makes every key of the count tell its result. Nothing is put out before that.
 */
public final class Query {
    /* All runs in this process, so these are what the tasks have really done. */
    private static final LongAdder ROWS = new LongAdder();
    private static final LongAdder DISTINCT = new LongAdder();
    private static final Map<String, Long> TABLE = new ConcurrentHashMap<>();

    private Query() {}

    private static final class Rows implements KafkaRecordDeserializationSchema<String> {
        private static final long serialVersionUID = 1;
        private final String codesPath;
        private transient Map<String, String> codes;

        Rows(String codesPath) {
            this.codesPath = codesPath;
        }

        @Override
        public void deserialize(ConsumerRecord<byte[], byte[]> message, Collector<String> out) throws IOException {
            if (codes == null) {
                codes = Call.codes(codesPath);
            }
            ROWS.increment();
            String row = message.value() == null ? null : Call.row(message.value(), codes);
            if (row != null) {
                out.collect(row);
            }
        }

        @Override
        public TypeInformation<String> getProducedType() {
            return Types.STRING;
        }
    }

    private static final class Distinct extends KeyedProcessFunction<String, String, String> {
        private static final long serialVersionUID = 1;
        private transient ValueState<Boolean> seen;

        @Override
        public void open(OpenContext context) {
            seen = getRuntimeContext().getState(new ValueStateDescriptor<>("seen", Types.BOOLEAN));
        }

        @Override
        public void processElement(String row, Context context, Collector<String> out) throws IOException {
            if (seen.value() != null) {
                return;
            }
            seen.update(true);
            DISTINCT.increment();
            if (Call.counts(row)) {
                out.collect(Call.type(row));
            }
        }
    }

    private static final class Count extends KeyedProcessFunction<String, String, String> {
        private static final long serialVersionUID = 1;
        private transient ValueState<Long> count;

        @Override
        public void open(OpenContext context) {
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
        }

        @Override
        public void processElement(String type, Context context, Collector<String> out) throws IOException {
            Long before = count.value();
            if (before == null) {
                context.timerService().registerEventTimeTimer(Long.MAX_VALUE);
            }
            count.update(before == null ? 1L : before + 1);
        }

        @Override
        public void onTimer(long at, OnTimerContext context, Collector<String> out) throws IOException {
            TABLE.put(context.getCurrentKey(), count.value());
        }
    }

    public static void main(String[] args) throws Exception {
        Map<String, String> env = System.getenv();
        boolean checkpoints = !"off".equals(env.get("CHECKPOINTS"));
        Configuration conf = new Configuration();
        conf.setString("taskmanager.numberOfTaskSlots", "2");
        conf.setString("taskmanager.memory.managed.size", "0");
        conf.setString("state.backend.type", "hashmap");
        conf.setString("execution.checkpointing.dir", "file://" + env.get("WORK") + "/checkpoints");
        StreamExecutionEnvironment flink = StreamExecutionEnvironment.createLocalEnvironment(2, conf);
        flink.getConfig().enableObjectReuse();
        flink.getConfig().disableGenericTypes();
        if (checkpoints) {
            flink.enableCheckpointing(Duration.ofSeconds(1).toMillis());
        }
        KafkaSource<String> source = KafkaSource.<String>builder()
            .setBootstrapServers(env.get("BOOTSTRAP")).setTopics(env.get("TOPIC")).setGroupId(env.get("TOPIC") + "-flink")
            .setStartingOffsets(OffsetsInitializer.earliest()).setBounded(OffsetsInitializer.latest())
            .setDeserializer(new Rows(env.get("CODES")))
            .setProperty("max.poll.records", "10000").setProperty("max.partition.fetch.bytes", "8388608")
            .setProperty("receive.buffer.bytes", "1048576").setProperty("commit.offsets.on.checkpoint", "false")
            .build();
        flink.fromSource(source, WatermarkStrategy.noWatermarks(), "calls")
            .keyBy(row -> row).process(new Distinct()).returns(Types.STRING)
            .keyBy(type -> type).process(new Count()).returns(Types.STRING)
            .sinkTo(new DiscardingSink<>());
        flink.execute("reference");
        long sum = TABLE.values().stream().mapToLong(Long::longValue).sum();
        System.out.printf("rows=%d distinct=%d groups=%d sum=%d note=Flink 1.20.1, 2 slots, object reuse, state on a heap of 3 GB, "
            + "%s, table only at the end%n", ROWS.sum(), DISTINCT.sum(), TABLE.size(), sum,
            checkpoints ? "exactly-once checkpoints each second" : "no checkpoints");
    }
}
