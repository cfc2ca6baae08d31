/**
 * Looks for a shorter plan that breaks the same rule: rounds are left out, first many at once, then single faults; then
 * the time after the last one. What is left out changes what comes after it, so this is a search and no proof that
 * nothing shorter fails.
 */
import type { Plan, Round } from './plan.ts';

export interface ShrinkOptions {
  /** Whether the plan still fails in the same way. */
  readonly fails: (plan: Plan) => Promise<boolean>;
  readonly onProgress: (plan: Plan, attempts: number) => void;
  readonly attemptsMax?: number;
}

const ATTEMPTS_MAX = 150;

export async function shrink(
  failing: Plan,
  { fails, onProgress, attemptsMax = ATTEMPTS_MAX }: ShrinkOptions,
): Promise<Plan> {
  let plan = failing;
  let attempts = 0;
  const isStill = async (candidate: readonly Round[]): Promise<boolean> => {
    if (attempts >= attemptsMax) return false;
    attempts += 1;
    const tried = { ...plan, rounds: candidate };
    if (!(await fails(tried))) return false;
    plan = tried;
    onProgress(plan, attempts);
    return true;
  };
  for (let size = Math.ceil(plan.rounds.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < plan.rounds.length;) {
      const without = [...plan.rounds.slice(0, at), ...plan.rounds.slice(at + size)];
      if (!(await isStill(without))) at += size;
    }
  }
  for (let round = 0; round < plan.rounds.length; round++)
    for (let fault = 0; fault < plan.rounds[round]!.faults.length && plan.rounds[round]!.faults.length > 1;) {
      const rounds = plan.rounds.map((each, index) =>
        index === round ? { ...each, faults: each.faults.filter((_, other) => other !== fault) } : each,
      );
      if (!(await isStill(rounds))) fault += 1;
    }
  return plan;
}
