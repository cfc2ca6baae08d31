import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Base64;
import java.util.Properties;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.tools.reassign.ReassignPartitionsCommand;

/**
 * Asks the original's kafka-reassign-partitions for the same proposal again and again, since it casts dice, and prints
 * everything that it ever printed, each a line of base64.
 *
 *   Proposals.java BOOTSTRAP TOPICS_JSON BROKERS RACK_AWARE TIMES
 */
public final class Proposals {
  public static void main(String[] args) throws Exception {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", args[0]);
    PrintStream out = System.out;
    TreeSet<String> printed = new TreeSet<>();
    try (Admin admin = Admin.create(properties)) {
      for (int time = 0; time < Integer.parseInt(args[4]); time++) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes));
        ReassignPartitionsCommand.generateAssignment(admin, args[1], args[2], Boolean.valueOf(args[3]));
        System.out.flush();
        printed.add(Base64.getEncoder().encodeToString(bytes.toByteArray()));
      }
    }
    printed.forEach(out::println);
    System.exit(0);
  }
}
