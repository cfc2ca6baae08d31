import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A consumer of Apache Kafka's in a rack (KIP-392), which reads a topic from its start for as long as it is asked about it:
 * every line it is sent is answered by one of JSON, and it ends with its input.
 *
 *   RackReader.java BOOTSTRAP TOPIC PARTITIONS RACK
 *
 * The records' values are their numbers, in each partition from 0. "read": how many records have come. "astray": how many
 * of them had another number, or another offset, than the one that was due. "from": of each partition the replica it was
 * sent to, -1 being the leader.
 */
public final class RackReader {
  private static final Duration POLL = Duration.ofMillis(50);

  public static void main(String[] args) throws Exception {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", args[0]);
    properties.put("client.rack", args[3]);
    properties.put("key.deserializer", ByteArrayDeserializer.class.getName());
    properties.put("value.deserializer", ByteArrayDeserializer.class.getName());
    // After so long it asks the leader again which replica is best.
    properties.put("metadata.max.age.ms", "1000");
    properties.put("fetch.max.wait.ms", "100");
    // Whoever is out of range must not begin anew unnoticed.
    properties.put("auto.offset.reset", "none");
    AtomicInteger questions = new AtomicInteger();
    AtomicInteger ended = new AtomicInteger();
    Thread listener = new Thread(() -> listen(questions, ended));
    listener.setDaemon(true);
    listener.start();
    List<TopicPartition> partitions = new ArrayList<>();
    for (int index = 0; index < Integer.parseInt(args[2]); index++) partitions.add(new TopicPartition(args[1], index));
    Map<TopicPartition, Long> due = new TreeMap<>((one, other) -> Integer.compare(one.partition(), other.partition()));
    long read = 0;
    long astray = 0;
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties)) {
      consumer.assign(partitions);
      for (TopicPartition partition : partitions) {
        consumer.seek(partition, 0);
        due.put(partition, 0L);
      }
      while (ended.get() == 0) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          TopicPartition partition = new TopicPartition(record.topic(), record.partition());
          long expected = due.get(partition);
          read += 1;
          if (record.offset() != expected || Long.parseLong(new String(record.value())) != expected) astray += 1;
          due.put(partition, record.offset() + 1);
        }
        for (; questions.get() > 0; questions.decrementAndGet())
          System.out.println("{\"read\":" + read + ",\"astray\":" + astray + ",\"from\":" + replicas(consumer, partitions) + "}");
      }
    }
  }

  private static void listen(AtomicInteger questions, AtomicInteger ended) {
    try (BufferedReader input = new BufferedReader(new InputStreamReader(System.in))) {
      while (input.readLine() != null) questions.incrementAndGet();
    } catch (java.io.IOException gone) {
      // As if it had ended.
    }
    ended.incrementAndGet();
  }

  private static List<Integer> replicas(KafkaConsumer<byte[], byte[]> consumer, List<TopicPartition> partitions) {
    Map<Integer, Integer> found = new TreeMap<>();
    for (TopicPartition partition : partitions) found.put(partition.partition(), -1);
    consumer.metrics().forEach((name, metric) -> {
      if (name.name().equals("preferred-read-replica"))
        found.put(Integer.parseInt(name.tags().get("partition")), ((Number) metric.metricValue()).intValue());
    });
    return new ArrayList<>(found.values());
  }
}
