/**
 * The znodes that make the cluster: who lives, who is controller, which id it has. Part of the registry (registry.ts).
 */
import { json, noData, text, znode } from '../znode.ts';
import { decodeBroker, encodeBroker, type BrokerRecord } from './broker-json.ts';
import type { ControllerInfo, FinalizedFeatures, ProducerIdsBlock } from '../types.ts';

export const consumers = znode({
  pattern: '/consumers',
  mode: 'persistent',
  about: 'Offsets of groups from before offsets moved into a topic.',
  writtenBy: 'every broker at start',
  codec: noData,
});

export const brokers = znode({
  pattern: '/brokers',
  mode: 'persistent',
  about: 'The parent of everything about brokers and topics.',
  writtenBy: 'every broker at start',
  codec: noData,
});

export const brokerIds = znode({
  pattern: '/brokers/ids',
  mode: 'persistent',
  about: 'Its children are the live brokers.',
  writtenBy: 'every broker at start',
  watchedBy: 'the controller (children)',
  codec: noData,
});

/** Created with null data and then set, in one transaction: a fresh registration has version 1. */
export const brokerId = znode({
  pattern: '/brokers/ids/:id',
  mode: 'ephemeral',
  about: 'One live broker: how to reach it. The znode’s czxid is the broker epoch.',
  writtenBy: 'the broker itself, at start, after a session expiry and when its listeners change',
  watchedBy: 'the controller (data)',
  codec: json<BrokerRecord>(encodeBroker, decodeBroker),
  example: {
    timestampMs: 1795311091924,
    registration: {
      id: 0,
      endpoints: [
        { listenerName: 'PLAINTEXT', securityProtocol: 'PLAINTEXT', host: '127.0.0.1', port: 19092 },
        {
          listenerName: 'SASL_PLAINTEXT',
          securityProtocol: 'SASL_PLAINTEXT',
          host: '127.0.0.1',
          port: 19192,
        },
      ],
      rack: 'r0',
      features: new Map(),
      jmxPort: 19292,
    },
  },
});

/** Its version is a counter: each broker that generates its id bumps it by an empty write. */
export const brokerSequenceId = znode({
  pattern: '/brokers/seqid',
  mode: 'persistent',
  about: 'Numbers for brokers without a configured id: its version, above reserved.broker.max.id.',
  writtenBy: 'a broker starting with broker.id=-1 (empty data)',
  codec: noData,
});

export const clusterId = znode({
  pattern: '/cluster/id',
  mode: 'persistent',
  about: 'The id of the cluster. Its "version" is a string, unlike everywhere else.',
  writtenBy: 'the first broker ever',
  codec: json<string>(
    (id) => ({ version: '1', id }),
    (parsed) => parsed.field('id').text(),
  ),
  example: 'IGe2t0pTSaiCjFvr7qbvFw',
});

export const controller = znode({
  pattern: '/controller',
  mode: 'ephemeral',
  about: 'The broker that is controller, as long as its session lives.',
  writtenBy: 'the broker that wins the election, together with /controller_epoch',
  watchedBy: 'every broker (existence and data)',
  codec: json<ControllerInfo>(
    (info) => ({
      version: 2,
      brokerid: info.brokerId,
      timestamp: String(info.timestampMs),
      kraftControllerEpoch: info.kraftControllerEpoch,
    }),
    (parsed) => ({
      brokerId: parsed.field('brokerid').int(),
      timestampMs: parsed.optional('timestamp')?.int() ?? -1,
      kraftControllerEpoch: parsed.optional('kraftControllerEpoch')?.int() ?? -1,
    }),
  ),
  example: { brokerId: 0, timestampMs: 1795311096104, kraftControllerEpoch: -1 },
});

/** A bare decimal number. Its znode *version* is what fences a deposed controller. */
export const controllerEpoch = znode({
  pattern: '/controller_epoch',
  mode: 'persistent',
  about: 'Counts controller elections and never goes back; every controller write checks its version.',
  writtenBy: 'the broker that wins the election, together with /controller',
  codec: {
    encode: (epoch: number) => Buffer.from(String(epoch)),
    decode: (data) => Number(data?.toString() ?? Number.NaN),
  },
  example: 1,
});

/** The formats of /feature. */
const FEATURES_WITH_MINIMUM = 1;
const FEATURES = 2;

export const feature = znode({
  pattern: '/feature',
  mode: 'persistent',
  about: 'Finalized features (KIP-584). The znode’s version is the finalized features epoch.',
  writtenBy: 'the controller',
  watchedBy: 'every broker (data)',
  codec: json<FinalizedFeatures>(
    (features) => ({
      features: new Map(
        [...features.maxVersionLevels].map(([name, level]) => [
          name,
          { max_version_level: level, ...(features.withMinimum && { min_version_level: level }) },
        ]),
      ),
      version: features.withMinimum === true ? FEATURES_WITH_MINIMUM : FEATURES,
      status: features.enabled ? 1 : 0,
    }),
    (parsed) => ({
      enabled: parsed.field('status').int() === 1,
      maxVersionLevels: new Map(
        parsed
          .field('features')
          .entries()
          .map(([name, levels]) => [name, levels.field('max_version_level').int()]),
      ),
      ...(parsed.field('version').int() === FEATURES_WITH_MINIMUM && { withMinimum: true }),
    }),
  ),
  example: { enabled: true, maxVersionLevels: new Map() },
});

export const latestProducerIdBlock = znode({
  pattern: '/latest_producer_id_block',
  mode: 'persistent',
  about: 'The block of producer ids handed out last, both ends inclusive; null until the first.',
  writtenBy: 'the controller, conditional on the version it read',
  codec: {
    encode: (block: ProducerIdsBlock | null) => (block === null ? null : producerIdBlock.encode(block)),
    decode: (data, where) =>
      data === null || data.length === 0 ? null : producerIdBlock.decode(data, where),
  },
  example: { brokerId: 1, firstProducerId: 0, lastProducerId: 999 },
});

const producerIdBlock = json<ProducerIdsBlock>(
  (block) => ({
    version: 1,
    broker: block.brokerId,
    block_start: String(block.firstProducerId),
    block_end: String(block.lastProducerId),
  }),
  (parsed) => ({
    brokerId: parsed.field('broker').int(),
    firstProducerId: parsed.field('block_start').int(),
    lastProducerId: parsed.field('block_end').int(),
  }),
);

/** Read only: Klassik takes part in no KRaft migration. */
export const migration = znode({
  pattern: '/migration',
  mode: 'persistent',
  about: 'State of a migration to KRaft. Klassik neither reads nor writes it.',
  writtenBy: 'a KRaft controller',
  codec: text,
});
