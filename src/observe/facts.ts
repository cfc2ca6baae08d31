/**
 * The vocabulary of the one stream of facts: everything noteworthy a broker does, each kind one row of this union.
 * Facts carry plain values only, so that they can be printed, recorded, hashed and compared; nobody decides anything
 * from them. Simulation traces, invariant checks, `--trace` files and the live view all read this one stream.
 */
export type Fact =
  | { readonly kind: 'broker-state'; readonly state: string }
  /** The event loop did nothing else meanwhile: every client waited. */
  | { readonly kind: 'long-slice'; readonly cpuMs: number }
  | {
      readonly kind: 'request-received';
      readonly api: string;
      readonly version: number;
      readonly correlationId: number;
      readonly clientId: string | null;
      readonly connection: string;
    }
  | {
      readonly kind: 'request-answered';
      readonly api: string;
      readonly correlationId: number;
      readonly connection: string;
      readonly responseBytes: number;
    }
  | { readonly kind: 'connection-opened'; readonly connection: string; readonly listener: string }
  | { readonly kind: 'connection-closed'; readonly connection: string; readonly reason: string }
  | { readonly kind: 'zookeeper-session'; readonly state: string; readonly sessionId: string }
  | {
      readonly kind: 'zookeeper-operation';
      readonly operation: string;
      readonly path: string;
      readonly result: string;
    }
  | { readonly kind: 'zookeeper-watch'; readonly event: string; readonly path: string }
  | {
      readonly kind: 'log-append';
      readonly topic: string;
      readonly partition: number;
      readonly firstOffset: number;
      readonly lastOffset: number;
      readonly leaderEpoch: number;
      readonly bytes: number;
      readonly asLeader: boolean;
    }
  | {
      readonly kind: 'log-segment';
      readonly action: 'rolled' | 'deleted';
      readonly topic: string;
      readonly partition: number;
      readonly baseOffset: number;
    }
  | {
      readonly kind: 'log-recovered';
      readonly topic: string;
      readonly partition: number;
      readonly logEndOffset: number;
    }
  | {
      readonly kind: 'log-truncated';
      readonly topic: string;
      readonly partition: number;
      readonly toOffset: number;
      readonly removedOffsets: number;
    }
  | {
      readonly kind: 'log-cleaned';
      readonly topic: string;
      readonly partition: number;
      readonly firstDirtyOffset: number;
      /** Everything below is clean now. */
      readonly endOffset: number;
      readonly bytesRead: number;
      readonly bytesWritten: number;
      readonly recordsRead: number;
      readonly recordsRetained: number;
    }
  | {
      readonly kind: 'high-watermark';
      readonly topic: string;
      readonly partition: number;
      readonly highWatermark: number;
    }
  | {
      readonly kind: 'partition-role';
      readonly topic: string;
      readonly partition: number;
      readonly role: 'leader' | 'follower' | 'none';
      readonly leader: number;
      readonly leaderEpoch: number;
    }
  | {
      readonly kind: 'isr-change';
      readonly topic: string;
      readonly partition: number;
      readonly isr: readonly number[];
      readonly partitionEpoch: number;
    }
  | { readonly kind: 'controller-elected'; readonly controllerEpoch: number }
  | { readonly kind: 'controller-resigned'; readonly reason: string }
  | { readonly kind: 'controller-event'; readonly event: string }
  | {
      readonly kind: 'leader-elected';
      readonly topic: string;
      readonly partition: number;
      readonly leader: number;
      readonly leaderEpoch: number;
      readonly isr: readonly number[];
      readonly strategy: string;
    }
  | {
      readonly kind: 'replica-state';
      readonly topic: string;
      readonly partition: number;
      readonly replica: number;
      readonly from: string;
      readonly to: string;
    }
  | {
      readonly kind: 'partition-state';
      readonly topic: string;
      readonly partition: number;
      readonly from: string;
      readonly to: string;
    }
  | {
      readonly kind: 'group-state';
      readonly group: string;
      readonly from: string;
      readonly to: string;
      readonly generationId: number;
      readonly reason: string;
    }
  | {
      readonly kind: 'transaction-state';
      readonly transactionalId: string;
      readonly from: string;
      readonly to: string;
      readonly producerId: number;
      readonly producerEpoch: number;
    }
  | {
      readonly kind: 'coordinator-loaded';
      readonly topic: string;
      readonly partition: number;
      readonly records: number;
    }
  | { readonly kind: 'coordinator-unloaded'; readonly topic: string; readonly partition: number };

export type FactKind = Fact['kind'];

/** A fact with the moment and the broker it happened on. */
export type RecordedFact = Fact & { readonly atMs: number; readonly broker: number };
