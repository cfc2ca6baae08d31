import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeReplicaLogDirsResult.ReplicaLogDirInfo;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.common.TopicPartitionReplica;

/**
 * Moves one replica with the original's admin client, waits until it has arrived, and prints as JSON where it is.
 *
 *   BOOTSTRAP TOPIC PARTITION BROKER DIR
 */
public final class MoveReplica {
  private static final long TIMEOUT_MS = 60_000;

  public static void main(String[] args) throws Exception {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", args[0]);
    int broker = Integer.parseInt(args[3]);
    TopicPartitionReplica replica = new TopicPartitionReplica(args[1], Integer.parseInt(args[2]), broker);
    try (Admin admin = Admin.create(properties)) {
      admin.alterReplicaLogDirs(Map.of(replica, args[4])).all().get();
      long deadline = System.currentTimeMillis() + TIMEOUT_MS;
      ReplicaLogDirInfo info = where(admin, replica);
      while (!args[4].equals(info.getCurrentReplicaLogDir()) || info.getFutureReplicaLogDir() != null) {
        if (System.currentTimeMillis() > deadline) throw new IllegalStateException(info.toString());
        Thread.sleep(20);
        info = where(admin, replica);
      }
      Map<String, LogDirDescription> dirs = admin.describeLogDirs(List.of(broker)).allDescriptions().get().get(broker);
      Map<String, String> result = new TreeMap<>();
      result.put("current", info.getCurrentReplicaLogDir());
      result.put("lag", String.valueOf(info.getCurrentReplicaOffsetLag()));
      result.put("hasTotal", String.valueOf(dirs.values().stream().allMatch(dir -> dir.totalBytes().isPresent())));
      result.put("hasUsable", String.valueOf(dirs.values().stream().allMatch(dir -> dir.usableBytes().isPresent())));
      StringBuilder json = new StringBuilder("{");
      result.forEach((key, value) -> json.append(json.length() > 1 ? "," : "").append('"').append(key).append("\":\"").append(value).append('"'));
      System.out.println(json.append('}'));
    }
    System.exit(0);
  }

  private static ReplicaLogDirInfo where(Admin admin, TopicPartitionReplica replica) throws Exception {
    return admin.describeReplicaLogDirs(List.of(replica)).all().get().get(replica);
  }
}
