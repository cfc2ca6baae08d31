/**
 * Settings that ask for protection this broker does not give yet (docs/differences.md). Most settings that have no
 * effect are harmless and only told; a listener that is to be encrypted and is not, or an authorizer that is never
 * asked, would be a lie, so the broker does not start with them.
 */
import type { BrokerConfig } from '../config/index.ts';

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
  if (config.get('zookeeper.ssl.client.enable'))
    return 'zookeeper.ssl.client.enable is true, and connections to ZooKeeper are not encrypted yet';
  return undefined;
}
