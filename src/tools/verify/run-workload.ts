/**
 * One run from the first topic to the last reading: workers at work, faults if there are to be any, a calm in which all
 * is whole again, and then every partition read to its end.
 */
import { KafkaError } from '../../protocol/index.ts';
import type { Timers } from '../../runtime/index.ts';
import { createTopic, deleteTopics, type ClientRuntime, type ClusterClient } from '../client/index.ts';
import { drain } from './drain.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import { WorkloadWorld, type WorkloadSettings } from './workload-world.ts';
import { workersOf } from './workers.ts';

export interface RunOptions {
  readonly settings: WorkloadSettings;
  readonly recorder: HistoryRecorder;
  readonly runtime: ClientRuntime;
  readonly durationMs: number;
  readonly drainTimeoutMs: number;
  /** -1 leaves it to the cluster: as many as there are brokers, at most three. */
  readonly replicationFactor: number;
  readonly topicConfigs: Readonly<Record<string, string>>;
  readonly keepTopics: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
  /** Hurts the cluster until it is told to end, and returns when everything is whole again. */
  readonly nemesis?: (isOver: () => boolean) => Promise<void>;
  /** How long the workers go on after that: what a fault did may show only when all is well again. */
  readonly calmMs?: number;
}

const REPLICAS_MAX = 3;
const PROGRESS_INTERVAL_MS = 5_000;
const LOOK_MS = 100;

/** The partitions that could not be read to their ends. */
export async function runWorkload(options: RunOptions): Promise<string[]> {
  const { settings, recorder, runtime, durationMs, signal, nemesis, onProgress } = options;
  const { clock, timers } = runtime;
  const untilMs = clock.monotonicMs() + durationMs;
  const isOver = (): boolean => signal.aborted || clock.monotonicMs() >= untilMs || recorder.isFull;
  let isEnding = false;
  const world = new WorkloadWorld(settings, recorder, runtime, () => isEnding);
  const client = world.connect('klassik-verify');
  try {
    await makeTopics(client, world, options);
    const endProgress = every(timers, PROGRESS_INTERVAL_MS, () => onProgress(progressOf(recorder)));
    const workers = Promise.all(workersOf(settings).map((work) => work(world)));
    try {
      await nemesis?.(isOver);
      while (!isOver()) await timers.sleep(LOOK_MS);
      if (!signal.aborted) await timers.sleep(options.calmMs ?? 0);
    } finally {
      isEnding = true;
      await workers;
      endProgress();
    }
    onProgress('reading every partition to its end ...');
    return await drain(world, options.drainTimeoutMs);
  } finally {
    if (!options.keepTopics) await deleteTopics(client, Object.values(world.topics)).catch(() => undefined);
    await client.close();
  }
}

/** Until the function is called that it gives. */
function every(timers: Timers, intervalMs: number, act: () => void): () => void {
  const again = (): void => {
    timer = timers.after(intervalMs, again);
    act();
  };
  let timer = timers.after(intervalMs, again);
  return () => timer.cancel();
}

function progressOf({ elapsedMs, events, acknowledged }: HistoryRecorder): string {
  return `${(elapsedMs / 1000).toFixed(0)} s: ${events.length} events, ${acknowledged} records acknowledged`;
}

export async function makeTopics(
  client: ClusterClient,
  { topics, settings }: WorkloadWorld,
  {
    replicationFactor,
    topicConfigs,
    onProgress,
  }: Pick<RunOptions, 'replicationFactor' | 'topicConfigs' | 'onProgress'>,
): Promise<void> {
  const { brokers } = await client.metadata([]);
  const replicas = replicationFactor > 0 ? replicationFactor : Math.min(REPLICAS_MAX, brokers.length);
  const configs = { 'min.insync.replicas': String(Math.max(1, replicas - 1)), ...topicConfigs };
  onProgress(
    `making ${Object.values(topics).join(' and ')}, ${settings.partitions} partitions each, ${replicas} replicas ...`,
  );
  for (const name of Object.values(topics))
    await createTopic(client, {
      name,
      numPartitions: settings.partitions,
      replicationFactor: replicas,
      assignments: new Map(),
      configs,
    });
  await client.retry(async () => {
    const metadata = await client.metadata(Object.values(topics));
    const partitions = metadata.topics.flatMap((topic) => topic.partitions);
    const isWhole = partitions.length === 2 * settings.partitions;
    if (!isWhole || partitions.some(({ leaderId }) => leaderId < 0))
      throw new KafkaError('LEADER_NOT_AVAILABLE');
  });
}
