/**
 * What a run of `klassik verify` remembers: who asked the cluster for what, and what came of it, in the order in which
 * it happened. An operation is one thing a process (a producer, a consumer, a transactional copier) did alone; its
 * outcome is one of three, and the third is what makes checking honest:
 *
 *   ok     it has happened
 *   fail   it has not happened and never will: refused before it was stored, or a transaction that nobody commits
 *   info   nobody knows: the answer did not come, or the process was ended in the middle
 *
 * Values are numbers that are sent once and never again, so a record that is read names the send it came from. One
 * program records all processes, so the number of an event is a clock that all of them share: what completed under a
 * lower number had happened before what was invoked under a higher one.
 *
 * This file only names things; history-lines.ts reads and writes them, pair-operations.ts makes operations of events.
 */

export type Outcome = 'ok' | 'fail' | 'info';

/** As "topic-0". */
export type PartitionName = string;

/** Offset and value of a record that was read. */
export type SeenRecord = readonly [offset: number, value: number];

export interface SendAction {
  readonly kind: 'send';
  readonly partition: PartitionName;
  readonly value: number;
  /** Null while the cluster has not told it. */
  readonly offset: number | null;
}

export interface PollAction {
  readonly kind: 'poll';
  readonly records: Readonly<Record<PartitionName, readonly SeenRecord[]>>;
}

/** Offsets a group is to go on from. */
export interface CommitAction {
  readonly kind: 'commit';
  readonly group: string;
  readonly offsets: Readonly<Record<PartitionName, number>>;
}

/** From here on the process reads these partitions from these offsets, and no others. */
export interface AssignAction {
  readonly kind: 'assign';
  readonly positions: Readonly<Record<PartitionName, number>>;
  /** Of a member of a group: what the group gave it, at the offsets that are committed. */
  readonly group?: string;
  readonly generation?: number;
}

export type Action = SendAction | PollAction | CommitAction | AssignAction;

interface Timed {
  readonly atMs: number;
}

export type HistoryEvent =
  | (Timed & {
      readonly type: 'invoke';
      readonly process: string;
      readonly transaction: boolean;
      readonly actions: readonly Action[];
    })
  /** The process is about to ask for the end of its transaction. */
  | (Timed & { readonly type: 'ending'; readonly process: string; readonly commit: boolean })
  | (Timed & {
      readonly type: Outcome;
      readonly process: string;
      readonly actions: readonly Action[];
      readonly error?: string;
    })
  /** What was done to the cluster, in words. */
  | (Timed & { readonly type: 'fault'; readonly text: string })
  /** After all faults these partitions were read from their first offset to these ends. */
  | (Timed & { readonly type: 'drained'; readonly ends: Readonly<Record<PartitionName, number>> });

/** How the run was set up; what the analyses need to know to tell a violation from what Kafka allows. */
export interface RunSettings {
  readonly bootstrap: string;
  readonly startedAt: string;
  readonly acks: 'all' | '1' | '0';
  readonly idempotent: boolean;
  readonly isolation: 'read_committed' | 'read_uncommitted';
}

export interface Operation {
  /** The number of the event that began it: its line in the file. */
  readonly id: number;
  readonly process: string;
  readonly isTransaction: boolean;
  readonly outcome: Outcome;
  /** What was done as far as it is known. */
  readonly actions: readonly Action[];
  readonly atMs: number;
  /** Infinity when it was never heard of again. */
  readonly completedAt: number;
  readonly tookMs: number | undefined;
  /** Of a transaction: when its commit was asked for, if it was. */
  readonly commitAt: number | undefined;
  readonly error: string | undefined;
}

export interface Fault {
  readonly id: number;
  readonly atMs: number;
  readonly text: string;
}
