import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.*;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/**
 * Prints what Kafka's own classes make of the records that a cluster without ZooKeeper, tiered storage and the new
 * consumer groups keep in their internal topics, as lines of `LOG NAME VERSION filled|bare HEX`. See README.md.
 */
public class RecordSamples {
  static final ObjectMapper JSON = new ObjectMapper().configure(JsonParser.Feature.ALLOW_COMMENTS, true);

  public static void main(String[] args) throws Exception {
    for (var type : MetadataRecordType.values()) {
      String name = type.newMetadataRecord().getClass().getSimpleName();
      print("cluster", name, "/common/metadata/" + name.replace("ZkMigrationStateRecord", "ZkMigrationRecord") + ".json", "org.apache.kafka.common.metadata." + name, true);
    }
    for (String name : List.of("RemoteLogSegmentMetadataRecord", "RemoteLogSegmentMetadataUpdateRecord",
        "RemotePartitionDeleteMetadataRecord", "RemoteLogSegmentMetadataSnapshotRecord"))
      print("remote", name, "/message/" + name + ".json", "org.apache.kafka.server.log.remote.metadata.storage.generated." + name, true);
    for (String kind : List.of("Metadata", "PartitionMetadata", "MemberMetadata", "TargetAssignmentMetadata", "TargetAssignmentMember", "CurrentMemberAssignment"))
      for (String part : List.of("Key", "Value")) {
        String name = "ConsumerGroup" + kind + part;
        print("group", name, "/common/message/" + name + ".json", "org.apache.kafka.coordinator.group.generated." + name, false);
      }
    for (String name : List.of("SnapshotHeaderRecord", "SnapshotFooterRecord", "KRaftVersionRecord", "VotersRecord", "LeaderChangeMessage"))
      print("control", name, "/common/message/" + name + ".json", "org.apache.kafka.common.message." + name, false);
  }

  /** In a frame: the version of the frame, the type and the version of the record, as varints. Else the version as int16. */
  static void print(String log, String name, String resource, String className, boolean framed) throws Exception {
    JsonNode definition;
    try (InputStream in = RecordSamples.class.getResourceAsStream(resource)) {
      definition = JSON.readTree(in);
    }
    String valid = definition.get("validVersions").asText();
    for (int version = first(valid); version <= last(valid); version++)
      for (boolean filled : new boolean[] {true, false}) {
        JsonNode value = struct(definition.get("fields"), definition, version, filled, 0, 0);
        Message message = (Message) Class.forName(className + "JsonConverter").getMethod("read", JsonNode.class, short.class).invoke(null, value, (short) version);
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer bytes = ByteBuffer.allocate(message.size(cache, (short) version) + 10);
        ByteBufferAccessor out = new ByteBufferAccessor(bytes);
        if (framed) {
          out.writeUnsignedVarint(1);
          out.writeUnsignedVarint(((ApiMessage) message).apiKey());
          out.writeUnsignedVarint(version);
        } else out.writeShort((short) version);
        message.write(out, cache, (short) version);
        bytes.flip();
        byte[] result = new byte[bytes.remaining()];
        bytes.get(result);
        System.out.printf("%s %s %d %s %s%n", log, name, version, filled ? "filled" : "bare", HexFormat.of().formatHex(result));
      }
  }

  static ObjectNode struct(JsonNode fields, JsonNode root, int version, boolean filled, int index, int depth) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    for (JsonNode field : fields) {
      if (!contains(field.get("versions"), version)) continue;
      String name = field.get("name").asText();
      name = name.substring(0, 1).toLowerCase() + name.substring(1);
      if (!filled && field.has("tag")) continue;
      boolean nullable = contains(field.get("nullableVersions"), version);
      node.set(name, !filled && nullable ? NullNode.instance : value(name, field, root, version, filled, index, depth));
    }
    return node;
  }

  static JsonNode value(String name, JsonNode field, JsonNode root, int version, boolean filled, int index, int depth) {
    String type = field.get("type").asText();
    if (!type.startsWith("[]")) return element(name, type, field, root, version, filled, index, depth);
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    int count = filled ? (depth == 0 ? 2 : 1) : 0;
    for (int i = 0; i < count; i++) array.add(element(name, type.substring(2), field, root, version, filled, i, depth + 1));
    return array;
  }

  static JsonNode element(String name, String type, JsonNode field, JsonNode root, int version, boolean filled, int index, int depth) {
    int number = filled ? name.hashCode() + index : 0;
    // A segment of tiered storage ends behind its start.
    if (name.equals("startOffset") || name.equals("endOffset")) number = filled ? name.length() : 0;
    String text = filled ? name + index : "";
    // States of remote segments are few.
    if (name.endsWith("State") || name.equals("remotePartitionDeleteState")) number = filled ? 1 : 0;
    return switch (type) {
      case "bool" -> BooleanNode.valueOf(filled);
      case "int8" -> IntNode.valueOf((byte) number);
      case "int16" -> ShortNode.valueOf((short) number);
      case "uint16" -> IntNode.valueOf(number & 0xffff);
      case "int32" -> IntNode.valueOf(number);
      case "uint32" -> LongNode.valueOf(number & 0xffffffffL);
      case "int64" -> LongNode.valueOf(number * 65536L);
      case "float64" -> DoubleNode.valueOf(number / 8.0);
      case "string" -> TextNode.valueOf(text);
      case "uuid" -> TextNode.valueOf(new Uuid(number, number).toString());
      case "bytes", "records" -> BinaryNode.valueOf(text.getBytes());
      default -> struct(members(type, field, root), root, version, filled, index, depth);
    };
  }

  static JsonNode members(String type, JsonNode field, JsonNode root) {
    if (field.has("fields")) return field.get("fields");
    for (JsonNode common : root.get("commonStructs")) if (common.get("name").asText().equals(type)) return common.get("fields");
    throw new IllegalStateException("no struct " + type);
  }

  static int first(String range) {
    return Integer.parseInt(range.split("[-+]")[0]);
  }

  static int last(String range) {
    if (range.endsWith("+")) return Short.MAX_VALUE;
    return range.contains("-") ? Integer.parseInt(range.split("-")[1]) : first(range);
  }

  static boolean contains(JsonNode range, int version) {
    if (range == null || range.asText().equals("none")) return false;
    return version >= first(range.asText()) && version <= last(range.asText());
  }
}
