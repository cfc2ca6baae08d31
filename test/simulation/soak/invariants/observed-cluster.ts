/**
 * The cluster as an observer outside sees it: what ZooKeeper says of each partition, what each replica's facts say, and
 * what was ever committed. The rules look at this model and not at what the brokers believe of each other, or they would
 * believe it too.
 *
 * Facts move it at once. Bytes follow after the step, for those partitions only that something was heard of.
 */
import type { TopicPartition } from '../../../../src/common/index.ts';
import type { RecordedFact } from '../../../../src/observe/index.ts';
import { CommittedLedger } from './committed-ledger.ts';
import { LateAppends } from './late-appends.ts';
import { ObservedLog, type LogSource } from './observed-log.ts';
import { stateOf, stateOfPath, type StateInZooKeeper } from './partition-state.ts';

/** What can be seen of a replica that runs. */
export interface LiveReplica {
  readonly source: LogSource;
  readonly logStartOffset: number;
  readonly lastStableOffset: number;
  readonly highWatermark: number;
  readonly logEndOffset: number;
  readonly effectiveMinIsr: number;
  /** Its cleanup.policy has `compact`. */
  readonly isCompacted: boolean;
}

export type LookAtReplica = (broker: number, topic: string, partition: number) => LiveReplica | undefined;

/** A change of the tree. `data` undefined: the znode is gone. */
export interface ZnodeChange {
  readonly path: string;
  readonly data: Buffer | null | undefined;
  readonly version: number;
}

export interface ObservedReplica {
  readonly broker: number;
  readonly log: ObservedLog;
  role: 'leader' | 'follower' | 'none';
  leaderEpoch: number;
  highWatermark: number;
  /** Without power it may have lost what it had not synced, also of what is committed. Until it was seen to have all. */
  isImpaired: boolean;
  /** Something was appended or cut since its files were read. */
  isBehind: boolean;
  /** Since the last step something was heard of its log, or as a leader it committed more. */
  isTouched: boolean;
  hasCommitted: boolean;
  /** Of a leader, when its epoch began: where its log ended, and what was committed. */
  elected: { readonly logEndOffset: number; readonly committedTo: number } | undefined;
}

export class ObservedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly replicas = new Map<number, ObservedReplica>();
  readonly ledger = new CommittedLedger();
  /** Of coordinators' topics. */
  readonly lateAppends: LateAppends | undefined;
  state: StateInZooKeeper | undefined;
  /** The highest high watermark of the leaders of each epoch. */
  readonly committedIn = new Map<number, number>();
  /**
   * Power was lost on every member of the ISR while nobody else was in it, or on one while controllers changed, so that
   * none may have noticed. Kafka leaves it to the system when bytes reach the disk: committed records may be gone, and
   * who leads again may write others in their place.
   */
  isAtMercy = false;
  /** And that came true, or its topic is being deleted: nothing more is asked of its records. */
  isExcused = false;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
    if (topic.startsWith('__')) this.lateAppends = new LateAppends(COORDINATOR_PATIENCE_MS);
  }

  get name(): string {
    return `${this.topic}-${this.partition}`;
  }

  replica(broker: number): ObservedReplica {
    let replica = this.replicas.get(broker);
    if (replica === undefined) {
      replica = {
        broker,
        log: new ObservedLog(),
        role: 'none',
        leaderEpoch: -1,
        highWatermark: 0,
        isImpaired: false,
        isBehind: false,
        isTouched: false,
        hasCommitted: false,
        elected: undefined,
      };
      this.replicas.set(broker, replica);
    }
    return replica;
  }

  /** What leaders before an epoch have committed: one of later epochs may have done so at the same time. */
  committedBefore(leaderEpoch: number): number {
    let committed = 0;
    for (const [epoch, highWatermark] of this.committedIn)
      if (epoch < leaderEpoch) committed = Math.max(committed, highWatermark);
    return committed;
  }

  /** To be asked whenever the ISR or who is impaired has changed. */
  noteMercy(): void {
    const isr = this.state?.isr ?? [];
    if (isr.length > 0 && isr.every((broker) => this.replicas.get(broker)?.isImpaired === true))
      this.isAtMercy = true;
  }

  /** A broker that is back before the new controller looks is taken for one that never went. */
  noteNewController(): void {
    const isr = this.state?.isr ?? [];
    if (isr.some((broker) => this.replicas.get(broker)?.isImpaired === true)) this.isAtMercy = true;
  }

  /** The one who leads was seen to have everything, and who may follow too. */
  noteMercyOver(): void {
    const { state } = this;
    if (!this.isAtMercy || state === undefined) return;
    const leader = this.replicas.get(state.leader);
    if (leader?.role !== 'leader' || leader.log.agreedTo < this.ledger.endOffset) return;
    this.isAtMercy = state.isr.some((broker) => this.replicas.get(broker)?.isImpaired === true);
  }
}

