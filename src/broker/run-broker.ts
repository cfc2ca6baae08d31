/**
 * A broker as a process: from the properties of a server.properties file to an exit code. Signals stop it in order;
 * anything it cannot go on from is logged and ends the process with code 1.
 */
import { hostname } from 'node:os';

import { BrokerConfig, ConfigError, type Properties } from '../config/index.ts';
import { createLogger, type CreatedLogger } from '../logging/index.ts';
import { registerEventLoopMetrics } from '../metrics/index.ts';
import { TraceFile } from '../observe/index.ts';
import type { Logger, Runtime } from '../runtime/index.ts';
import { EventLoopWatch, NodeClock, createNodeRuntime, portOwner } from '../runtime/node/index.ts';
import { Broker } from './broker.ts';
import { BrokerStartError } from './broker-start-error.ts';
import { explainStartFailure } from './start-failure.ts';
import { unservedSetting } from './unserved-settings.ts';

export interface RunBrokerOptions {
  /** Give up at once when a dead session still holds the broker id, as the original does. */
  readonly strict?: boolean;
  /** Write every fact to this file, a line of JSON each. */
  readonly traceFile?: string;
}

const FAILED = 1;
const GIVE_UP_MS = 2000;
const SAME_SIGNAL_MS = 1000;

/** Runs until a signal stops the broker; resolves with the exit code. */
export async function runBroker(properties: Properties, options: RunBrokerOptions = {}): Promise<number> {
  const created = createLogger({ clock: new NodeClock() });
  const logger = created.logger.child('kafka.Kafka');
  let config: BrokerConfig;
  try {
    const parsed = BrokerConfig.parse(properties);
    config = parsed.config;
    if (parsed.unknownKeys.length > 0)
      logger.warn(`These configurations are not known and have no effect: ${parsed.unknownKeys.join(', ')}`);
    const unserved = unservedSetting(config);
    if (unserved !== undefined) throw new BrokerStartError(unserved);
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof BrokerStartError)) throw error;
    logger.fatal(error.message);
    created.flush();
    return FAILED;
  }
  return serve(config, options, created, logger);
}

async function serve(
  config: BrokerConfig,
  options: RunBrokerOptions,
  created: CreatedLogger,
  logger: Logger,
): Promise<number> {
  const die = (reason: string, error: unknown): never => {
    logger.fatal(`${reason}: this broker stops`, { error });
    created.flush();
    process.exit(FAILED);
  };
  process.on('uncaughtException', (error) => die('an error nobody caught', error));
  process.on('unhandledRejection', (error) => die('a failure nobody waited for', error));

  const runtime = createNodeRuntime({ logger: created.logger });
  const broker = new Broker({
    runtime,
    config,
    hostName: hostname(),
    loggerLevels: created.levels,
    strict: options.strict ?? false,
    onFatal: die,
  });
  const eventLoopWatch = await watchEventLoop(broker, created.logger.child('klassik.EventLoop'), config);
  try {
    const trace = await openTrace(options.traceFile, broker, runtime, logger);
    const stopped = signalled(logger);
    const served = await Promise.race([broker.start().then(() => true), stopped.then(() => false)]);
    if (!served) {
      // As after a crash, but at once: what was recovered so far is recovered again, nothing is marked clean.
      await giveUp(broker, runtime);
      logger.info('stopped before it served');
      return FAILED;
    }
    await stopped;
    await broker.shutdown();
    await trace?.close();
    created.logger
      .child('klassik.EventLoop')
      .info(`The longest slice took ${eventLoopWatch.longestSliceMs.toFixed(1)} ms of CPU`);
    return 0;
  } catch (error) {
    await giveUp(broker, runtime);
    // Last, so that it is the line a person sees.
    const sentence = await explainStartFailure(error, config, portOwner);
    if (sentence === undefined) logger.fatal('Fatal error during KafkaServer startup', { error });
    else logger.fatal(sentence);
    return FAILED;
  } finally {
    eventLoopWatch.stop();
    created.flush();
  }
}

/** Long slices are facts; a log line tells of each that is longer than all before it. */
async function watchEventLoop(broker: Broker, logger: Logger, config: BrokerConfig): Promise<EventLoopWatch> {
  let longestMs = 0;
  const watch = await EventLoopWatch.start((cpuMs) => {
    if (broker.facts.active) broker.facts.emit({ kind: 'long-slice', cpuMs });
    if (cpuMs <= longestMs) return;
    longestMs = cpuMs;
    logger.info(`A slice took ${cpuMs.toFixed(1)} ms of CPU, the longest so far`);
  });
  registerEventLoopMetrics(broker.metrics, watch, {
    hasControlPlane: config.controlPlaneListenerName !== null,
  });
  return watch;
}

/** Leaves ZooKeeper, so that the broker's id is free at once; a ZooKeeper that is gone is not waited for. */
async function giveUp(broker: Broker, { timers }: Runtime): Promise<void> {
  await Promise.race([broker.abandon().catch(() => undefined), timers.sleep(GIVE_UP_MS)]);
}

async function openTrace(
  path: string | undefined,
  { facts }: Broker,
  { disk }: Runtime,
  logger: Logger,
): Promise<TraceFile | undefined> {
  if (path === undefined) return undefined;
  return TraceFile.open({
    path,
    disk,
    facts,
    onError: (error) => logger.error(`the trace in ${path} ends here`, { error }),
  });
}

/**
 * Resolves at the first SIGTERM or SIGINT; a second one ends the process without waiting, unless it comes at once:
 * then a terminal and npm have both passed on the same one.
 */
function signalled(logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    const clock = new NodeClock();
    let firstAtMs: number | undefined;
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => {
        if (firstAtMs !== undefined) {
          if (clock.monotonicMs() - firstAtMs > SAME_SIGNAL_MS) process.exit(FAILED);
          return;
        }
        firstAtMs = clock.monotonicMs();
        logger.info(`Terminating process due to signal ${signal}`);
        resolve();
      });
  });
}
