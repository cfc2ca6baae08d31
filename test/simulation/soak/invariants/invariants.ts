/**
 * What must hold of a simulated cluster after every step, all of it together. It hears every fact and every change in
 * ZooKeeper; after each event of the world the rules look at the partitions that something was heard of, and at no others.
 *
 *     const invariants = new Invariants();
 *     const cluster = await startCluster(seed, { onFact: (fact) => invariants.see(fact) });
 *     invariants.attach(cluster);
 *     ...                                 // a violation shows in `violations` at once
 *     await checkAtRest(cluster, invariants);
 *
 * A bug of a rule must not look like one of Klassik, nor be lost: what a rule throws ends the run.
 */
import type { Broker } from '../../../../src/broker/index.ts';
import type { RecordedFact } from '../../../../src/observe/index.ts';
import { hostOf, type SimulatedCluster } from '../../cluster.ts';
import { acknowledgedKept } from './acknowledged-kept.ts';
import { cleanElections } from './clean-election.ts';
import { controllerFence } from './controller-fence.ts';
import { DiskLog } from './disk-log.ts';
import { epochsGrow } from './epochs-grow.ts';
import { highWatermarkGrows } from './high-watermark.ts';
import { lastStableOffsetHeld } from './last-stable-offset.ts';
import { LeaderChecker } from './leader-checker.ts';
import { logOrder } from './log-order.ts';
import { minIsrMet } from './min-isr.ts';
import {
  ObservedCluster,
  type LiveReplica,
  type LookAtReplica,
  type ZnodeChange,
} from './observed-cluster.ts';
import { offsetOrder } from './offset-order.ts';
import { oneAssignment, type LookAtGroup } from './one-assignment.ts';
import type { Rule } from './rule.ts';
import { strongIsr } from './strong-isr.ts';
import type { RuleName, Violation } from './violation.ts';

const TOPIC_ZNODE = /^\/brokers\/topics\/([^/]+)$/;
/** The first of a kind tell what is wrong; thousands after it would only fill the memory. */
const VIOLATIONS_OF_RULE_MAX = 20;

export interface InvariantsOptions {
  /** `unclean.leader.election.enable` of any topic: what an unclean election loses is not missed. */
  readonly areUncleanAllowed?: boolean;
}

export class Invariants {
  readonly violations: Violation[] = [];
  readonly observed: ObservedCluster;
  readonly #rules: readonly Rule[];
  readonly #leaders = new LeaderChecker();
  readonly #looks: { replica: LookAtReplica; group: LookAtGroup; nowMs: () => number };
  readonly #counts = new Map<RuleName, number>();
  #factAtMs = 0;
  #thrown: { readonly error: unknown } | undefined;

