/** The bounds that are set while brokers run: refused and shown as by Kafka 3.9.1. */
import { expect, test } from '@jest/globals';
import {
  BrokerConfig,
  describeBroker,
  describeBrokerDefaults,
  validateDynamicProperties,
} from '../../../src/config/index.ts';

const KEY = 'replica.alter.log.dirs.io.max.bytes.per.second';
const { config } = BrokerConfig.parse({ 'broker.id': '1', 'zookeeper.connect': 'zk:2181' });

const withBounds = (perBroker: string, clusterWide: string): BrokerConfig =>
  config.withDynamic({ perBroker: { [KEY]: perBroker }, clusterWide: { [KEY]: clusterWide } });

test.each([
  ['-1', 'Value must be at least 0'],
  ['abc', 'Not a number of type LONG'],
  ['1.5', 'Not a number of type LONG'],
  ['9223372036854775808', 'Not a number of type LONG'],
])('%s is refused', (value, told) => {
  expect(() => validateDynamicProperties({ [KEY]: value }, true)).toThrow(
    `Invalid value ${value} for configuration ${KEY}: ${told}`,
  );
});

test('only what is set for one broker bounds it', () => {
  expect(config.throttledRate(KEY)).toBe(Infinity);
  expect(withBounds(' 70 ', '5').throttledRate(KEY)).toBe(70);
  expect(withBounds('0', '5').throttledRate(KEY)).toBe(0);
  expect(withBounds('9223372036854775807', '5').throttledRate(KEY)).toBe(Infinity);
  expect(withBounds('written past the brokers', '5').throttledRate(KEY)).toBe(Infinity);
  expect(config.withDynamic({ perBroker: {}, clusterWide: { [KEY]: '5' } }).throttledRate(KEY)).toBe(
    Infinity,
  );
});

test('it is shown as it was written, as a number that nothing documents', () => {
  const facts = { name: KEY, readOnly: true, sensitive: false, type: 'long', documentation: null };
  const ofAll = { name: KEY, value: '5', source: 'DYNAMIC_DEFAULT_BROKER_CONFIG' };
  const ofOne = { name: KEY, value: ' 70 ', source: 'DYNAMIC_BROKER_CONFIG' };
  const bounds = withBounds(' 70 ', '5');
  expect(describeBroker(bounds, [KEY])).toEqual([{ ...facts, ...ofOne, synonyms: [ofOne, ofAll] }]);
  expect(describeBrokerDefaults(bounds, [KEY])).toEqual([{ ...facts, ...ofAll, synonyms: [ofAll] }]);
});
