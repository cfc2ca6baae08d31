import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.ControlRecordType;
import org.apache.kafka.common.record.EndTransactionMarker;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.MemoryRecordsBuilder;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.utils.Time;

/**
 * Prints what Apache Kafka's own classes make of a few records in the message formats v0, v1 and v2, and what they
 * make of the v2 batches when those are converted down. See README.md beside this file for how to run it.
 */
public class OldFormats {
    static final long TIME = 1_700_000_000_000L;

    public static void main(String[] args) {
        for (byte magic = 0; magic <= 2; magic++)
            for (CompressionType codec : CompressionType.values())
                for (TimestampType type : List.of(TimestampType.CREATE_TIME, TimestampType.LOG_APPEND_TIME))
                    for (long base : new long[] {0, 1000}) {
                        if (codec == CompressionType.ZSTD && magic < 2) continue;
                        if (type == TimestampType.LOG_APPEND_TIME && magic == 0) continue;
                        String name = String.format("v%d %s %s %d", magic, codec.name, type.name, base);
                        MemoryRecords records = build(magic, codec, type, base);
                        print("set " + name, records);
                        if (magic < 2 || codec == CompressionType.ZSTD) continue;
                        for (byte to = 0; to < 2; to++)
                            for (long from : new long[] {base, base + 2})
                                print(String.format("down %s to v%d from %d", name, to, from),
                                    records.downConvert(to, from, Time.SYSTEM).records());
                    }
        print("set marker", MemoryRecords.withEndTransactionMarker(7, TIME, 0, 5L, (short) 1,
            new EndTransactionMarker(ControlRecordType.COMMIT, 3)));
    }

    static MemoryRecords build(byte magic, CompressionType codec, TimestampType type, long base) {
        MemoryRecordsBuilder builder = new MemoryRecordsBuilder(ByteBuffer.allocate(4096), magic,
            Compression.of(codec).build(), type, base, type == TimestampType.LOG_APPEND_TIME ? TIME + 500 : -1L,
            RecordBatch.NO_PRODUCER_ID, RecordBatch.NO_PRODUCER_EPOCH, RecordBatch.NO_SEQUENCE, false, false,
            RecordBatch.NO_PARTITION_LEADER_EPOCH, 4096);
        append(builder, magic, base, "first", "the value of the first");
        append(builder, magic, base + 1, null, "a value without a key");
        append(builder, magic, base + 2, "tombstone", null);
        append(builder, magic, base + 3, "", "");
        append(builder, magic, base + 4, "long", "over and over ".repeat(40));
        return builder.build();
    }

    static void append(MemoryRecordsBuilder builder, byte magic, long offset, String key, String value) {
        long timestamp = magic == 0 ? RecordBatch.NO_TIMESTAMP : TIME + offset % 1000;
        Header[] headers = magic < 2 ? new Header[0] : new Header[] {new RecordHeader("h", bytes("lost on the way"))};
        builder.appendWithOffset(offset, timestamp, bytes(key), bytes(value), headers);
    }

    static byte[] bytes(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    static void print(String name, org.apache.kafka.common.record.AbstractRecords records) {
        ByteBuffer buffer = ((MemoryRecords) records).buffer().duplicate();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        System.out.println(name + " " + HexFormat.of().formatHex(bytes));
    }
}
