/**
 * The real world behind the Runtime seam: the system's clock, files, sockets and threads. Only the composition
 * (broker, kit, tools) imports this face; every other room is handed a Runtime.
 */
import type { Logger } from '../logger.ts';
import type { Runtime } from '../runtime.ts';
import { silentLogger } from '../silent-logger.ts';
import { NodeClock } from './clock.ts';
import { NodeDisk } from './disk.ts';
import { NodeNetwork } from './network.ts';
import { NodeRandom } from './random.ts';
import { NodeTimers } from './timers.ts';
import { createWorkers } from './workers.ts';

export { NodeClock } from './clock.ts';
export { EventLoopWatch } from './event-loop-watch.ts';
export { portOwner } from './port-owner.ts';

export interface NodeRuntimeOptions {
  readonly logger?: Logger;
  /** Worker threads at most; by default one less than the machine's cores, at least one. */
  readonly workerThreads?: number;
}

export function createNodeRuntime({
  logger = silentLogger,
  workerThreads,
}: NodeRuntimeOptions = {}): Runtime {
  const clock = new NodeClock();
  return {
    clock,
    timers: new NodeTimers(),
    random: new NodeRandom(),
    disk: new NodeDisk(logger, clock),
    network: new NodeNetwork(logger),
    workers: createWorkers(workerThreads),
    logger,
  };
}
