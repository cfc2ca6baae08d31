/**
 * Work that would block the event loop: whole-log scans, compression of large batches. A task is a named function
 * of plain values; the real runtime runs it in a worker thread, the simulated one inline.
 */
export interface Workers {
  /** Runs `task` (a module name and export registered with the runtime) on `input`; both ends must be cloneable. */
  run(task: string, input: unknown): Promise<unknown>;
  close(): Promise<void>;
}
