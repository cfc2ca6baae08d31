import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Scanner;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The load of the side-by-side bench: the original's Java clients with their default settings. One JVM serves both
 * sides for the whole run, so that its compiled code is as warm for one as for the other.
 *
 * Each line on standard input is a command, its arguments as key=value; each answer is one line of JSON. The program
 * ends with its input.
 *
 *   create  bootstrap topic partitions replicas [broker]   with a broker, all partitions lie on that one
 *   delete  bootstrap topic
 *   produce bootstrap topic records size acks              as fast as it goes, until all are acknowledged
 *   consume bootstrap topic records                        from the beginning
 *   stream  bootstrap topic seconds rate size acks         at a steady rate, consumed as it comes, with latencies
 *   transactions bootstrap topic producers transactions each size everyMs
 *                                                          so many producers together, with latencies of the commits
 */
public final class BenchClient {
  private static final long PATIENCE_MS = 120_000;
  private static final Duration POLL = Duration.ofMillis(100);
  /** Of a stream's latencies the first second is not counted: connections open, metadata comes. */
  private static final double UNCOUNTED_SECONDS = 1;
  private static final int TIMESTAMP_BYTES = 8;

  private final Map<String, String> arguments;

  private BenchClient(Map<String, String> arguments) {
    this.arguments = arguments;
  }

  public static void main(String[] args) {
    Scanner input = new Scanner(System.in);
    while (input.hasNextLine()) {
      String[] words = input.nextLine().trim().split(" ");
      Map<String, String> arguments = new HashMap<>();
      for (int index = 1; index < words.length; index++) {
        String[] pair = words[index].split("=", 2);
        arguments.put(pair[0], pair[1]);
      }
      try {
        System.out.println(new BenchClient(arguments).run(words[0]));
      } catch (Exception error) {
        error.printStackTrace();
        System.out.println("{\"error\":\"" + String.valueOf(error).replaceAll("[\"\\\\\\s]+", " ") + "\"}");
      }
    }
    System.exit(0);
  }

  private String run(String command) throws Exception {
    switch (command) {
      case "create": return create();
      case "delete": return delete();
      case "produce": return produce();
      case "consume": return consume();
      case "stream": return stream();
      case "transactions": return transactions();
      default: throw new IllegalArgumentException(command);
    }
  }

  private String create() throws Exception {
    int partitions = number("partitions");
    NewTopic topic;
    if (arguments.containsKey("broker")) {
      Map<Integer, List<Integer>> assignment = new HashMap<>();
      for (int partition = 0; partition < partitions; partition++) assignment.put(partition, List.of(number("broker")));
      topic = new NewTopic(topic(), assignment);
    } else topic = new NewTopic(topic(), partitions, (short) number("replicas"));
    // Deleted topics must not fill the disk, nor be written back to it during a later measurement.
    topic.configs(Map.of("file.delete.delay.ms", "1000"));
    try (Admin admin = Admin.create(common())) {
      admin.createTopics(List.of(topic)).all().get();
      await("every replica in sync", () -> inSync(admin) == partitions);
    }
    return "{}";
  }

  private long inSync(Admin admin) {
    try {
      TopicDescription description = admin.describeTopics(List.of(topic())).allTopicNames().get().get(topic());
      return description.partitions().stream()
          .filter(partition -> partition.leader() != null && partition.isr().size() == partition.replicas().size())
          .count();
    } catch (Exception notYet) {
      return 0;
    }
  }

  private String delete() throws Exception {
    try (Admin admin = Admin.create(common())) {
      admin.deleteTopics(List.of(topic())).all().get();
      await("the topic is gone", () -> !admin.listTopics().names().get().contains(topic()));
    }
    return "{}";
  }

