/**
 * Whatever happens to a log, in whatever order: it equals an array. Appends, replication, transactions, rolls, cuts,
 * retention, compaction, clean stops, kills and losses of power at any call of the disk, and lost index files. After each
 * step everything that can be asked of the log is asked (log-model/check.ts). Below the recovery point nothing is ever
 * lost, and above it only the end (log-model/reopen.ts).
 *
 * `npm run test:log-model` runs the 5,000 histories; here as many as go into LOG_MODEL_SECONDS. A failing history is
 * printed as a list of steps, after as many were taken out of it as it can do without.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { prepareCompression } from '../../../src/records/index.ts';
import { history } from './log-model/history.ts';
import { runHistory } from './log-model/run.ts';

const HISTORIES = Number(process.env['LOG_MODEL_HISTORIES'] ?? Infinity);
const SEED = Number(process.env['LOG_MODEL_SEED'] ?? 1);
const SECONDS = Number(process.env['LOG_MODEL_SECONDS'] ?? 40);
/** With each a new seed, so that a failure is found again without those before. */
const HISTORIES_PER_SEED = 20;
const SHRINKING_MS = 60_000;

test(
  'a log equals an array of batches, whatever happens to it',
  async () => {
    await prepareCompression();
    const deadlineMs = Date.now() + SECONDS * 1000;
    let failedAtMs: number | undefined;
    const property = fc.asyncProperty(history, async (drawn) => {
      // Long enough to take most of what is not needed out of a history that failed.
      if (failedAtMs !== undefined && Date.now() > failedAtMs + SHRINKING_MS) return;
      try {
        await runHistory(drawn);
      } catch (error) {
        failedAtMs ??= Date.now();
        throw error;
      }
    });
    let done = 0;
    let seed = SEED;
    for (; done < HISTORIES && Date.now() < deadlineMs; seed++) {
      const numRuns = Math.min(HISTORIES_PER_SEED, HISTORIES - done);
      await fc.assert(property, { numRuns, seed });
      done += numRuns;
    }
    process.stdout.write(`log model: ${done} histories, seeds ${SEED} to ${seed - 1}\n`);
    expect(done).toBeGreaterThan(0);
  },
  2 ** 31 - 1,
);
