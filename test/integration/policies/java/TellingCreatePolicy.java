import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.server.policy.CreateTopicPolicy;

/** Refuses topics by their name, and tells in its refusal what it was asked; telling-create-policy.mjs is its twin. */
public class TellingCreatePolicy implements CreateTopicPolicy {
    private Object mark;

    @Override
    public void configure(Map<String, ?> configs) {
        mark = configs.get("policy.mark");
    }

    @Override
    public void validate(RequestMetadata request) {
        String told = mark + ": topic=" + request.topic() + ", numPartitions=" + request.numPartitions()
            + ", replicationFactor=" + request.replicationFactor() + ", replicasAssignments="
            + (request.replicasAssignments() == null ? null : new TreeMap<>(request.replicasAssignments()))
            + ", configs=" + new TreeMap<>(request.configs());
        if (request.topic().startsWith("refused")) throw new PolicyViolationException(told);
        if (request.topic().startsWith("invalid")) throw new InvalidConfigurationException(told);
        if (request.topic().startsWith("broken")) throw new IllegalStateException(told);
    }

    @Override
    public void close() {
    }
}
