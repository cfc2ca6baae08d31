/** What a worker thread runs: it answers each task message with its result or its error, one at a time. */
import { parentPort } from 'node:worker_threads';
import { runTask } from './worker-task.ts';
import type { TaskMessage, TaskResult } from './workers.ts';

parentPort?.on('message', (message: TaskMessage) => {
  void runTask(message.task, message.input).then(
    (value) => answer({ value }),
    (error: unknown) => answer({ error }),
  );
});

function answer(result: TaskResult): void {
  parentPort?.postMessage(result);
}
