import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.LegacyRecord;
import org.apache.kafka.common.record.MemoryRecordsBuilder;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.ByteBufferOutputStream;

/**
 * Writes the segments of logs as brokers before 3.0 left them, with Apache Kafka's own classes. See README.md beside
 * this file for how to run it.
 */
public class OldLogs {
    static final long TIME = 1_500_000_000_000L;
    static final CompressionType[] CODECS = {CompressionType.NONE, CompressionType.GZIP, CompressionType.SNAPPY, CompressionType.LZ4};
    static final TimestampType CREATE = TimestampType.CREATE_TIME;
    static final TimestampType APPEND = TimestampType.LOG_APPEND_TIME;

    static Path folder;
    static FileChannel segment;
    static long offset;

    public static void main(String[] args) throws Exception {
        Path out = Path.of(args[0]);
        v0(out);
        v1(out);
        mixed(out);
        epochs(out);
        torn(out);
        compact(out);
        compactAgain(out);
        segment.close();
    }

    /** Three segments, every codec, a hole in the offsets as compaction leaves it, and keys and values that are null. */
    static void v0(Path out) throws Exception {
        topic(out, "old-v0");
        for (int round = 0; round < 3; round++) {
            roll();
            for (CompressionType codec : CODECS) set(0, codec, CREATE, 4);
            offset += 7;
            set(0, CompressionType.NONE, CREATE, 3);
        }
    }

    /** The same in v1, with times that go back, times of the broker, and none. */
    static void v1(Path out) throws Exception {
        topic(out, "old-v1");
        for (int round = 0; round < 3; round++) {
            roll();
            for (CompressionType codec : CODECS) set(1, codec, CREATE, 4);
            offset += 7;
            for (CompressionType codec : CODECS) set(1, codec, APPEND, 3);
            add(1, CompressionType.NONE, CREATE, RecordBatch.NO_TIMESTAMP, "timeless", "has no time");
            add(1, CompressionType.NONE, CREATE, TIME - 5000, "late", "came late");
        }
    }

    /** A topic through two upgrades, within segments and between them. */
    static void mixed(Path out) throws Exception {
        topic(out, "old-mixed");
        roll();
        set(0, CompressionType.NONE, CREATE, 3);
        set(0, CompressionType.LZ4, CREATE, 4);
        set(1, CompressionType.SNAPPY, CREATE, 4);
        roll();
        set(1, CompressionType.NONE, CREATE, 3);
        foreign(1, 0, 3);
        foreign(0, 1, 3);
        batch(CompressionType.NONE, 4, 0);
        batch(CompressionType.ZSTD, 4, 0);
        set(1, CompressionType.GZIP, CREATE, 4);
        roll();
        batch(CompressionType.NONE, 3, 0);
        batch(CompressionType.GZIP, 3, 0);
    }

    /** Leaders of v2, and between them one that was not upgraded yet. */
    static void epochs(Path out) throws Exception {
        topic(out, "old-epochs");
        roll();
        set(1, CompressionType.NONE, CREATE, 3);
        batch(CompressionType.NONE, 3, 2);
        set(1, CompressionType.GZIP, CREATE, 3);
        batch(CompressionType.NONE, 3, 2);
        roll();
        batch(CompressionType.LZ4, 3, 5);
        batch(CompressionType.NONE, 3, 5);
    }

    /** A checksum that is wrong in the third segment: it and all behind it was never written whole. */
    static void torn(Path out) throws Exception {
        topic(out, "old-torn");
        roll();
        set(0, CompressionType.GZIP, CREATE, 4);
        roll();
        set(1, CompressionType.NONE, CREATE, 5);
        set(1, CompressionType.LZ4, CREATE, 5);
        long damaged = segment.size();
        set(1, CompressionType.GZIP, CREATE, 5);
        set(1, CompressionType.NONE, CREATE, 5);
        segment.write(ByteBuffer.wrap(new byte[] {1}), damaged + 40);
    }

    /** Cleaned for the first time. Of the wrappers some keep all messages, some a part, some none. */
    static void compact(Path out) throws Exception {
        topic(out, "old-compact");
        roll();
        keyed(0);
        roll();
        keyed(1);
        foreignKeyed(1, 0, "foreign-");
        foreignKeyed(0, 1, "strange-");
        roll();
        keyed(2);
        roll();
        pair(2, CompressionType.NONE, "end", "of the log");
    }

    /** Cleaned before, up to the third segment. */
    static void compactAgain(Path out) throws Exception {
        topic(out, "old-compact-again");
        for (int round = 0; round < 2; round++)
            for (int magic = 0; magic < 2; magic++) {
                roll();
                for (CompressionType codec : CODECS)
                    for (String key : new String[] {"deleted", "kept"}) {
                        String name = key + "-" + round + "-" + magic + "-" + codec.name;
                        pair(magic, codec, name, key.equals("kept") ? "still here" : null);
                    }
            }
        roll();
        keyed(1);
        roll();
        pair(2, CompressionType.NONE, "end", "of the log");
    }

    /** Nine keys over and over, every fifth record a tombstone, one without a key. */
    static void keyed(int magic) throws Exception {
        for (int index = 0; index < 10; index++)
            for (CompressionType codec : CODECS) {
                MemoryRecordsBuilder builder = builder(magic, codec, index == 7 ? APPEND : CREATE, 0);
                for (int record = 0; record < (codec == CompressionType.NONE && magic < 2 ? 1 : 3); record++) {
                    long number = offset * 2654435761L >>> 7;
                    String key = index == 3 && record == 1 ? null : index == 5 ? "own-" + offset : "key-" + number % 9;
                    String value = offset % 5 == 2 ? null : "value " + offset;
                    append(builder, magic, key, value);
                }
                write(builder);
            }
    }

