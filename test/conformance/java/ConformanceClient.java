import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The original's Java clients against a cluster. Each line on standard output is one result as JSON; the tests read
 * them. Any exception ends the program with its trace on standard error.
 *
 *   story BOOTSTRAP RECORDS CODEC,CODEC,...          the whole life of a topic, once per codec (see the README)
 *   produce BOOTSTRAP TOPIC FIRST RECORDS CODEC      idempotent, acks=all; every record is acknowledged
 *   read BOOTSTRAP TOPIC RECORDS                     from the beginning, until so many records have been seen
 *   read-from BOOTSTRAP TOPIC RECORDS RACK           the same by a consumer in a rack; tells the replica it was sent to
 */
public final class ConformanceClient {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long STEP_TIMEOUT_MS = 60_000;

  private final String bootstrap;

  private ConformanceClient(String bootstrap) {
    this.bootstrap = bootstrap;
  }

  public static void main(String[] args) throws Exception {
    ConformanceClient client = new ConformanceClient(args[1]);
    switch (args[0]) {
      case "story":
        for (String codec : args[3].split(",")) System.out.println(client.story(codec, Integer.parseInt(args[2])));
        break;
      case "produce":
        client.produce(args[2], Integer.parseInt(args[3]), Integer.parseInt(args[4]), args[5]);
        System.out.println(json(Map.of("produced", args[4])));
        break;
      case "read":
        System.out.println(json(client.read(args[2], Integer.parseInt(args[3]), Optional.empty())));
        break;
      case "read-from":
        System.out.println(json(client.read(args[2], Integer.parseInt(args[3]), Optional.of(args[4]))));
        break;
      default:
        throw new IllegalArgumentException(args[0]);
    }
    System.exit(0);
  }

  private String story(String codec, int count) throws Exception {
    String topic = "java-" + codec + "-" + UUID.randomUUID();
    String group = topic + "-group";
    Map<String, Object> result = new TreeMap<>();
    result.put("codec", codec);
    try (Admin admin = Admin.create(common())) {
      admin.createTopics(List.of(new NewTopic(topic, 3, (short) 3))).all().get();
      await("all replicas of " + topic + " in sync", () -> partitionsInSync(admin, topic) == 3);

      Seen seen = new Seen(count);
      List<KafkaConsumer<byte[], byte[]>> members = members(topic, group);
      await("two members with partitions", () -> {
        for (KafkaConsumer<byte[], byte[]> member : members) consume(member, seen);
        return members.stream().noneMatch(member -> member.assignment().isEmpty());
      });
      produce(topic, 0, count, codec);
      await("half of the records", () -> consumeInTurn(members, seen, count / 2));
      members.forEach(KafkaConsumer::close);
      result.put("first", seen.records);

      List<KafkaConsumer<byte[], byte[]>> restarted = members(topic, group);
      await("the other half", () -> {
        consumeInTurn(restarted, seen, count);
        return seen.records >= count && restarted.stream().noneMatch(member -> member.assignment().isEmpty());
      });
      for (int round = 0; round < 5; round++)
        for (KafkaConsumer<byte[], byte[]> member : restarted) consume(member, seen);
      restarted.forEach(KafkaConsumer::close);

      long committed = 0;
      for (OffsetAndMetadata offset : admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().values())
        committed += offset.offset();
      result.put("records", seen.records);
      result.put("missing", seen.missing());
      result.put("duplicates", seen.duplicates);
      result.put("reordered", seen.reordered);
      result.put("committed", committed);

      admin.deleteConsumerGroups(List.of(group)).all().get();
      admin.deleteTopics(List.of(topic)).all().get();
      await(topic + " gone", () -> !admin.listTopics().names().get().contains(topic));
      result.put("deleted", true);
    }
    return json(result);
  }

  private static int partitionsInSync(Admin admin, String topic) throws Exception {
    try {
      return (int) admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().stream()
          .filter(partition -> partition.leader() != null && partition.isr().size() == partition.replicas().size())
          .count();
    } catch (ExecutionException notYet) {
      return 0;
    }
  }

