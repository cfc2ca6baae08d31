import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A client that stays while brokers change under it: one command a line on standard input, one answer a line on
 * standard output. It knows every record that was acknowledged, with its offset, and holds what it reads against that.
 * Its producers stay too, so that their ids and sequences go on with whoever leads next.
 *
 *   create TOPIC PARTITIONS KEY=VALUE;KEY=VALUE     -
 *   write TOPIC HOW CODEC BATCHES RECORDS TIME      plain or idempotent producer, the records' first time in ms
 *   keyed TOPIC HOW CODEC ROUNDS KEYS TIME          the same keys in each round; every fifth gets a tombstone at last
 *   transaction TOPIC CODEC END BATCHES RECORDS TIME   END: commit, abort, or open to leave it open
 *   finish TOPIC CODEC END                          ends the transaction that was left open
 *   trim TOPIC OFFSET                               DeleteRecords
 *   delete TOPIC
 *   commit GROUP TOPIC OFFSET
 *   check                                           reads everything; one object per partition, then one per group
 */
public final class SwapClient {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long STEP_TIMEOUT_MS = 60_000;

  private final String bootstrap;
  private final Map<String, KafkaProducer<byte[], byte[]>> producers = new HashMap<>();
  private final Map<TopicPartition, TreeMap<Long, Acknowledged>> acknowledged = new LinkedHashMap<>();
  private final Map<String, List<Acknowledged>> open = new HashMap<>();
  private final Map<String, Long> committed = new TreeMap<>();
  private final Map<String, Boolean> compacted = new HashMap<>();

  private static final class Acknowledged {
    final String key;
    final boolean tombstone;
    final String text;
    boolean visible = true;

    Acknowledged(String key, boolean tombstone, String text) {
      this.key = key;
      this.tombstone = tombstone;
      this.text = text;
    }
  }

  private SwapClient(String bootstrap) {
    this.bootstrap = bootstrap;
  }

