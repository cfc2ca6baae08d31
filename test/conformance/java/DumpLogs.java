import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs the original's kafka-dump-log many times in one JVM. Each line of standard input is a command line, its arguments
 * separated by tabs; each line of standard output tells what came of it: exit code, standard output and standard error,
 * the latter two in base64. Of an exception that ends a run the first line is told, as java would begin to print it.
 */
public class DumpLogs {
  static class Ended extends RuntimeException {
    final int code;

    Ended(int code) {
      this.code = code;
    }
  }

  /** scala.Console keeps the stream that System.out was at first, so what changes is where that leads. */
  static class Switched extends OutputStream {
    OutputStream target;

    @Override
    public void write(int value) throws IOException {
      target.write(value);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      target.write(bytes, from, count);
    }
  }

  public static void main(String[] args) throws Exception {
    var results = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    var switched = new Switched();
    System.setOut(new PrintStream(switched, true, StandardCharsets.UTF_8));
    Exit.Procedure end = (code, message) -> {
      throw new Ended(code);
    };
    Exit.setExitProcedure(end);
    Exit.setHaltProcedure(end);
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = lines.readLine()) != null; ) {
      var out = new ByteArrayOutputStream();
      var err = new ByteArrayOutputStream();
      switched.target = out;
      System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
      int code = run(line.isEmpty() ? new String[0] : line.split("\t", -1));
      System.out.flush();
      System.err.flush();
      results.println(code + "\t" + base64(out) + "\t" + base64(err));
    }
    results.flush();
  }

  static int run(String[] arguments) {
    try {
      kafka.tools.DumpLogSegments.main(arguments);
      return 0;
    } catch (Ended ended) {
      return ended.code;
    } catch (Throwable thrown) {
      System.err.println("Exception in thread \"main\" " + thrown);
      return 1;
    }
  }

  static String base64(ByteArrayOutputStream bytes) {
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }
}
