/**
 * The pool of worker threads. A thread starts when the first task needs it and runs one task at a time; idle ones
 * do not keep the process alive. A thread that dies fails its task and is replaced by the next one that is needed.
 * Run from the sources there is no compiled entry, so tasks run inline, behind the same structured clone.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Workers } from '../workers.ts';
import { compiledModule, runsFromSources } from './compiled-module.ts';
import { runTask } from './worker-task.ts';

export interface TaskMessage {
  readonly task: string;
  readonly input: unknown;
}

export type TaskResult = { readonly value: unknown } | { readonly error: unknown };

interface Job extends TaskMessage {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Tasks are whole-log scans and large batches: more than this waiting means a caller without back-pressure. */
const MAX_WAITING = 10_000;

export function createWorkers(threads = Math.max(1, availableParallelism() - 1)): Workers {
  return runsFromSources ? new InlineWorkers() : new WorkerPool(threads);
}

class InlineWorkers implements Workers {
  async run(task: string, input: unknown): Promise<unknown> {
    return structuredClone(await runTask(task, structuredClone(input)));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export class WorkerPool implements Workers {
  readonly #threads: number;
  readonly #running = new Map<Worker, Job | undefined>();
  readonly #waiting: Job[] = [];
  #closed = false;

  constructor(threads: number) {
    this.#threads = threads;
  }

  run(task: string, input: unknown): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Error('the workers are closed'));
    if (this.#waiting.length >= MAX_WAITING)
      return Promise.reject(new Error('too many worker tasks are waiting'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, input, resolve, reject });
      this.#assign();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#waiting.splice(0)) job.reject(new Error('the workers are closed'));
    await Promise.all([...this.#running.keys()].map((worker) => worker.terminate()));
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#idleWorker();
      if (worker === undefined) return;
      const job = this.#waiting.shift()!;
      this.#running.set(worker, job);
      worker.ref();
      try {
        worker.postMessage({ task: job.task, input: job.input } satisfies TaskMessage);
      } catch (error) {
        // The input was not cloneable.
        this.#finish(worker, { error });
      }
    }
  }

  #idleWorker(): Worker | undefined {
    for (const [worker, job] of this.#running) if (job === undefined) return worker;
    return this.#running.size < this.#threads ? this.#start() : undefined;
  }

  #start(): Worker {
    const worker = new Worker(compiledModule('runtime/node/worker-entry'));
    this.#running.set(worker, undefined);
    worker.on('message', (result: TaskResult) => {
      this.#finish(worker, result);
      this.#assign();
    });
    worker.on('error', (error) => this.#finish(worker, { error }));
    worker.on('exit', (code) => {
      this.#finish(worker, { error: new Error(`the worker thread ended with code ${code}`) });
      this.#running.delete(worker);
      if (!this.#closed) this.#assign();
    });
    return worker;
  }

  #finish(worker: Worker, result: TaskResult): void {
    const job = this.#running.get(worker);
    if (job === undefined) return;
    this.#running.set(worker, undefined);
    worker.unref();
    if ('error' in result) job.reject(result.error);
    else job.resolve(result.value);
  }
}