  public static void main(String[] args) throws Exception {
    SwapClient client = new SwapClient(args[0]);
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
    System.out.println("{\"ready\":true}");
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String answer;
      try {
        answer = client.run(line.split(" "));
      } catch (Exception failed) {
        failed.printStackTrace();
        answer = json(Map.of("error", String.valueOf(failed), "command", line));
      }
      System.out.println(answer);
    }
    Runtime.getRuntime().halt(0);
  }

  private String run(String[] words) throws Exception {
    switch (words[0]) {
      case "create":
        create(words[1], Integer.parseInt(words[2]), words.length > 3 ? words[3] : "");
        return json(Map.of("created", words[1]));
      case "write":
        write(words[1], words[2], words[3], number(words[4]), number(words[5]), Long.parseLong(words[6]));
        return json(Map.of("written", words[1]));
      case "keyed":
        keyed(words[1], words[2], words[3], number(words[4]), number(words[5]), Long.parseLong(words[6]));
        return json(Map.of("written", words[1]));
      case "transaction":
        transaction(words[1], words[2], words[3], number(words[4]), number(words[5]), Long.parseLong(words[6]));
        return json(Map.of("written", words[1]));
      case "finish":
        end(words[1], words[2], words[3]);
        return json(Map.of("ended", words[1]));
      case "trim":
        try (Admin admin = Admin.create(common())) {
          RecordsToDelete before = RecordsToDelete.beforeOffset(Long.parseLong(words[2]));
          admin.deleteRecords(Map.of(new TopicPartition(words[1], 0), before)).all().get();
        }
        return json(Map.of("trimmed", words[1]));
      case "delete":
        try (Admin admin = Admin.create(common())) {
          admin.deleteTopics(List.of(words[1])).all().get();
        }
        acknowledged.keySet().removeIf(partition -> partition.topic().equals(words[1]));
        return json(Map.of("deleted", words[1]));
      case "commit":
        commit(words[1], words[2], Long.parseLong(words[3]));
        return json(Map.of("committed", words[1]));
      case "check":
        return check();
      default:
        throw new IllegalArgumentException(words[0]);
    }
  }

  // ---------------------------------------------------------------------------------------------- write

  private void create(String topic, int partitions, String settings) throws Exception {
    Map<String, String> configs = new HashMap<>();
    for (String setting : settings.split(";"))
      if (!setting.isEmpty()) configs.put(setting.split("=")[0], setting.split("=")[1]);
    try (Admin admin = Admin.create(common())) {
      admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1).configs(configs))).all().get();
      await(topic + " has leaders", () -> {
        try {
          return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().stream()
              .allMatch(partition -> partition.leader() != null && !partition.leader().isEmpty());
        } catch (Exception notYet) {
          return false;
        }
      });
    }
    compacted.put(topic, configs.getOrDefault("cleanup.policy", "").contains("compact"));
    for (int partition = 0; partition < partitions; partition++)
      acknowledged.put(new TopicPartition(topic, partition), new TreeMap<>());
  }

  private void write(String topic, String how, String codec, int batches, int records, long time) throws Exception {
    KafkaProducer<byte[], byte[]> producer = producer(how, codec);
    int partitions = partitionsOf(topic);
    for (int batch = 0; batch < batches; batch++) {
      List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
      for (int index = 0; index < records; index++) {
        int number = batch * records + index;
        // Times that fall back now and then, so that the youngest record of a segment is not its last.
        long at = time + number * 10L - (number % 7 == 6 ? 500 : 0);
        byte[] key = number % 11 == 10 ? null : bytes("key-" + number);
        byte[] value = number % 13 == 12 ? null : bytes(number + " " + "abcdefghij".repeat(8 + number % 5));
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, batch % partitions, at, key, value);
        if (number % 3 == 0) record.headers().add("h" + number, number % 2 == 0 ? null : bytes("header-" + number));
        sent.add(record);
      }
      for (Acknowledged record : send(producer, sent)) record.visible = true;
    }
  }

  private void keyed(String topic, String how, String codec, int rounds, int keys, long time) throws Exception {
    KafkaProducer<byte[], byte[]> producer = producer(how, codec);
    for (int round = 0; round < rounds; round++) {
      List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
      for (int key = 0; key < keys; key++) {
        boolean tombstone = round == rounds - 2 && key % 5 == 4;
        boolean skipped = round == rounds - 1 && key % 5 == 4;
        if (skipped) continue;
        byte[] value = tombstone ? null : bytes(key + " of round " + round + " " + "k".repeat(60));
        sent.add(new ProducerRecord<>(topic, 0, time + round * 1000L + key, bytes("key-" + key), value));
        if (sent.size() == 20) {
          send(producer, sent);
          sent.clear();
        }
      }
      send(producer, sent);
    }
  }

  private void transaction(String topic, String codec, String end, int batches, int records, long time) throws Exception {
    KafkaProducer<byte[], byte[]> producer = producer("transactional-" + topic, codec);
    List<Acknowledged> inTransaction = open.computeIfAbsent(topic + codec, name -> new ArrayList<>());
    producer.beginTransaction();
    for (int batch = 0; batch < batches; batch++) {
      List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
      for (int index = 0; index < records; index++) {
        int number = batch * records + index;
        byte[] value = bytes(end + " " + number + " " + "t".repeat(70));
        sent.add(new ProducerRecord<>(topic, 0, time + number * 10L, bytes("key-" + number % 17), value));
      }
      inTransaction.addAll(send(producer, sent));
    }
    for (Acknowledged record : inTransaction) record.visible = false;
    if (!end.equals("open")) end(topic, codec, end);
  }

  private void end(String topic, String codec, String end) {
    KafkaProducer<byte[], byte[]> producer = producer("transactional-" + topic, codec);
    if (end.equals("commit")) producer.commitTransaction();
    else producer.abortTransaction();
    for (Acknowledged record : open.remove(topic + codec)) record.visible = end.equals("commit");
  }

  /** As one batch for each partition, and no next one before it is acknowledged: the same every time. */
  private List<Acknowledged> send(KafkaProducer<byte[], byte[]> producer, List<ProducerRecord<byte[], byte[]>> records)
      throws Exception {
    List<Future<RecordMetadata>> answers = new ArrayList<>();
    for (ProducerRecord<byte[], byte[]> record : records) answers.add(producer.send(record));
    producer.flush();
    List<Acknowledged> result = new ArrayList<>();
    for (int index = 0; index < records.size(); index++) {
      ProducerRecord<byte[], byte[]> sent = records.get(index);
      RecordMetadata answer = answers.get(index).get();
      String text = text(answer.offset(), answer.timestamp(), sent.key(), sent.value(), sent.headers().toArray());
      String key = sent.key() == null ? null : new String(sent.key(), StandardCharsets.UTF_8);
      Acknowledged record = new Acknowledged(key, sent.value() == null, text);
      TopicPartition partition = new TopicPartition(answer.topic(), answer.partition());
      acknowledged.get(partition).put(answer.offset(), record);
      result.add(record);
    }
    return result;
  }

  private KafkaProducer<byte[], byte[]> producer(String how, String codec) {
    return producers.computeIfAbsent(how + " " + codec, name -> {
      Properties properties = common();
      properties.put("acks", "all");
      properties.put("enable.idempotence", String.valueOf(!how.equals("plain")));
      properties.put("compression.type", codec);
      properties.put("linger.ms", "10000");
      properties.put("batch.size", "1000000");
      properties.put("max.block.ms", String.valueOf(STEP_TIMEOUT_MS));
      properties.put("key.serializer", ByteArraySerializer.class.getName());
      properties.put("value.serializer", ByteArraySerializer.class.getName());
      boolean transactional = how.startsWith("transactional-");
      if (transactional) properties.put("transactional.id", how + "-" + codec);
      if (transactional) properties.put("transaction.timeout.ms", "900000");
      KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(properties);
      if (transactional) producer.initTransactions();
      return producer;
    });
  }

  private int partitionsOf(String topic) {
    return (int) acknowledged.keySet().stream().filter(partition -> partition.topic().equals(topic)).count();
  }

  private void commit(String group, String topic, long offset) throws Exception {
    try (Admin admin = Admin.create(common())) {
      Map<TopicPartition, OffsetAndMetadata> offsets = Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(offset));
      admin.alterConsumerGroupOffsets(group, offsets).all().get();
    }
    committed.put(group + " " + topic, offset);
  }

  // ----------------------------------------------------------------------------------------------- read

  private String check() throws Exception {
    List<String> found = new ArrayList<>();
    try (Admin admin = Admin.create(common());
        KafkaConsumer<byte[], byte[]> all = consumer("read_uncommitted");
        KafkaConsumer<byte[], byte[]> stable = consumer("read_committed")) {
      for (Map.Entry<TopicPartition, TreeMap<Long, Acknowledged>> entry : acknowledged.entrySet())
        found.add(checkPartition(admin, all, stable, entry.getKey(), entry.getValue()));
      for (Map.Entry<String, Long> entry : committed.entrySet()) {
        String[] words = entry.getKey().split(" ");
        TopicPartition partition = new TopicPartition(words[1], 0);
        OffsetAndMetadata offset =
            admin.listConsumerGroupOffsets(words[0]).partitionsToOffsetAndMetadata().get().get(partition);
        found.add(json(Map.of("group", words[0], "is", offset == null ? -1 : offset.offset(), "was", entry.getValue())));
      }
    }
    return "[" + String.join(",", found) + "]";
  }

  private String checkPartition(Admin admin, KafkaConsumer<byte[], byte[]> all, KafkaConsumer<byte[], byte[]> stable,
      TopicPartition partition, TreeMap<Long, Acknowledged> written) throws Exception {
    long begin = all.beginningOffsets(List.of(partition)).get(partition);
    long end = all.endOffsets(List.of(partition)).get(partition);
    long lastStable = stable.endOffsets(List.of(partition)).get(partition);
    TreeMap<Long, String> served = read(all, partition, begin, end);
    TreeMap<Long, String> committedOnes = read(stable, partition, begin, lastStable);
    int missing = 0;
    int wrong = 0;
    CRC32 digest = new CRC32();
    for (Map.Entry<Long, String> record : served.entrySet()) {
      digest.update(bytes(record.getValue()));
      Acknowledged sent = written.get(record.getKey());
      if (sent == null || !sent.text.equals(record.getValue())) wrong++;
    }
    for (Map.Entry<Long, String> record : committedOnes.entrySet()) {
      digest.update(bytes(record.getValue()));
      Acknowledged sent = written.get(record.getKey());
      if (sent == null || !sent.visible || !sent.text.equals(record.getValue())) wrong++;
    }
    Map<String, Long> last = new HashMap<>();
    if (compacted.get(partition.topic()))
      written.forEach((offset, record) -> { if (record.visible) last.put(record.key, offset); });
    for (Map.Entry<Long, Acknowledged> record : written.tailMap(begin).entrySet()) {
      Acknowledged sent = record.getValue();
      boolean mayGo = compacted.get(partition.topic())
          && (!sent.visible || sent.tombstone || !record.getKey().equals(last.get(sent.key)));
      if (!mayGo && !served.containsKey(record.getKey())) missing++;
      if (!mayGo && sent.visible && record.getKey() < lastStable && !committedOnes.containsKey(record.getKey())) missing++;
    }
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("partition", partition.toString());
    result.put("begin", begin);
    result.put("end", end);
    result.put("lastStable", lastStable);
    result.put("served", served.size());
    result.put("committed", committedOnes.size());
    result.put("missing", missing);
    result.put("wrong", wrong);
    result.put("digest", digest.getValue());
    result.put("times", times(admin, all, partition, written));
    return json(result);
  }

  /** Which offsets some times are found at, the youngest record among them. */
  private String times(Admin admin, KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition,
      TreeMap<Long, Acknowledged> written) throws Exception {
    StringBuilder found = new StringBuilder();
    int step = Math.max(1, written.size() / 10);
    int index = 0;
    for (Acknowledged record : written.values()) {
      if (index++ % step != 0) continue;
      long time = Long.parseLong(record.text.split(" ")[1]) + 1;
      OffsetAndTimestamp at = consumer.offsetsForTimes(Map.of(partition, time)).get(partition);
      found.append(at == null ? "none" : String.valueOf(at.offset())).append(' ');
    }
    found.append(admin.listOffsets(Map.of(partition, OffsetSpec.maxTimestamp())).partitionResult(partition).get().offset());
    return found.toString();
  }

  private TreeMap<Long, String> read(KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, long begin, long end)
      throws Exception {
    TreeMap<Long, String> served = new TreeMap<>();
    consumer.assign(List.of(partition));
    consumer.seek(partition, begin);
    await(partition + " read to " + end, () -> {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL))
        served.put(record.offset(),
            text(record.offset(), record.timestamp(), record.key(), record.value(), record.headers().toArray()));
      return consumer.position(partition) >= end;
    });
    return served;
  }

  private KafkaConsumer<byte[], byte[]> consumer(String isolation) {
    Properties properties = common();
    properties.put("enable.auto.commit", "false");
    properties.put("isolation.level", isolation);
    properties.put("auto.offset.reset", "none");
    properties.put("fetch.max.wait.ms", "100");
    properties.put("key.deserializer", ByteArrayDeserializer.class.getName());
    properties.put("value.deserializer", ByteArrayDeserializer.class.getName());
    return new KafkaConsumer<>(properties);
  }

  // ---------------------------------------------------------------------------------------------- words

  private static String text(long offset, long timestamp, byte[] key, byte[] value, Header[] headers) {
    StringBuilder text = new StringBuilder().append(offset).append(' ').append(timestamp).append(' ');
    text.append(Arrays.toString(key)).append(' ').append(Arrays.toString(value));
    for (Header header : headers) text.append(' ').append(header.key()).append('=').append(Arrays.toString(header.value()));
    return text.toString();
  }

  private Properties common() {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    properties.put("reconnect.backoff.max.ms", "200");
    return properties;
  }

  private static int number(String word) {
    return Integer.parseInt(word);
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
      Thread.sleep(5);
    }
  }

  private static String json(Map<String, ?> values) {
    StringBuilder text = new StringBuilder("{");
    for (Map.Entry<String, ?> entry : values.entrySet()) {
      if (text.length() > 1) text.append(",");
      text.append('"').append(entry.getKey()).append("\":");
      if (entry.getValue() instanceof String)
        text.append('"').append(String.valueOf(entry.getValue()).replace("\\", "\\\\").replace("\"", "'").replace("\n", " ")).append('"');
      else text.append(entry.getValue());
    }
    return text.append("}").toString();
  }
}
