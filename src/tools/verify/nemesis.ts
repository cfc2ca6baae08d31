/**
 * The nemesis: picks a kind of fault and its victims, begins it, lets it last, ends it, and lets the cluster recover for
 * a while, until the run is over. What it did stands in the history. When it returns, everything it began is ended.
 */
import type { Random } from '../../runtime/index.ts';
import { messageOf } from '../cli/index.ts';
import type { ClientRuntime } from '../client/index.ts';
import type { PossibleFault } from './faults.ts';
import type { HistoryRecorder } from './history-recorder.ts';

export interface NemesisOptions {
  readonly faults: readonly PossibleFault[];
  /** How long a fault lasts on average, and how long the rest after it. */
  readonly intervalMs: number;
  readonly runtime: Pick<ClientRuntime, 'clock' | 'timers' | 'random'>;
  readonly recorder: HistoryRecorder;
  readonly isOver: () => boolean;
  readonly onProgress: (message: string) => void;
}

/** An end that does not work at once may work when the cluster has come to itself. */
const END_ATTEMPTS = 5;
const END_BACKOFF_MS = 2_000;
const LOOK_MS = 100;

export async function runNemesis(options: NemesisOptions): Promise<void> {
  const { faults, intervalMs, runtime, isOver } = options;
  const { random } = runtime;
  const rest = (): Promise<void> => sleepUnless(isOver, runtime, intervalMs / 2 + random.below(intervalMs));
  await rest();
  while (!isOver()) {
    const victims = chooseFaults(faults, random);
    const begun: PossibleFault[] = [];
    try {
      for (const fault of victims) {
        begun.push(fault);
        await begin(fault, options);
      }
      await rest();
    } finally {
      await Promise.all(begun.map((fault) => end(fault, options)));
    }
    await rest();
  }
}

/** One kind, mostly at one target; now and then at a majority of them or at all. */
export function chooseFaults(faults: readonly PossibleFault[], random: Random): PossibleFault[] {
  const kinds = [...new Set(faults.map(({ kind }) => kind))];
  const kind = kinds[random.below(kinds.length)];
  const left = faults.filter((fault) => fault.kind === kind);
  const majority = Math.floor(left.length / 2) + 1;
  const dice = random.below(10);
  const count = dice === 0 ? left.length : dice <= 2 ? majority : 1;
  const chosen: PossibleFault[] = [];
  while (chosen.length < count) chosen.push(...left.splice(random.below(left.length), 1));
  return chosen;
}

/** One that fails may have happened by half: it is ended like the others. */
async function begin({ kind, target, begin: act }: PossibleFault, options: NemesisOptions): Promise<void> {
  const { recorder, onProgress } = options;
  recorder.fault(`${kind} ${target} begins`);
  onProgress(`${(recorder.elapsedMs / 1000).toFixed(1)} s: ${kind} ${target}`);
  await act().catch((thrown: unknown) => {
    recorder.fault(`${kind} ${target} failed to begin: ${messageOf(thrown)}`);
    onProgress(`${kind} ${target} failed to begin: ${messageOf(thrown)}`);
  });
}

async function end({ kind, target, end: act }: PossibleFault, options: NemesisOptions): Promise<void> {
  const { recorder, runtime, onProgress } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      await act();
      recorder.fault(`${kind} ${target} ends`);
      return;
    } catch (thrown) {
      onProgress(`${kind} ${target} could not be ended: ${messageOf(thrown)}`);
      if (attempt >= END_ATTEMPTS) throw thrown;
      await runtime.timers.sleep(END_BACKOFF_MS);
    }
  }
}

async function sleepUnless(
  isOver: () => boolean,
  { clock, timers }: Pick<ClientRuntime, 'clock' | 'timers'>,
  timeMs: number,
): Promise<void> {
  const untilMs = clock.monotonicMs() + timeMs;
  while (!isOver() && clock.monotonicMs() < untilMs) await timers.sleep(LOOK_MS);
}
