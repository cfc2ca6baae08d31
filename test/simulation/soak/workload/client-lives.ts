/**
 * Client programs that live one life after another: a life that ends with a failure which clients must reckon with is
 * followed by the next, with a connection of its own. Anything else that is thrown is a bug and ends the run.
 */
import { KafkaError } from '../../../../src/protocol/index.ts';
import { errorCodeOf, type Runtime } from '../../../../src/runtime/index.ts';
import { ClusterClient } from '../../../../src/tools/client/index.ts';
import { addressOf, type SimulatedCluster } from '../../cluster.ts';
import type { ClientProgram } from './client-machines.ts';

const REQUEST_TIMEOUT_MS = 8_000;
const COMMAND_TIMEOUT_MS = 15_000;
const REVIVAL_MS = 300;

/** What a small workload found, and how much it tried. */
export interface SmallFindings {
  readonly violations: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

export interface SmallWorkload {
  /** Machines of clients, each of which may be killed or cut off at any time: it comes back by itself. */
  readonly hosts: readonly string[];
  /** All faults must be over. */
  readonly stop: () => Promise<SmallFindings>;
}

/** With `timeoutMs` 0 nothing is asked twice: an answer is the answer to the only request. */
export function clientIn(
  cluster: SimulatedCluster,
  runtime: Runtime,
  clientId: string,
  timeoutMs = COMMAND_TIMEOUT_MS,
): ClusterClient {
  return new ClusterClient({
    bootstrapServers: [...cluster.processes.keys()].map(addressOf),
    clientId,
    timeoutMs,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    runtime,
  });
}

export function livesOf(
  cluster: SimulatedCluster,
  clientId: string,
  isOver: () => boolean,
  live: (client: ClusterClient, runtime: Runtime) => Promise<void>,
  timeoutMs?: number,
): ClientProgram {
  return async (runtime) => {
    while (!isOver()) {
      const client = clientIn(cluster, runtime, clientId, timeoutMs);
      try {
        await live(client, runtime);
      } catch (thrown) {
        if (!isFailure(thrown)) throw thrown;
        await runtime.timers.sleep(REVIVAL_MS);
      } finally {
        await client.close();
      }
    }
  };
}

/** The cluster's, or the network's. */
export function isFailure(thrown: unknown): boolean {
  return thrown instanceof KafkaError || errorCodeOf(thrown) !== undefined;
}

/** So many operations a second on average. */
export function pause({ random, timers }: Runtime, rate: number): Promise<void> {
  return timers.sleep(random.below(Math.ceil((2 * 1000) / rate)));
}

/** Tries until it succeeds; gives up with the failure when the time is over. */
export async function patiently<T>(
  { clock, timers }: Runtime,
  patienceMs: number,
  act: () => Promise<T>,
): Promise<T> {
  const untilMs = clock.monotonicMs() + patienceMs;
  for (;;) {
    try {
      return await act();
    } catch (thrown) {
      if (!isFailure(thrown) || clock.monotonicMs() >= untilMs) throw thrown;
      await timers.sleep(REVIVAL_MS);
    }
  }
}
