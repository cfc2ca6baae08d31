/** How facts read. Each page of a tour and each golden trace tells some kinds and leaves out the others. */
import type { FactKind, RecordedFact } from '../../../src/observe/index.ts';

export type Told = {
  readonly [Kind in FactKind]?: (fact: Extract<RecordedFact, { readonly kind: Kind }>) => string | undefined;
};

/** Of brokers, controllers and leaders. */
export const TOLD: Told = {
  'zookeeper-watch': ({ path, event }) => `watch      ${path}: ${event}`,
  'controller-event': ({ event }) => `event      ${event}`,
  'controller-elected': ({ controllerEpoch }) => `controller of epoch ${controllerEpoch}`,
  'leader-elected': ({ topic, partition, leader, leaderEpoch, isr }) =>
    `elects     ${topic}-${partition}: leader ${leader}, leader epoch ${leaderEpoch}, ISR ${isr.join()}`,
  'replica-state': ({ topic, partition, replica, from, to }) =>
    `replica    ${topic}-${partition} on ${replica}: ${from} to ${to}`,
  'partition-role': ({ topic, partition, role, leaderEpoch }) =>
    `role       ${role} of ${topic}-${partition}, leader epoch ${leaderEpoch}`,
  'isr-change': ({ topic, partition, isr, partitionEpoch }) =>
    `ISR        ${topic}-${partition}: ${isr.join()}, partition epoch ${partitionEpoch}`,
};

/** Of a transaction. */
export const TOLD_OF_TRANSACTIONS: Told = {
  'request-received': ({ api }) => `hears      ${api}`,
  'transaction-state': ({ transactionalId, from, to, producerEpoch }) =>
    `state      ${transactionalId}: ${from} to ${to}, producer epoch ${producerEpoch}`,
  'log-append': ({ topic, partition, firstOffset, lastOffset }) =>
    `writes     ${topic}-${partition}: ${firstOffset === lastOffset ? `offset ${firstOffset}` : `offsets ${firstOffset} to ${lastOffset}`}`,
  'coordinator-loaded': ({ topic, partition, records }) =>
    `loads      ${topic}-${partition}: ${records} records`,
};

/** What goes on all the time, whatever the story. */
const EVERYDAY: ReadonlySet<string> = new Set(['ApiVersions', 'Metadata', 'Fetch']);

/** Everything but what goes on all the time. */
export const TOLD_WHOLE: Told = {
  ...TOLD,
  ...TOLD_OF_TRANSACTIONS,
  'request-received': ({ api }) => (EVERYDAY.has(api) ? undefined : `hears      ${api}`),
  'broker-state': ({ state }) => `is         ${state}`,
  'zookeeper-session': ({ state }) => `session    is ${state}`,
  'zookeeper-operation': ({ operation, path, result }) => `zookeeper  ${operation} ${path}: ${result}`,
  'controller-resigned': ({ reason }) => `resigns    ${reason}`,
  'partition-state': ({ topic, partition, from, to }) => `partition  ${topic}-${partition}: ${from} to ${to}`,
  'high-watermark': ({ topic, partition, highWatermark }) =>
    `watermark  ${topic}-${partition}: ${highWatermark}`,
  'log-truncated': ({ topic, partition, toOffset, removedOffsets }) =>
    `truncates  ${topic}-${partition} to ${toOffset}: ${removedOffsets} offsets less`,
  'log-recovered': ({ topic, partition, logEndOffset }) =>
    `recovers   ${topic}-${partition}: its end is ${logEndOffset}`,
  'log-segment': ({ action, topic, partition, baseOffset }) =>
    `segment    ${baseOffset} of ${topic}-${partition}: ${action}`,
  'group-state': ({ group, from, to, generationId, reason }) =>
    `group      ${group}: ${from} to ${to}, generation ${generationId} (${reason})`,
  'coordinator-unloaded': ({ topic, partition }) => `unloads    ${topic}-${partition}`,
};

export function toldOf(fact: RecordedFact, told: Told): string | undefined {
  const tell = told[fact.kind] as ((fact: RecordedFact) => string | undefined) | undefined;
  return tell?.(fact);
}
