/**
 * What time does to transactions: those that are open for longer than their producer asked for are aborted, for they
 * hold up every reader of committed records; ids that nobody used for `transactional.id.expiration.ms` are forgotten.
 */
import { mayExpire } from './transaction-state.ts';
import type { Transaction } from './transaction.ts';

export function isTimedOut({ state, pendingState, startMs, timeoutMs }: Transaction, nowMs: number): boolean {
  return state === 'Ongoing' && pendingState === undefined && startMs + timeoutMs < nowMs;
}

export function isExpired(
  { state, pendingState, lastUpdateMs }: Transaction,
  nowMs: number,
  expirationMs: number,
): boolean {
  return pendingState === undefined && mayExpire(state) && lastUpdateMs <= nowMs - expirationMs;
}
