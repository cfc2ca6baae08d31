/** What a check found: which promise of Kafka is broken, where, and when. */

/** The promises, by the name a violation carries. */
export const RULES = {
  'acknowledged-kept': 'a leader has everything that was committed under those before it',
  'committed-first': 'what acks=all acknowledges is below the high watermark',
  'high-watermark': 'on a leader the high watermark never falls',
  'min-isr': 'the high watermark passes only what min.insync.replicas replicas have',
  'strong-isr':
    'every member of the ISR in ZooKeeper has all records below the high watermark of any leader, and the same ones',
  'log-order': 'offsets in a log only grow, without a hole, and a leader never cuts its log',
  'offset-order': 'log start <= LSO <= high watermark <= log end',
  'last-stable-offset': 'the LSO is the first offset of an open transaction, or the high watermark',
  'one-leader': 'a leader epoch has one leader, a controller epoch one controller',
  'epochs-grow': 'the epochs of leaders, partitions and controllers only grow',
  'controller-fence':
    'who writes the state of a partition is the controller of the epoch in /controller_epoch',
  'clean-election': 'leaders come from the ISR',
  'one-assignment':
    'a generation of a group is completed once, and only grows; a partition has one owner in it',
  'coordinator-replay': 'the state of a coordinator is what its log says',
  health: 'when nothing disturbs it any more a cluster is whole again',
  'equal-logs': 'in-sync replicas hold the same bytes',
  'files-agree': 'checkpoints, indexes and snapshots agree with the log they belong to',
  bounded: 'nothing piles up in a broker',
} as const satisfies Record<string, string>;

export type RuleName = keyof typeof RULES;

export interface Violation {
  readonly rule: RuleName;
  readonly what: string;
  readonly atMs: number;
}

/** How a rule tells what it found. */
export type Report = (rule: RuleName, what: string) => void;
