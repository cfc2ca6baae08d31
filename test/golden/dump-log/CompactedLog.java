import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.StringSerializer;
import java.util.*;
/** Makes cleaned-0: run against a fresh single broker with log.cleaner.backoff.ms=200, wait until it is clean, stop the broker. */
public class CompactedLog {
  static long timestamp = 1700000000000L;
  static KafkaProducer<String, String> producer(String bootstrap, String... more) {
    var settings = new HashMap<String, Object>(Map.of("bootstrap.servers", bootstrap, "linger.ms", "1000", "compression.type", "lz4"));
    for (int at = 0; at < more.length; at += 2) settings.put(more[at], more[at + 1]);
    return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
  }
  static void send(KafkaProducer<String, String> producer, int from, int to, String value) {
    for (int key = from; key < to; key++) {
      var record = new ProducerRecord<>("cleaned", 0, timestamp++, "key-" + key, value == null ? null : value + " of " + key);
      if (key % 3 == 0) record.headers().add("origin", ("round " + value).getBytes());
      producer.send(record);
    }
    producer.flush();
  }
  public static void main(String[] args) throws Exception {
    var configs = Map.of("cleanup.policy", "compact", "segment.bytes", "2500", "min.cleanable.dirty.ratio", "0.001", "delete.retention.ms", "86400000");
    try (var admin = Admin.create(Map.<String, Object>of("bootstrap.servers", args[0]))) {
      admin.createTopics(List.of(new NewTopic("cleaned", 1, (short) 1).configs(configs))).all().get();
    }
    try (var plain = producer(args[0], "enable.idempotence", "false"); var idempotent = producer(args[0]);
        var first = producer(args[0], "transactional.id", "first"); var second = producer(args[0], "transactional.id", "second")) {
      first.initTransactions();
      second.initTransactions();
      for (int round = 0; round < 4; round++) {
        send(idempotent, 0, 8, "round " + round);
        first.beginTransaction();
        send(first, 4, 10, "first " + round);
        first.commitTransaction();
        second.beginTransaction();
        send(second, 0, 12, "second " + round);
        second.abortTransaction();
        send(plain, 8, 10, null);
      }
      send(idempotent, 6, 8, null);
      for (int more = 0; more < 40; more++) send(plain, 20, 22, "filler " + more);
    }
  }
}
