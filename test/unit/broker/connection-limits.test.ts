/** The limits on connections as the config spells them. */
import { describe, expect, test } from '@jest/globals';
import { connectionLimitsOf } from '../../../src/broker/connection-limits.ts';
import { BrokerConfig } from '../../../src/config/index.ts';

const limitsOf = (properties: Readonly<Record<string, string>>): ReturnType<typeof connectionLimitsOf> =>
  connectionLimitsOf(
    BrokerConfig.parse({
      'zookeeper.connect': 'localhost:2181',
      listeners: 'CLIENTS://:9092,BROKERS://:9093',
      'listener.security.protocol.map': 'CLIENTS:PLAINTEXT,BROKERS:PLAINTEXT',
      'inter.broker.listener.name': 'BROKERS',
      ...properties,
    }).config,
  );

describe('The limits on connections', () => {
  test('are per listener what its own key says, else what the broker’s says', () => {
    expect(
      limitsOf({ 'max.connections': '100', 'listener.name.clients.max.connections': '7' }),
    ).toMatchObject({ maxConnections: 100, maxPerListener: { CLIENTS: 7, BROKERS: 100 } });
  });

  test('are lower or higher for single addresses', () => {
    const overrides = '10.0.0.1:5, localhost:6,[::1]:7,fe80::2:8';
    expect(
      limitsOf({ 'max.connections.per.ip': '2', 'max.connections.per.ip.overrides': overrides }),
    ).toMatchObject({
      maxPerIp: 2,
      maxPerIpOverrides: { '10.0.0.1': 5, '127.0.0.1': 6, '::1': 7, 'fe80::2': 8 },
    });
    expect(limitsOf({}).maxPerIpOverrides).toEqual({});
  });

  test('for an address need a number', () => {
    expect(() => limitsOf({ 'max.connections.per.ip.overrides': '10.0.0.1' })).toThrow(
      'Error parsing configuration property',
    );
  });
});
