/** A child process that is started again whenever it ends, as an init system or an orchestrator would do it. */
import { fork } from 'node:child_process';

/** @param onMessage called with what the child sends, and `kill`, which is kill -9 */
export function keepRunning(file, args, onMessage) {
  const child = fork(file, args);
  child.on('message', (message) => {
    // What it still said before the kill reached it, nobody has heard.
    if (!child.killed) onMessage(message, () => child.kill('SIGKILL'));
  });
  child.once('exit', () => keepRunning(file, args, onMessage));
}