/** Shorter than `offsets.commit.timeout.ms`, the shortest of what coordinators wait for their replicas. */
const COORDINATOR_PATIENCE_MS = 4500;
const TOPICS = '/brokers/topics/';
const DELETIONS = '/admin/delete_topics/';

type FactOf<Kind extends RecordedFact['kind']> = Extract<RecordedFact, { readonly kind: Kind }>;

export class ObservedCluster {
  readonly partitions = new Map<string, ObservedPartition>();
  /** Those that something was heard of since the last step. */
  readonly touched = new Set<ObservedPartition>();
  /** What was read of a state last: `/controller_epoch`. */
  controllerEpoch = 0;
  readonly #lookAt: LookAtReplica;

  constructor(lookAt: LookAtReplica) {
    this.#lookAt = lookAt;
  }

  find(topic: string, partition: number): ObservedPartition | undefined {
    return this.partitions.get(`${topic}-${partition}`);
  }

  partition(topic: string, partition: number): ObservedPartition {
    const name = `${topic}-${partition}`;
    let found = this.partitions.get(name);
    if (found === undefined) this.partitions.set(name, (found = new ObservedPartition(topic, partition)));
    return found;
  }

  lookAt(partition: ObservedPartition, broker: number): LiveReplica | undefined {
    return this.#lookAt(broker, partition.topic, partition.partition);
  }

  /** `nowMs`: of the world; the clocks of brokers may be off. */
  see(fact: RecordedFact, nowMs: number): void {
    if (fact.kind === 'broker-state' && fact.state === 'starting') this.#processBegins(fact.broker);
    if (fact.kind === 'partition-role') this.#seeRole(fact);
    if (fact.kind === 'high-watermark') this.#seeHighWatermark(fact, nowMs);
    if (fact.kind === 'log-append') {
      const replica = this.#touch(fact);
      replica.isBehind = true;
      replica.log.endOffset = fact.lastOffset + 1;
      if (fact.asLeader)
        this.partition(fact.topic, fact.partition).lateAppends?.appended(
          fact.firstOffset,
          fact.broker,
          replica.leaderEpoch,
          nowMs,
        );
    }
    if (fact.kind === 'log-truncated') {
      const replica = this.#touch(fact);
      replica.isBehind = true;
      replica.log.cut(fact.toOffset);
    }
    if (fact.kind === 'log-cleaned') this.#mayBeCleaned(fact, fact.endOffset);
    // What a cleaner has done is told when it is done with the whole log, and copied before that.
    if (fact.kind === 'log-segment' && fact.action === 'rolled') {
      const partition = this.partition(fact.topic, fact.partition);
      if (this.lookAt(partition, fact.broker)?.isCompacted === true)
        this.#mayBeCleaned(fact, fact.baseOffset);
    }
  }

  seeZnode({ path, data, version }: ZnodeChange): void {
    if (path === '/controller_epoch') {
      this.controllerEpoch = Number(data?.toString() ?? 0);
      for (const partition of this.partitions.values()) partition.noteNewController();
    }
    if (data === undefined && path.startsWith(TOPICS)) this.#forgetTopic(path.slice(TOPICS.length));
    if (data !== undefined && path.startsWith(DELETIONS)) this.#excuseTopic(path.slice(DELETIONS.length));
    const of = stateOfPath(path);
    if (of === undefined || data === undefined || data === null) return;
    const partition = this.partition(of.topic, of.partition);
    partition.state = stateOf(data, version);
    partition.noteMercy();
    this.touched.add(partition);
  }

