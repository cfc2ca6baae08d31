/**
 * Where every launcher in bin/ leads: it finds the tool by the name it was called as (`kafka-topics`,
 * `kafka-topics.sh`, `klassik topics`), runs it on the real standard streams and exits with its code.
 */
import { once } from 'node:events';
import { runTool } from './cli/index.ts';
import type { ToolIo } from './cli/index.ts';
import { launcherOf, TOOLS } from './all-tools.ts';

/** `name` is what the launcher is called, `argv` what follows it. */
export async function main(name: string, argv: readonly string[]): Promise<void> {
  const called = name.replace(/\.(sh|js)$/, '');
  // `kafka-topics --list | head -1` closes our output early: that is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  let aborted: AbortSignal | undefined;
  const io: ToolIo = {
    spelling: called === 'klassik' ? 'klassik' : 'legacy',
    format: 'text',
    stdin: process.stdin,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    drained: async () => {
      if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
    },
    get signal() {
      return (aborted ??= abortedBySignals());
    },
  };
  // A tool ends when it is done or told to. Without this one that waits for nothing but a timer, such as a broker whose
  // ZooKeeper refuses connections, would end silently in the middle.
  setInterval(() => undefined, 1 << 30);
  const tool = TOOLS.find((each) => launcherOf(each) === called);
  const code = tool === undefined ? await klassik(argv, io) : await runTool(tool, argv, io);
  await new Promise((flushed) => process.stdout.write('', flushed));
  process.exit(code);
}

/** Loaded when asked for: it brings the kit along, which kafka-topics does well without. */
async function klassik(argv: readonly string[], io: ToolIo): Promise<number> {
  const { runKlassik } = await import('./klassik.ts');
  return runKlassik(argv, io);
}

/**
 * From the first look at `io.signal` on, Ctrl-C no longer ends the process at once: the tool ends itself. Whoever
 * presses it again means it; but npm passes on what the terminal has sent already, so one that follows at once is
 * the same one.
 */
function abortedBySignals(): AbortSignal {
  const abort = new AbortController();
  let firstAtMs: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      firstAtMs ??= performance.now();
      if (performance.now() - firstAtMs > SAME_SIGNAL_MS) process.exit(INTERRUPTED);
      abort.abort(signal);
    });
  return abort.signal;
}

const SAME_SIGNAL_MS = 1000;
const INTERRUPTED = 130;
