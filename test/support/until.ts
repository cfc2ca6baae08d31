/** Waiting for a condition, which is all that stories of whole clusters know of time. */
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 120_000;
const POLL_MS = 20;

/** Polls until it holds; errors on the way are the reason why, at the end, it never did. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    let lastError: unknown;
    try {
      if (await condition()) return;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > deadline)
      throw new Error(`waited ${patienceMs / 1000} s in vain until ${what}`, { cause: lastError });
    await sleep(POLL_MS);
  }
}
