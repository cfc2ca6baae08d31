import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.ShortNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.record.ControlRecordType;
import org.apache.kafka.common.record.EndTransactionMarker;

/**
 * Prints what Apache Kafka's own classes make of sample messages, in every version, as hex. See README.md beside this
 * file for how to run it; sample.ts has the same rule for the content of the samples. With an argument it prints the
 * errors instead.
 */
public class WireSamples {
    static final ObjectMapper JSON = new ObjectMapper().configure(JsonParser.Feature.ALLOW_COMMENTS, true);
    static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    public static void main(String[] args) throws Exception {
        if (args.length > 0) {
            printErrors();
            return;
        }
        for (ApiKeys api : ApiKeys.zkBrokerApis()) {
            for (short version = api.oldestVersion(); version <= api.latestVersion(); version++) {
                OUT.printf("header %d %d %d %d%n", api.id, version,
                    api.requestHeaderVersion(version), api.responseHeaderVersion(version));
            }
            for (String kind : List.of("Request", "Response")) {
                String name = api.messageType.name + kind;
                print(name, "org.apache.kafka.common.message." + name + "Data");
            }
        }
        print("RequestHeader", "org.apache.kafka.common.message.RequestHeaderData");
        print("ResponseHeader", "org.apache.kafka.common.message.ResponseHeaderData");
        for (String name : List.of("ConsumerProtocolSubscription", "ConsumerProtocolAssignment"))
            print(name, "org.apache.kafka.common.message." + name);
        for (String name : List.of("GroupMetadataKey", "GroupMetadataValue", "OffsetCommitKey", "OffsetCommitValue"))
            print(name, "org.apache.kafka.coordinator.group.generated." + name);
        for (String name : List.of("TransactionLogKey", "TransactionLogValue"))
            print(name, "org.apache.kafka.coordinator.transaction.generated." + name);
        for (ControlRecordType type : List.of(ControlRecordType.ABORT, ControlRecordType.COMMIT)) {
            ByteBuffer key = ByteBuffer.allocate(4);
            type.recordKey().writeTo(key);
            key.flip();
            OUT.printf("marker %s %s %s%n", type, hex(key), hex(new EndTransactionMarker(type, 17).serializeValue()));
        }
    }

    /** Separated by tabs, because texts have spaces. */
    static void printErrors() {
        for (Errors error : Errors.values()) {
            boolean retriable = error.exception() instanceof RetriableException;
            String exception = error.exception() == null ? "" : error.exception().getClass().getSimpleName();
            String text = error.exception() == null ? "" : error.exception().getMessage();
            OUT.printf("%d\t%s\t%b\t%s\t%s%n", error.code(), error, retriable, exception, text);
        }
    }

    static void print(String name, String className) throws Exception {
        JsonNode definition;
        try (InputStream in = WireSamples.class.getResourceAsStream("/common/message/" + name + ".json")) {
            definition = JSON.readTree(in);
        }
        String valid = definition.get("validVersions").asText();
        for (short version = (short) first(valid); version <= last(valid); version++) {
            for (boolean filled : new boolean[] {true, false}) {
                JsonNode value = struct(definition.get("fields"), definition, version, filled, 0, 0);
                Message message = (Message) Class.forName(className + "JsonConverter")
                    .getMethod("read", JsonNode.class, short.class).invoke(null, value, version);
                ObjectSerializationCache cache = new ObjectSerializationCache();
                ByteBuffer bytes = ByteBuffer.allocate(message.size(cache, version));
                message.write(new ByteBufferAccessor(bytes), cache, version);
                bytes.flip();
                OUT.printf("%s %d %s %s%n", name, version, filled ? "filled" : "bare", hex(bytes));
            }
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
        for (int i = 0; i < count; i++)
            array.add(element(name, type.substring(2), field, root, version, filled, i, depth + 1));
        return array;
    }

    static JsonNode element(String name, String type, JsonNode field, JsonNode root, int version, boolean filled, int index, int depth) {
        int number = filled ? name.hashCode() + index : 0;
        String text = filled ? name + index : "";
        switch (type) {
            case "bool": return BooleanNode.valueOf(filled);
            case "int8": return IntNode.valueOf((byte) number);
            case "int16": return ShortNode.valueOf((short) number);
            case "int32": return IntNode.valueOf(number);
            case "int64": return LongNode.valueOf(number * 65536L);
            case "float64": return DoubleNode.valueOf(number / 8.0);
            case "string": return TextNode.valueOf(text);
            case "uuid": return TextNode.valueOf(new Uuid(number, number).toString());
            case "bytes":
            case "records": return BinaryNode.valueOf(text.getBytes(StandardCharsets.UTF_8));
            default: return struct(members(type, field, root), root, version, filled, index, depth);
        }
    }

    static JsonNode members(String type, JsonNode field, JsonNode root) {
        if (field.has("fields")) return field.get("fields");
        for (JsonNode common : root.get("commonStructs"))
            if (common.get("name").asText().equals(type)) return common.get("fields");
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

    static String hex(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
