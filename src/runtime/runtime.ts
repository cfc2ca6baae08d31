/**
 * The seam between Klassik and the world. A broker is handed one Runtime and takes time, timers, randomness, files,
 * sockets, worker threads and its logger from nowhere else, so a whole cluster can run on simulated ones under one
 * seed. ZooKeeper needs no member: the session engine reaches it through `network`.
 */
import type { Clock, Timers } from './clock.ts';
import type { Disk } from './disk.ts';
import type { Logger } from './logger.ts';
import type { Network } from './network.ts';
import type { Random } from './random.ts';
import type { Workers } from './workers.ts';

export interface Runtime {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly disk: Disk;
  readonly network: Network;
  readonly workers: Workers;
  readonly logger: Logger;
}
