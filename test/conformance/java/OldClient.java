import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Sends numbered records to a topic per codec and reads them back in a group, by what the Java clients of 0.9 to
 * 0.10.2 have in common: OldClient BOOTSTRAP RECORDS TOPIC CODEC,CODEC,... Prints a line per codec.
 */
public class OldClient {
    static final String SERIALIZATION = "org.apache.kafka.common.serialization.String";
    static final long TIMEOUT_MS = 60_000;

    public static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[1]);
        for (String codec : args[3].split(",")) {
            String topic = args[2] + "-" + codec;
            produce(args[0], topic, codec, count);
            consume(args[0], topic, count);
            System.out.println(codec + " " + count);
        }
    }

    static String value(int number) {
        return number + " abcdefghij abcdefghij";
    }

    static void produce(String bootstrap, String topic, String codec, int count) throws Exception {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", bootstrap);
        settings.put("acks", "all");
        settings.put("compression.type", codec);
        settings.put("linger.ms", "5");
        settings.put("key.serializer", SERIALIZATION + "Serializer");
        settings.put("value.serializer", SERIALIZATION + "Serializer");
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings)) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < count; i++)
                sent.add(producer.send(new ProducerRecord<>(topic, 0, i % 3 == 0 ? null : "key " + i, value(i))));
            for (int i = 0; i < count; i++) {
                long offset = sent.get(i).get().offset();
                if (offset != i) throw new IllegalStateException("record " + i + " was given the offset " + offset);
            }
        }
    }

    static void consume(String bootstrap, String topic, int count) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", bootstrap);
        settings.put("group.id", topic);
        settings.put("auto.offset.reset", "earliest");
        settings.put("max.partition.fetch.bytes", "20000");
        settings.put("key.deserializer", SERIALIZATION + "Deserializer");
        settings.put("value.deserializer", SERIALIZATION + "Deserializer");
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings)) {
            consumer.subscribe(Collections.singletonList(topic));
            long deadline = System.currentTimeMillis() + TIMEOUT_MS;
            int next = 0;
            while (next < count) {
                if (System.currentTimeMillis() > deadline) throw new IllegalStateException("only " + next + " came");
                for (ConsumerRecord<String, String> record : consumer.poll(200)) {
                    boolean hasKey = record.key() != null;
                    if (record.offset() != next || !record.value().equals(value(next)) || hasKey == (next % 3 == 0))
                        throw new IllegalStateException("instead of record " + next + " came " + record);
                    next++;
                }
            }
            consumer.commitSync();
        }
    }
}
