import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.header.internals.*;
import java.util.*;
/** Makes the partitions of clean-stop/: run against a fresh single broker, then stop it cleanly. */
public class GoldenLogs {
  static Properties props(String... kv) { Properties p = new Properties(); p.put("bootstrap.servers","localhost:9092"); p.put("key.serializer","org.apache.kafka.common.serialization.StringSerializer"); p.put("value.serializer","org.apache.kafka.common.serialization.StringSerializer"); p.put("linger.ms","1000"); p.put("batch.size","100000"); for (int i=0;i<kv.length;i+=2) p.put(kv[i],kv[i+1]); return p; }
  static long ts = 1700000000000L;
  static void batch(KafkaProducer<String,String> p, String topic, int n, String tag) {
    for (int i=0;i<n;i++) { var r = new ProducerRecord<String,String>(topic,0,ts++, i%3==0?null:"key-"+i, i%5==4?null:(tag+" value "+i+" "+"x".repeat(i*3))); if (i%4==1) { r.headers().add("trace", ("h"+i).getBytes()); r.headers().add("empty", null);} p.send(r); }
    p.flush();
  }
  public static void main(String[] a) throws Exception {
    try (Admin admin = Admin.create(props())) {
      var cfg = Map.of("segment.bytes","8192","index.interval.bytes","512","retention.ms","-1");
      admin.createTopics(List.of(new NewTopic("golden",1,(short)1).configs(cfg), new NewTopic("golden-txn",1,(short)1).configs(cfg),
        new NewTopic("golden-append-time",1,(short)1).configs(Map.of("message.timestamp.type","LogAppendTime")), new NewTopic("golden-empty",1,(short)1))).all().get();
    }
    for (String codec : List.of("none","gzip","snappy","lz4","zstd")) {
      try (var p = new KafkaProducer<String,String>(props("compression.type",codec,"enable.idempotence","true"))) { for (int b=0;b<8;b++) batch(p,"golden",12,codec); }
      try (var p = new KafkaProducer<String,String>(props("compression.type",codec,"enable.idempotence","false"))) { for (int b=0;b<4;b++) batch(p,"golden",7,codec+" plain"); ts -= 5000; batch(p,"golden",2,"old"); ts += 5000; }
    }
    try (var p = new KafkaProducer<String,String>(props("transactional.id","t1"))) { p.initTransactions();
      for (int t=0;t<6;t++) { p.beginTransaction(); batch(p,"golden-txn",3,"txn "+t); batch(p,"golden-txn",3,"txn "+t); if (t%2==0) p.commitTransaction(); else p.abortTransaction(); } }
    try (var p = new KafkaProducer<String,String>(props("enable.idempotence","true"))) { batch(p,"golden-append-time",5,"lat"); }
    System.out.println("done");
  }
}
