import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.server.policy.AlterConfigPolicy;

/** Refuses configs by a value in them, and tells what it was asked; telling-alter-policy.mjs is its twin. */
public class TellingAlterPolicy implements AlterConfigPolicy {
    @Override
    public void configure(Map<String, ?> configs) {
    }

    @Override
    public void validate(RequestMetadata request) {
        String told = request.resource().type() + " '" + request.resource().name() + "' "
            + new TreeMap<>(request.configs());
        if (request.configs().containsValue("1111")) throw new PolicyViolationException(told);
        if (request.configs().containsValue("2222")) throw new InvalidConfigurationException(told);
        if (request.configs().containsValue("3333")) throw new UnsupportedOperationException(told);
    }

    @Override
    public void close() {
    }
}
