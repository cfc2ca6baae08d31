import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/**
 * A program of the original's, which ends when whoever started it is gone: standard input is a pipe held by the test, and
 * its end is the end of the program. Otherwise a test run that dies would leave brokers and workers behind.
 */
public final class Attached {
  /** The class with the program's main, and what it is given. */
  public static void main(String[] args) throws Throwable {
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
    Object arguments = Arrays.copyOfRange(args, 1, args.length);
    try {
      Class.forName(args[0]).getMethod("main", String[].class).invoke(null, arguments);
    } catch (InvocationTargetException thrown) {
      throw thrown.getCause();
    }
  }
}
