/** Seeds go to processes of their own, as many as there are cores, each with the next seed when it is done with one. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { withBundle } from './bundle.ts';
import type { Plan } from './plan.ts';
import type { SeedResult } from './run-seed.ts';

/** Most of what an event makes is gone with it: a larger nursery is collected less often. */
const WORKER_OPTIONS = ['--enable-source-maps', '--max-semi-space-size=64'];

export interface WorkersOptions {
  readonly workers?: number | undefined;
  /** The next plan; undefined: there is none. */
  readonly next: () => Plan | undefined;
  readonly onResult: (result: SeedResult) => void;
}

/** Ends when no plan is left and none is being played; fails when a worker dies. */
export async function runInWorkers({
  workers = availableParallelism(),
  next,
  onResult,
}: WorkersOptions): Promise<void> {
  await withBundle((file) =>
    Promise.all(Array.from({ length: workers }, () => runInOne(file, next, onResult))),
  );
}

function runInOne(
  file: string,
  next: () => Plan | undefined,
  onResult: (result: SeedResult) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = fork(file, { execArgv: WORKER_OPTIONS });
    let seed = '';
    const give = (): void => {
      const plan = next();
      if (plan === undefined) {
        worker.disconnect();
        resolve();
        return;
      }
      seed = plan.seed;
      worker.send(plan);
    };
    worker.on('message', (result: SeedResult) => {
      onResult(result);
      give();
    });
    worker.once('error', reject);
    worker.once('exit', (code, signal) => {
      if (code !== 0) reject(new Error(`the worker with seed ${seed} ended with ${signal ?? code}`));
    });
    give();
  });
}