  constructor({ areUncleanAllowed = false }: InvariantsOptions = {}) {
    this.#looks = { replica: () => undefined, group: () => undefined, nowMs: () => this.#factAtMs };
    this.observed = new ObservedCluster((...of) => this.#looks.replica(...of));
    this.#rules = [
      highWatermarkGrows,
      logOrder,
      epochsGrow,
      controllerFence,
      cleanElections({ areUncleanAllowed }),
      oneAssignment((...of) => this.#looks.group(...of)),
      acknowledgedKept,
      minIsrMet,
      strongIsr,
      offsetOrder,
      lastStableOffsetHeld,
    ];
  }

  /** From now on it looks at the cluster by itself after every step. */
  attach(cluster: SimulatedCluster): void {
    const { world, zooKeeper, processes } = cluster;
    const idOf = new Map([...processes.keys()].map((id) => [hostOf(id), id]));
    this.#looks.nowMs = () => world.nowMs;
    this.#looks.replica = lookAtReplicasOf(cluster);
    this.#looks.group = (broker, group) => groupOf(processes.get(broker), group);
    zooKeeper.tree.onApplied = (applied) => {
      for (const { change, path, node } of applied)
        if (change.op !== 'check' && change.op !== 'setAcl')
          this.seeZnode({ path, data: node?.data, version: node?.version ?? -1 });
    };
    for (const path of zooKeeper.tree.paths()) {
      const { data, version } = zooKeeper.tree.get(path);
      this.seeZnode({ path, data, version });
    }
    world.onEnd = (host, machineDies) => {
      const broker = idOf.get(host);
      if (machineDies && broker !== undefined) this.lostPower(broker);
    };
    world.scheduler.afterStep = () => void this.check();
  }

  /** How replicas are seen where there is no cluster to attach to. */
  lookAtReplicas(look: LookAtReplica): void {
    this.#looks.replica = look;
  }

  see(fact: RecordedFact): void {
    this.#factAtMs = fact.atMs;
    // A subscriber that throws is dropped by the stream of facts, and nobody hears of it.
    try {
      for (const rule of this.#rules) rule.see?.(fact, this.observed, this.#report);
      this.#seeLeader(fact);
      this.observed.see(fact, this.#looks.nowMs());
    } catch (error) {
      this.#thrown ??= { error };
    }
  }

  seeZnode(change: ZnodeChange): void {
    try {
      for (const rule of this.#rules) rule.seeZnode?.(change, this.observed, this.#report);
      this.observed.seeZnode(change);
      const [, topic] = TOPIC_ZNODE.exec(change.path) ?? [];
      if (topic !== undefined && change.version < 0) this.#leaders.topicDeleted(topic);
    } catch (error) {
      this.#thrown ??= { error };
    }
  }

  /** The machine of a broker went down, and with it what was not synced. */
  lostPower(broker: number): void {
    this.observed.lostPower(broker);
  }

  /** A client was told with acks=all that the records up to this offset are there. */
  acknowledged(topic: string, partition: number, lastOffset: number): void {
    const found = this.observed.find(topic, partition);
    if (found === undefined || found.isExcused) return;
    const committedTo = found.committedBefore(Infinity);
    if (lastOffset >= committedTo)
      this.#report(
        'committed-first',
        `${found.name}: offset ${lastOffset} is acknowledged, committed is up to ${committedTo}`,
      );
  }

  /** Looks at what something was heard of since the last call; gives what was found new. */
  check(): readonly Violation[] {
    const known = this.violations.length;
    const { touched } = this.observed;
    if (this.#thrown !== undefined) throw this.#thrown.error;
    if (touched.size > 0) {
      for (const partition of touched) {
        this.observed.refresh(partition);
        for (const rule of this.#rules) rule.afterStep?.(partition, this.observed, this.#report);
        for (const replica of partition.replicas.values()) {
          replica.isTouched = false;
          replica.hasCommitted = false;
        }
      }
      touched.clear();
    }
    return known === this.violations.length ? [] : this.violations.slice(known);
  }

  /** Partitions of whose records nothing is promised any more, since power was lost everywhere at once. */
  get excused(): readonly string[] {
    return [...this.observed.partitions.values()]
      .filter(({ isExcused }) => isExcused)
      .map(({ name }) => name);
  }

  /** For rules that look now and then only. */
  readonly report = (rule: RuleName, what: string): void => this.#report(rule, what);

  #seeLeader(fact: RecordedFact): void {
    const known = this.#leaders.violations.length;
    this.#leaders.see(fact);
    for (const what of this.#leaders.violations.slice(known)) this.#report('one-leader', what);
  }

  readonly #report = (rule: RuleName, what: string): void => {
    const count = (this.#counts.get(rule) ?? 0) + 1;
    this.#counts.set(rule, count);
    if (count <= VIOLATIONS_OF_RULE_MAX) this.violations.push({ rule, what, atMs: this.#looks.nowMs() });
  };
}

/** The replicas of the processes that run, and their files. */
function lookAtReplicasOf({ world, processes }: SimulatedCluster): LookAtReplica {
  const sources = new Map<string, DiskLog>();
  return (broker, topic, number): LiveReplica | undefined => {
    const partition = processes.get(broker)?.parts?.replicaManager.getPartition(topic, number);
    const log = partition?.log;
    if (partition === undefined || log === undefined) return undefined;
    const name = `${broker} ${topic}-${number}`;
    let source = sources.get(name);
    if (source?.dir !== log.dir)
      sources.set(name, (source = new DiskLog(world.disk(hostOf(broker)), log.dir)));
    const { logStartOffset, lastStableOffset, highWatermark, logEndOffset } = log;
    return {
      ...{ source, logStartOffset, lastStableOffset, highWatermark, logEndOffset },
      effectiveMinIsr: partition.effectiveMinIsr,
      isCompacted: log.config.cleanupPolicy.includes('compact'),
    };
  };
}

function groupOf(broker: Broker | undefined, groupId: string): ReturnType<LookAtGroup> {
  for (const shard of broker?.parts?.groupCoordinator.activeShards() ?? []) {
    const group = shard.group(groupId);
    if (group !== undefined) return group;
  }
  return undefined;
}
