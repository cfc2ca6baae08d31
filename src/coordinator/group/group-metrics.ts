/** What the group coordinator counts, under the names of Kafka's beans. */
import { Histogram, Meter, type Metrics } from '../../metrics/index.ts';
import type { Clock } from '../../runtime/index.ts';
import { GROUP_STATES } from './group-state.ts';
import type { Group } from './group.ts';

const MANAGER = 'kafka.coordinator.group:type=GroupMetadataManager,name=';
const COORDINATOR = 'kafka.server:type=group-coordinator-metrics#';

export class GroupMetrics {
  readonly offsetCommits: Meter;
  readonly offsetExpirations: Meter;
  readonly offsetDeletions: Meter;
  readonly completedRebalances: Meter;
  readonly #loadTimes = new Histogram();

  /** `groups` lists every group there is, whenever somebody looks at a gauge. */
  constructor(metrics: Metrics, clock: Clock, groups: () => Iterable<Group>) {
    const meter = (name: string): Meter => {
      const created = new Meter(() => clock.monotonicMs());
      metrics.gauge(`${COORDINATOR}${name}-count`, () => created.count);
      metrics.gauge(`${COORDINATOR}${name}-rate`, () => created.oneMinuteRate);
      return created;
    };
    const count = (counts: (group: Group) => number): number => {
      let sum = 0;
      for (const group of groups()) sum += counts(group);
      return sum;
    };
    metrics.gauge(`${MANAGER}NumOffsets`, () => count((group) => group.offsets.count));
    metrics.gauge(`${MANAGER}NumGroups`, () => count(() => 1));
    for (const state of GROUP_STATES)
      metrics.gauge(`${MANAGER}NumGroups${state}`, () => count((group) => (group.state === state ? 1 : 0)));
    this.offsetCommits = meter('offset-commit');
    this.offsetExpirations = meter('offset-expiration');
    this.offsetDeletions = meter('offset-deletion');
    this.completedRebalances = meter('group-completed-rebalance');
    metrics.gauge(`${COORDINATOR}partition-load-time-max`, () => this.#loadTimes.distribution.max);
    metrics.gauge(`${COORDINATOR}partition-load-time-avg`, () => this.#loadTimes.distribution.mean);
  }

  loadTook(durationMs: number): void {
    this.#loadTimes.update(durationMs);
  }
}