  /** The machine of a broker went down. */
  lostPower(broker: number): void {
    for (const partition of this.partitions.values()) {
      const replica = partition.replicas.get(broker);
      if (replica === undefined) continue;
      replica.isImpaired = true;
      partition.noteMercy();
    }
  }

  /** Reads what was written since, and holds it against what is committed. */
  refresh(partition: ObservedPartition): void {
    const { ledger } = partition;
    for (const replica of partition.replicas.values()) {
      if (!replica.isBehind) continue;
      replica.isBehind = false;
      replica.log.refresh(this.lookAt(partition, replica.broker)?.source);
      ledger.compare(replica.log);
    }
    for (const replica of partition.replicas.values())
      if (replica.role === 'leader') ledger.commit(replica.log, replica.highWatermark);
    for (const replica of partition.replicas.values()) {
      ledger.compare(replica.log);
      if (replica.isImpaired && replica.role !== 'none' && replica.log.agreedTo >= ledger.endOffset)
        replica.isImpaired = false;
    }
    partition.noteMercyOver();
  }

  #mayBeCleaned({ topic, partition }: TopicPartition, endOffset: number): void {
    const { ledger } = this.partition(topic, partition);
    ledger.cleanedTo = Math.max(ledger.cleanedTo, endOffset);
  }

  #seeHighWatermark(fact: FactOf<'high-watermark'>, nowMs: number): void {
    const { highWatermark } = fact;
    const replica = this.#touch(fact);
    replica.highWatermark = highWatermark;
    if (replica.role !== 'leader') return;
    replica.hasCommitted = true;
    const { committedIn, lateAppends } = this.partition(fact.topic, fact.partition);
    lateAppends?.committed(highWatermark, fact.broker, replica.leaderEpoch, nowMs);
    const before = committedIn.get(replica.leaderEpoch) ?? 0;
    committedIn.set(replica.leaderEpoch, Math.max(before, highWatermark));
  }

  #touch({
    topic,
    partition: number,
    broker,
  }: FactOf<'log-append' | 'log-truncated' | 'high-watermark'>): ObservedReplica {
    const partition = this.partition(topic, number);
    this.touched.add(partition);
    const replica = partition.replica(broker);
    replica.isTouched = true;
    return replica;
  }

  #seeRole(fact: FactOf<'partition-role'>): void {
    const partition = this.partition(fact.topic, fact.partition);
    const replica = partition.replica(fact.broker);
    const isElected =
      fact.role === 'leader' && (replica.role !== 'leader' || fact.leaderEpoch > replica.leaderEpoch);
    const wasGone = replica.role === 'none';
    replica.role = fact.role;
    if (fact.role === 'none') return;
    replica.leaderEpoch = fact.leaderEpoch;
    this.touched.add(partition);
    if (wasGone) {
      // Of its life before nothing is known for sure: it may have lost its end, or been deleted and made anew.
      const live = this.lookAt(partition, fact.broker);
      if (live !== undefined) {
        replica.log.cut(live.logEndOffset);
        replica.highWatermark = live.highWatermark;
      }
      replica.isBehind = true;
    }
    const committedTo = partition.committedBefore(fact.leaderEpoch);
    if (isElected) replica.elected = { logEndOffset: replica.log.endOffset, committedTo };
  }

  #processBegins(broker: number): void {
    for (const partition of this.partitions.values()) {
      const replica = partition.replicas.get(broker);
      if (replica === undefined) continue;
      replica.role = 'none';
      replica.leaderEpoch = -1;
      replica.elected = undefined;
    }
  }

  /** Replicas are deleted one by one, and the ISR that stands in ZooKeeper stays as it was. */
  #excuseTopic(topic: string): void {
    for (const partition of this.partitions.values())
      if (partition.topic === topic) partition.isExcused = true;
  }

  #forgetTopic(topic: string): void {
    for (const [name, partition] of this.partitions)
      if (partition.topic === topic) {
        this.partitions.delete(name);
        this.touched.delete(partition);
      }
  }
}