  private void produce(String topic, int first, int count, String codec) throws Exception {
    Properties properties = common();
    properties.put("acks", "all");
    properties.put("enable.idempotence", "true");
    properties.put("compression.type", codec);
    properties.put("linger.ms", "5");
    properties.put("key.serializer", ByteArraySerializer.class.getName());
    properties.put("value.serializer", ByteArraySerializer.class.getName());
    List<Future<RecordMetadata>> answers = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(properties)) {
      for (int number = first; number < first + count; number++)
        answers.add(producer.send(new ProducerRecord<>(topic, bytes("key-" + number), bytes(valueOf(number)))));
      producer.flush();
    }
    for (Future<RecordMetadata> answer : answers) answer.get();
  }

  private Map<String, Object> read(String topic, int count, Optional<String> rack) throws Exception {
    Seen seen = new Seen(count);
    Map<String, Object> result = new TreeMap<>();
    Properties properties = consumerProperties(Optional.empty());
    rack.ifPresent(name -> properties.put("client.rack", name));
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties)) {
      List<TopicPartition> partitions = new ArrayList<>();
      consumer.partitionsFor(topic).forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      await(count + " records", () -> {
        consumer.poll(POLL).forEach(seen::add);
        return seen.records >= count;
      });
      consumer.poll(POLL).forEach(seen::add);
      if (rack.isPresent()) result.put("preferred", preferredReplica(consumer));
    }
    result.putAll(Map.of("records", seen.records, "missing", seen.missing(), "duplicates", seen.duplicates,
        "reordered", seen.reordered));
    return result;
  }

  /** Of the first partition there is; -1: its leader. */
  private static int preferredReplica(KafkaConsumer<byte[], byte[]> consumer) {
    return consumer.metrics().entrySet().stream()
        .filter(entry -> entry.getKey().name().equals("preferred-read-replica"))
        .mapToInt(entry -> ((Number) entry.getValue().metricValue()).intValue())
        .findFirst().orElseThrow();
  }

  private List<KafkaConsumer<byte[], byte[]>> members(String topic, String group) {
    List<KafkaConsumer<byte[], byte[]>> members = new ArrayList<>();
    for (int index = 0; index < 2; index++) {
      KafkaConsumer<byte[], byte[]> member = new KafkaConsumer<>(consumerProperties(Optional.of(group)));
      member.subscribe(List.of(topic));
      members.add(member);
    }
    return members;
  }

  private static boolean consumeInTurn(List<KafkaConsumer<byte[], byte[]>> members, Seen seen, int until) {
    for (KafkaConsumer<byte[], byte[]> member : members) if (seen.records < until) consume(member, seen);
    return seen.records >= until;
  }

  /** What was polled is counted and committed before anything else happens, so a rebalance in between repeats nothing. */
  private static void consume(KafkaConsumer<byte[], byte[]> member, Seen seen) {
    Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : member.poll(POLL)) {
      seen.add(record);
      next.put(new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
    }
    if (!next.isEmpty()) member.commitSync(next);
  }

  private Properties common() {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    return properties;
  }

  private Properties consumerProperties(Optional<String> group) {
    Properties properties = common();
    group.ifPresent(id -> properties.put("group.id", id));
    properties.put("enable.auto.commit", "false");
    properties.put("auto.offset.reset", "earliest");
    properties.put("max.poll.records", "300");
    properties.put("heartbeat.interval.ms", "200");
    properties.put("fetch.max.wait.ms", "100");
    properties.put("key.deserializer", ByteArrayDeserializer.class.getName());
    properties.put("value.deserializer", ByteArrayDeserializer.class.getName());
    return properties;
  }

  private static String valueOf(int number) {
    return number + " " + "abcdefghij".repeat(8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(String what, Condition condition) throws Exception {
    long deadline = System.nanoTime() + STEP_TIMEOUT_MS * 1_000_000;
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) throw new IllegalStateException("did not come: " + what);
      Thread.sleep(10);
    }
  }

  private static String json(Map<String, ?> values) {
    StringBuilder text = new StringBuilder("{");
    for (Map.Entry<String, ?> entry : values.entrySet()) {
      if (text.length() > 1) text.append(",");
      text.append('"').append(entry.getKey()).append("\":");
      boolean quoted = entry.getValue() instanceof String;
      text.append(quoted ? "\"" + entry.getValue() + "\"" : String.valueOf(entry.getValue()));
    }
    return text.append("}").toString();
  }

  /** Which of the numbered records have come, and whether each partition gave them in the order they were sent. */
  private static final class Seen {
    private final boolean[] numbers;
    private final Map<Integer, Integer> lastOfPartition = new HashMap<>();
    int records;
    int duplicates;
    int reordered;

    Seen(int count) {
      numbers = new boolean[count];
    }

    void add(ConsumerRecord<byte[], byte[]> record) {
      String value = new String(record.value(), StandardCharsets.UTF_8);
      int number = Integer.parseInt(value.substring(0, value.indexOf(' ')));
      if (!value.equals(valueOf(number)) || !new String(record.key(), StandardCharsets.UTF_8).equals("key-" + number))
        throw new IllegalStateException("not what was sent: " + value);
      records++;
      if (numbers[number]) duplicates++;
      numbers[number] = true;
      Integer last = lastOfPartition.put(record.partition(), number);
      if (last != null && last >= number) reordered++;
    }

    int missing() {
      int missing = 0;
      for (boolean number : numbers) if (!number) missing++;
      return missing;
    }
  }
}
