/**
 * Settings that ask for protection this broker does not give yet (docs/differences.md). Most settings that have no
 * effect are harmless and only told; a listener that is to be encrypted and is not, or an authorizer that is never
 * asked, would be a lie, so the broker does not start with them. Nor does it with a protocol between brokers that it
 * does not speak.
 */
import { OLDEST_SERVED_PROTOCOL, type BrokerConfig } from '../config/index.ts';

/** Why the broker must not start with this configuration; undefined when nothing speaks against it. */
export function unservedSetting(config: BrokerConfig): string | undefined {
  const listener = config.listeners.find(({ securityProtocol }) => securityProtocol !== 'PLAINTEXT');
  if (listener !== undefined)
    return (
      `Listener ${listener.listenerName} in listeners asks for ${listener.securityProtocol}, and only PLAINTEXT is ` +
      'served yet: it would be open and unencrypted'
    );
  const authorizer = config.get('authorizer.class.name');
  if (authorizer !== '')
    return `authorizer.class.name is ${authorizer}, and ACLs are not enforced yet: everybody would be allowed everything`;
  if (!config.interBrokerProtocol.isServed)
    return (
      `inter.broker.protocol.version is ${config.interBrokerProtocol.version}, and the oldest that is spoken here ` +
      `is ${OLDEST_SERVED_PROTOCOL}`
    );
  if (config.get('zookeeper.ssl.client.enable'))
    return 'zookeeper.ssl.client.enable is true, and connections to ZooKeeper are not encrypted yet';
  return undefined;
}