  private String produce() throws Exception {
    int records = number("records");
    byte[][] payloads = randomPayloads(number("size"));
    AtomicReference<Exception> failure = new AtomicReference<>();
    Callback callback = (metadata, error) -> {
      if (error != null) failure.compareAndSet(null, error);
    };
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(producerProperties())) {
      producer.partitionsFor(topic());
      long start = System.nanoTime();
      for (int sent = 0; sent < records; sent++)
        producer.send(new ProducerRecord<>(topic(), payloads[sent % payloads.length]), callback);
      producer.flush();
      double seconds = secondsSince(start);
      if (failure.get() != null) throw failure.get();
      return String.format("{\"seconds\":%.6f,\"records\":%d,\"batchBytes\":%.0f}", seconds, records,
          batchBytes(producer));
    }
  }

  /** How full the producer's batches were: a side that answers faster may be sent smaller ones. */
  private static double batchBytes(KafkaProducer<byte[], byte[]> producer) {
    return producer.metrics().entrySet().stream()
        .filter(metric -> metric.getKey().name().equals("batch-size-avg"))
        .mapToDouble(metric -> (Double) metric.getValue().metricValue())
        .average().orElse(Double.NaN);
  }

  private String consume() {
    int wanted = number("records");
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(consumerProperties())) {
      List<TopicPartition> partitions = assign(consumer);
      consumer.seekToBeginning(partitions);
      long start = System.nanoTime();
      long deadline = System.currentTimeMillis() + PATIENCE_MS;
      int seen = 0;
      while (seen < wanted) {
        seen += consumer.poll(POLL).count();
        if (System.currentTimeMillis() > deadline) throw new IllegalStateException(seen + " of " + wanted + " records");
      }
      return String.format("{\"seconds\":%.6f,\"records\":%d}", secondsSince(start), seen);
    }
  }

  /**
   * A record is sent when it is due, or at once when its time has passed; its latency counts from when it was due, so
   * that a broker that stands still is charged with every record it held up.
   */
  private String stream() throws Exception {
    int rate = number("rate");
    int count = rate * number("seconds");
    byte[][] payloads = randomPayloads(number("size"));
    long[] latencies = new long[count];
    AtomicReference<Exception> failure = new AtomicReference<>();
    CountDownLatch ready = new CountDownLatch(1);
    long[] lastSeen = new long[1];
    Thread reader = new Thread(() -> {
      try {
        lastSeen[0] = readLatencies(latencies, ready);
      } catch (Exception error) {
        failure.compareAndSet(null, error);
        ready.countDown();
      }
    });
    reader.start();
    ready.await();
    long start;
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(producerProperties())) {
      producer.partitionsFor(topic());
      start = System.nanoTime();
      for (int index = 0; index < count && failure.get() == null; index++) {
        long due = start + index * 1_000_000_000L / rate;
        for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) LockSupport.parkNanos(wait);
        byte[] payload = payloads[index % payloads.length].clone();
        ByteBuffer.wrap(payload).putLong(due);
        producer.send(new ProducerRecord<>(topic(), payload), (metadata, error) -> {
          if (error != null) failure.compareAndSet(null, error);
        });
      }
      producer.flush();
    }
    reader.join();
    if (failure.get() != null) throw failure.get();
    long[] counted = Arrays.copyOfRange(latencies, (int) (rate * UNCOUNTED_SECONDS), count);
    Arrays.sort(counted);
    return String.format("{\"seconds\":%.6f,\"records\":%d,\"p50Ms\":%.3f,\"p99Ms\":%.3f,\"maxMs\":%.3f}",
        (lastSeen[0] - start) / 1e9, count, millis(counted, 0.5), millis(counted, 0.99), millis(counted, 1));
  }

  /** The time at which the last record came. */
  private long readLatencies(long[] latencies, CountDownLatch ready) {
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(consumerProperties())) {
      List<TopicPartition> partitions = assign(consumer);
      consumer.seekToEnd(partitions);
      partitions.forEach(consumer::position);
      ready.countDown();
      long deadline = System.currentTimeMillis() + PATIENCE_MS;
      long now = 0;
      for (int seen = 0; seen < latencies.length; ) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          now = System.nanoTime();
          latencies[seen++] = now - ByteBuffer.wrap(record.value()).getLong();
        }
        if (System.currentTimeMillis() > deadline) throw new IllegalStateException(seen + " of " + latencies.length);
      }
      return now;
    }
  }

  /**
   * Each producer has one transaction after the other, with `each` records for as many partitions; it begins one every
   * `everyMs` milliseconds, or at once when that time has passed. The latency is that of commitTransaction, to which the
   * sending of the records belongs. The clock runs once all producers have their ids and have committed for the first
   * time.
   */
  private String transactions() throws Exception {
    int producers = number("producers");
    int count = number("transactions") / producers;
    long[] latencies = new long[producers * count];
    AtomicReference<Exception> failure = new AtomicReference<>();
    CyclicBarrier begun = new CyclicBarrier(producers + 1);
    Thread[] threads = new Thread[producers];
    for (int index = 0; index < producers; index++) {
      int first = index * count;
      String transactionalId = topic() + "-" + index;
      threads[index] = new Thread(() -> {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(transactionalProperties(transactionalId))) {
          producer.initTransactions();
          transact(producer, first);
          begun.await();
          commitOften(producer, latencies, first, count);
        } catch (Exception error) {
          failure.compareAndSet(null, error);
          begun.reset();
        }
      });
      threads[index].start();
    }
    try {
      begun.await();
    } catch (BrokenBarrierException failed) {
      throw failure.get() == null ? failed : failure.get();
    }
    long start = System.nanoTime();
    for (Thread thread : threads) thread.join();
    double seconds = secondsSince(start);
    if (failure.get() != null) throw failure.get();
    Arrays.sort(latencies);
    return String.format("{\"seconds\":%.6f,\"count\":%d,\"p50Ms\":%.3f,\"p99Ms\":%.3f,\"maxMs\":%.3f}",
        seconds, latencies.length, millis(latencies, 0.5), millis(latencies, 0.99), millis(latencies, 1));
  }

  private void commitOften(KafkaProducer<byte[], byte[]> producer, long[] latencies, int first, int count) {
    long every = number("everyMs") * 1_000_000L;
    long start = System.nanoTime();
    for (int index = 0; index < count; index++) {
      long due = start + index * every;
      for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) LockSupport.parkNanos(wait);
      latencies[first + index] = transact(producer, first + index);
    }
  }

  /** How long the commit took, in nanoseconds. */
  private long transact(KafkaProducer<byte[], byte[]> producer, int number) {
    int partitions = producer.partitionsFor(topic()).size();
    byte[] payload = new byte[number("size")];
    producer.beginTransaction();
    for (int record = 0; record < number("each"); record++)
      producer.send(new ProducerRecord<>(topic(), (number + record) % partitions, null, payload));
    long start = System.nanoTime();
    producer.commitTransaction();
    return System.nanoTime() - start;
  }

  private List<TopicPartition> assign(KafkaConsumer<byte[], byte[]> consumer) {
    List<TopicPartition> partitions = consumer.partitionsFor(topic()).stream()
        .map(info -> new TopicPartition(info.topic(), info.partition()))
        .collect(Collectors.toList());
    consumer.assign(partitions);
    return partitions;
  }

  private Properties common() {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", arguments.get("bootstrap"));
    return properties;
  }

  /** Stock settings; only a producer that does not wait for all replicas has to give up idempotence. */
  private Properties producerProperties() {
    Properties properties = common();
    properties.put("acks", arguments.get("acks"));
    properties.put("enable.idempotence", String.valueOf(arguments.get("acks").equals("all")));
    properties.put("key.serializer", ByteArraySerializer.class.getName());
    properties.put("value.serializer", ByteArraySerializer.class.getName());
    return properties;
  }

  /** Stock settings. */
  private Properties transactionalProperties(String transactionalId) {
    Properties properties = common();
    properties.put("transactional.id", transactionalId);
    properties.put("key.serializer", ByteArraySerializer.class.getName());
    properties.put("value.serializer", ByteArraySerializer.class.getName());
    return properties;
  }

  private Properties consumerProperties() {
    Properties properties = common();
    properties.put("enable.auto.commit", "false");
    properties.put("key.deserializer", ByteArrayDeserializer.class.getName());
    properties.put("value.deserializer", ByteArrayDeserializer.class.getName());
    return properties;
  }

  private String topic() {
    return arguments.get("topic");
  }

  private int number(String name) {
    return Integer.parseInt(arguments.get(name));
  }

  /** The same for both sides and in every round. */
  private static byte[][] randomPayloads(int size) {
    Random random = new Random(1);
    byte[][] payloads = new byte[64][Math.max(size, TIMESTAMP_BYTES)];
    for (byte[] payload : payloads) random.nextBytes(payload);
    return payloads;
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(String what, Condition condition) throws Exception {
    long deadline = System.currentTimeMillis() + PATIENCE_MS;
    while (!condition.holds()) {
      if (System.currentTimeMillis() > deadline) throw new IllegalStateException("waited in vain: " + what);
      Thread.sleep(20);
    }
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static double millis(long[] sorted, double quantile) {
    return sorted[(int) Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] / 1e6;
  }
}
