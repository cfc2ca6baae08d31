import { spawn } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { endProcess, isAlive, runsWith } from '../../../src/kit/processes.ts';

test('a process is ours only if its command line names our file, and is ended and gone', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', '/folder/of/ours'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const pid = child.pid ?? 0;
  await new Promise((resolve) => child.once('spawn', resolve));
  expect(isAlive(pid)).toBe(true);
  expect(await runsWith(pid, '/folder/of/ours')).toBe(true);
  // The number was given to somebody else's process: it is none of our business.
  expect(await runsWith(pid, '/another/folder')).toBe(false);
  expect(await endProcess(pid, 'SIGKILL', 10_000)).toBe(true);
  expect(isAlive(pid)).toBe(false);
  expect(await runsWith(pid, '/folder/of/ours')).toBe(false);
});
