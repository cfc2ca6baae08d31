import { expect, test } from '@jest/globals';
import { silentLogger, type Timer } from '../../../src/runtime/index.ts';
import { DEFAULT_LOG_MANAGER_SETTINGS, type UnifiedLog } from '../../../src/storage/index.ts';
import { LogTasks } from '../../../src/storage/log-tasks.ts';

test('thousands of logs with nothing to do are passed over in turns of the event loop', async () => {
  let turns = 0;
  let looked = 0;
  const due: (() => void)[] = [];
  const timers = {
    after: (_delayMs: number, callback: () => void): Timer => {
      due.push(callback);
      return { cancel: () => undefined };
    },
    endOfTurn: (callback: () => void) => {
      turns += 1;
      setImmediate(callback);
    },
    sleep: () => Promise.resolve(),
  };
  const log = {
    isOffline: false,
    isClosed: false,
    isFlushDue: () => false,
    deleteOldSegments: () => Promise.resolve(0),
    removeExpiredProducers: () => (looked += 1),
  } as Partial<Record<keyof UnifiedLog, unknown>> as UnifiedLog;
  const tasks = new LogTasks({
    runtime: { clock: { wallMs: () => 0, monotonicMs: () => 0 }, timers, logger: silentLogger },
    settings: DEFAULT_LOG_MANAGER_SETTINGS,
    logs: () => Array.from({ length: 2000 }, () => log),
    isCleaned: () => false,
    checkpointRecoveryPoints: () => Promise.resolve(),
    checkpointLogStartOffsets: () => Promise.resolve(),
  });
  tasks.startup();
  const begun = due.length;
  for (const task of due.splice(0)) task();
  // Each begins again once it is through.
  while (due.length < begun) await new Promise((resolve) => setImmediate(resolve));
  tasks.stop();
  expect(looked).toBe(2000);
  // Retention, flush.ms and producers: each of them twenty times a hundred logs.
  expect(turns).toBe(3 * 19);
});
