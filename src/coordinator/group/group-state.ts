/**
 * The five states of a classic consumer group and the ways between them, as one table (contract 5.1). A transition
 * that is not in the table is a bug of ours, never a client's fault.
 *
 *   Empty ──join──▶ PreparingRebalance ──everybody joined──▶ CompletingRebalance ──assignment stored──▶ Stable
 *     ▲                    │   ▲                                     │                                   │
 *     └──nobody is left────┘   └──────a member came, went or changed─┴───────────────────────────────────┘
 *
 * Dead is reached from everywhere and left never: the group was removed here, or its partition moved away.
 */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

/** For each state the states it may be entered from. */
const VALID_PREVIOUS_STATES: Readonly<Record<GroupState, readonly GroupState[]>> = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['Stable', 'CompletingRebalance', 'Empty'],
  CompletingRebalance: ['PreparingRebalance'],
  Stable: ['CompletingRebalance'],
  Dead: ['Stable', 'PreparingRebalance', 'CompletingRebalance', 'Empty', 'Dead'],
};

export const GROUP_STATES = Object.keys(VALID_PREVIOUS_STATES) as readonly GroupState[];

export function canTransition(from: GroupState, to: GroupState): boolean {
  return VALID_PREVIOUS_STATES[to].includes(from);
}