    static void topic(Path out, String name) throws Exception {
        folder = out.resolve(name + "-0");
        Files.createDirectories(folder);
        offset = 0;
    }

    static void roll() throws Exception {
        if (segment != null) segment.close();
        segment = FileChannel.open(folder.resolve(String.format("%020d.log", offset)), StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
    }

    /** Records with and without keys, values and content. */
    static void set(int magic, CompressionType codec, TimestampType type, int count) throws Exception {
        MemoryRecordsBuilder builder = builder(magic, codec, type, 0);
        String[][] records = {{"first", "the value of " + offset}, {null, "a value without a key"}, {"tombstone", null},
            {"", ""}, {"long", "over and over ".repeat(8)}};
        for (int index = 0; index < count; index++) append(builder, magic, records[index][0], records[index][1]);
        write(builder);
    }

    static void add(int magic, CompressionType codec, TimestampType type, long time, String key, String value)
        throws Exception {
        MemoryRecordsBuilder builder = builder(magic, codec, type, 0);
        builder.appendWithOffset(offset++, time, bytes(key), bytes(value));
        write(builder);
    }

    static void pair(int magic, CompressionType codec, String key, String value) throws Exception {
        MemoryRecordsBuilder builder = builder(magic, codec, CREATE, 0);
        append(builder, magic, key, value);
        write(builder);
    }

    static void batch(CompressionType codec, int count, int epoch) throws Exception {
        MemoryRecordsBuilder builder = builder(2, codec, CREATE, epoch);
        for (int index = 0; index < count; index++) append(builder, 2, "v2", "value " + offset);
        write(builder);
    }

    /** What the cleaner of 0.10.0 made of messages whose format was not their wrapper's (KAFKA-4298). */
    static void foreign(int magic, int innerMagic, int count) throws Exception {
        wrap(magic, innerMagic, count, "foreign", false);
    }

    /** Once with keys that stay, once with keys of which one is written again. */
    static void foreignKeyed(int magic, int innerMagic, String key) throws Exception {
        wrap(magic, innerMagic, 3, key + "a-", true);
        wrap(magic, innerMagic, 3, key + "b-", true);
        pair(1, CompressionType.NONE, key + "b-" + 1, "again");
    }

    static void wrap(int magic, int innerMagic, int count, String key, boolean numbered) throws Exception {
        ByteBufferOutputStream compressed = new ByteBufferOutputStream(4096);
        try (OutputStream stream = Compression.gzip().build().wrapForOutput(compressed, (byte) magic)) {
            for (int index = 0; index < count; index++) {
                LegacyRecord record = LegacyRecord.create((byte) innerMagic,
                    innerMagic == 0 ? RecordBatch.NO_TIMESTAMP : TIME + offset + index,
                    bytes(numbered ? key + index : key), bytes("value " + index), CompressionType.NONE,
                    innerMagic == 0 ? TimestampType.NO_TIMESTAMP_TYPE : CREATE);
                ByteBuffer header = ByteBuffer.allocate(12);
                header.putLong(magic == 0 ? offset + index : index).putInt(record.sizeInBytes());
                stream.write(header.array());
                stream.write(record.buffer().array(), 0, record.sizeInBytes());
            }
        }
        ByteBuffer value = compressed.buffer();
        value.flip();
        byte[] inner = new byte[value.remaining()];
        value.get(inner);
        offset += count;
        LegacyRecord wrapper = LegacyRecord.create((byte) magic,
            magic == 0 ? RecordBatch.NO_TIMESTAMP : TIME + offset - 1, null, inner, CompressionType.GZIP,
            magic == 0 ? TimestampType.NO_TIMESTAMP_TYPE : CREATE);
        ByteBuffer header = ByteBuffer.allocate(12);
        header.putLong(offset - 1).putInt(wrapper.sizeInBytes());
        segment.write(header.flip());
        segment.write(ByteBuffer.wrap(wrapper.buffer().array(), 0, wrapper.sizeInBytes()));
    }

    static MemoryRecordsBuilder builder(int magic, CompressionType codec, TimestampType type, int epoch) {
        return new MemoryRecordsBuilder(ByteBuffer.allocate(8192), (byte) magic, Compression.of(codec).build(),
            magic == 0 ? TimestampType.NO_TIMESTAMP_TYPE : type, offset, type == APPEND ? TIME + 100_000 + offset : -1L,
            RecordBatch.NO_PRODUCER_ID, RecordBatch.NO_PRODUCER_EPOCH, RecordBatch.NO_SEQUENCE, false, false,
            magic < 2 ? RecordBatch.NO_PARTITION_LEADER_EPOCH : epoch, 8192);
    }

    static void append(MemoryRecordsBuilder builder, int magic, String key, String value) {
        long time = magic == 0 ? RecordBatch.NO_TIMESTAMP : TIME + offset;
        builder.appendWithOffset(offset++, time, bytes(key), bytes(value));
    }

    static void write(MemoryRecordsBuilder builder) throws Exception {
        segment.write(builder.build().buffer());
    }

    static byte[] bytes(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }
}
