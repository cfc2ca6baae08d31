/**
 * Apache Kafka's own broker, which ends when whoever started it is gone: standard input is a pipe held by the test, and
 * its end is the end of the broker. Otherwise a test run that dies would leave brokers behind.
 */
public final class JvmBroker {
  public static void main(String[] args) {
    Thread watcher = new Thread(() -> {
      try {
        while (System.in.read() >= 0) continue;
      } catch (java.io.IOException closed) {
        // the same as its end
      }
      Runtime.getRuntime().halt(1);
    });
    watcher.setDaemon(true);
    watcher.start();
    kafka.Kafka.main(args);
  }
}
