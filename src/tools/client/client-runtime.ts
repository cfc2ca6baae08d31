/**
 * What a client takes from the world: time, randomness and the network. The tools run on Node's; the simulation runs the
 * same clients on its own.
 */
import type { Runtime } from '../../runtime/index.ts';
import { createNodeRuntime } from '../../runtime/node/index.ts';

export type ClientRuntime = Pick<Runtime, 'clock' | 'timers' | 'random' | 'network'>;

/**
 * A broker lives as long as its sockets; a client also while it waits to try again, when it may have no socket at all.
 * So its timers, unlike a broker's, keep the process alive.
 */
export function nodeClientRuntime(): ClientRuntime {
  const { clock, timers, random, network } = createNodeRuntime();
  return {
    clock,
    random,
    network,
    timers: {
      after: (delayMs, callback) => {
        const timeout = setTimeout(callback, delayMs);
        return { cancel: () => clearTimeout(timeout) };
      },
      endOfTurn: (callback) => timers.endOfTurn(callback),
      sleep: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
    },
  };
}
