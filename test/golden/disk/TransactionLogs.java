import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import java.util.*;
/** Makes transactions/: run against a fresh single broker (the address is the argument), then stop it cleanly. */
public class TransactionLogs {
  static Properties props(String... kv) { Properties p = new Properties(); p.put("key.serializer","org.apache.kafka.common.serialization.StringSerializer"); p.put("value.serializer","org.apache.kafka.common.serialization.StringSerializer"); p.put("linger.ms","1000"); p.put("batch.size","100000"); for (int i=0;i<kv.length;i+=2) p.put(kv[i],kv[i+1]); return p; }
  static final String TOPIC = "golden-transactions";
  static long ts = 1700000000000L;
  static String server;
  static KafkaProducer<String,String> producer(String id) { var p = new KafkaProducer<String,String>(props("bootstrap.servers",server,"transactional.id",id,"transaction.timeout.ms","900000")); p.initTransactions(); return p; }
  static void batch(KafkaProducer<String,String> p, int n, String tag) {
    for (int i=0;i<n;i++) p.send(new ProducerRecord<>(TOPIC,0,ts++,"key-"+i,tag+" "+"x".repeat(60)));
    p.flush();
  }
  public static void main(String[] a) throws Exception {
    server = a[0];
    try (Admin admin = Admin.create(Map.of("bootstrap.servers",server))) {
      admin.createTopics(List.of(new NewTopic(TOPIC,1,(short)1).configs(Map.of("segment.bytes","4096","index.interval.bytes","512","retention.ms","-1")))).all().get();
    }
    var one = producer("one"); var two = producer("two"); var three = producer("three");
    var plain = new KafkaProducer<String,String>(props("bootstrap.servers",server));
    // A long one that spans segments and is aborted late, over short ones that end both ways.
    one.beginTransaction(); batch(one,3,"long");
    for (int t=0;t<8;t++) {
      two.beginTransaction(); batch(two,4,"two "+t);
      three.beginTransaction(); batch(three,4,"three "+t);
      if (t%3==0) two.abortTransaction(); else two.commitTransaction();
      batch(plain,2,"plain "+t);
      if (t%2==0) three.abortTransaction(); else three.commitTransaction();
      if (t==3) batch(one,2,"long");
    }
    one.abortTransaction();
    for (int t=0;t<3;t++) { one.beginTransaction(); batch(one,3,"after "+t); if (t==1) one.commitTransaction(); else one.abortTransaction(); }
    // Two that never end.
    two.beginTransaction(); batch(two,2,"open");
    batch(plain,2,"behind");
    three.beginTransaction(); batch(three,2,"open");
    System.out.println("done"); System.out.flush();
    Runtime.getRuntime().halt(0);
  }
}
