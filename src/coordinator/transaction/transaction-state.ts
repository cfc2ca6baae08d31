/**
 * The states of a transaction and the ways between them, as one table (contract 5.2). A transition that is not in the
 * table is a bug of ours, never a client's fault.
 *
 *   Empty ──partitions added──▶ Ongoing ──EndTxn──▶ PrepareCommit ──markers written──▶ CompleteCommit
 *     ▲                          │   └────EndTxn──▶ PrepareAbort ───markers written──▶ CompleteAbort
 *     │                          └─a new producer, or time is up─▶ PrepareEpochFence ─▲ (memory only)
 *     └──InitProducerId from Empty and Complete*; from those the next transaction begins, too
 *
 * Each state but PrepareEpochFence and Dead stands in `__transaction_state` under its id. Dead is an expired id on its
 * way out: what is written then is a tombstone.
 */
interface StateRow {
  /** As the value's TransactionStatus. */
  readonly id: number;
  readonly from: readonly string[];
  /** After `transactional.id.expiration.ms` an id in this state is forgotten. */
  readonly mayExpire?: true;
}

const STATES = {
  Empty: { id: 0, from: ['Empty', 'CompleteCommit', 'CompleteAbort'], mayExpire: true },
  Ongoing: { id: 1, from: ['Ongoing', 'Empty', 'CompleteCommit', 'CompleteAbort'] },
  PrepareCommit: { id: 2, from: ['Ongoing'] },
  PrepareAbort: { id: 3, from: ['Ongoing', 'PrepareEpochFence'] },
  CompleteCommit: { id: 4, from: ['PrepareCommit'], mayExpire: true },
  CompleteAbort: { id: 5, from: ['PrepareAbort'], mayExpire: true },
  Dead: { id: 6, from: ['Empty', 'CompleteCommit', 'CompleteAbort'] },
  PrepareEpochFence: { id: 7, from: ['Ongoing'] },
} as const satisfies Record<string, StateRow>;

export type TransactionState = keyof typeof STATES;

const rows: Readonly<Record<TransactionState, StateRow>> = STATES;

export const TRANSACTION_STATES = Object.keys(STATES) as readonly TransactionState[];

export function canTransition(from: TransactionState, to: TransactionState): boolean {
  return rows[to].from.includes(from);
}

export function mayExpire(state: TransactionState): boolean {
  return rows[state].mayExpire === true;
}

export function idOfState(state: TransactionState): number {
  return rows[state].id;
}

/** Undefined for an id that no state has. */
export function stateOfId(id: number): TransactionState | undefined {
  return TRANSACTION_STATES.find((state) => rows[state].id === id);
}

/** By the name that DescribeTransactions tells and ListTransactions filters by. */
export function stateOfName(name: string): TransactionState | undefined {
  return TRANSACTION_STATES.find((state) => state === name);
}

/** Its outcome is decided and stored; markers are on their way. */
export function isPrepared(state: TransactionState): state is 'PrepareCommit' | 'PrepareAbort' {
  return state === 'PrepareCommit' || state === 'PrepareAbort';
}
