import java.time.Duration;
import org.apache.kafka.streams.tests.SmokeTestDriver;

/** The driver of Apache's StreamsSmokeTest with fewer records: bootstrap servers, keys, records per key, seconds. */
public final class ShortSmoke {
  public static void main(String[] args) {
    int keys = Integer.parseInt(args[1]);
    int recordsPerKey = Integer.parseInt(args[2]);
    Duration timeToSpend = Duration.ofSeconds(Integer.parseInt(args[3]));
    var data = SmokeTestDriver.generate(args[0], keys, recordsPerKey, timeToSpend);
    SmokeTestDriver.verify(args[0], data, recordsPerKey);
  }
}
