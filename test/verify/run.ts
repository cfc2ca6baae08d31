/**
 * `klassik verify` with every nemesis on clusters of both kinds of brokers: the workload of the command, and all that can
 * be done to brokers, links, disks and ZooKeeper. A violation fails it; the history of the line-up stays.
 *
 *     npm run test:verify                                         half an hour for each line-up, the original alone among them
 *     npm run test:verify -- --line-up '2 Klassik' --seconds 300 --kinds 'kill|cut'
 *     npm run test:verify -- --line-up '3 JVM' --acks 1 --unclean   the proof that it finds something
 *
 * Links are cut in the proxies that stand between brokers and before ZooKeeper. A disk is full where this runs as root:
 * then the second disk of each broker is a small one, in memory.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { createNodeRuntime } from '../../src/runtime/node/index.ts';
import { nodeClientRuntime } from '../../src/tools/client/index.ts';
import { expireBrokerSession } from '../../src/tools/verify/expire-session.ts';
import type { PossibleFault } from '../../src/tools/verify/faults.ts';
import { HistoryFile } from '../../src/tools/verify/history-file.ts';
import { HistoryRecorder } from '../../src/tools/verify/history-recorder.ts';
import { runNemesis } from '../../src/tools/verify/nemesis.ts';
import { runWorkload } from '../../src/tools/verify/run-workload.ts';
import { checkHistory, reportOf } from '../../src/verify/index.ts';
import type { RunSettings } from '../../src/verify/index.ts';
import { kafkaLibraries } from '../support/kafka-jars.ts';
import { MixedBrokers, type LineUp } from '../support/mixed/mixed-brokers.ts';
import { LINE_UPS, ORIGINALS } from '../support/mixed/scenarios/index.ts';
import type { Seat } from '../support/mixed/seat.ts';
import { until } from '../support/until.ts';

const { values } = parseArgs({
  options: {
    'line-up': { type: 'string', default: '' },
    seconds: { type: 'string', default: '1800' },
    interval: { type: 'string', default: '8' },
    rate: { type: 'string', default: '80' },
    kinds: { type: 'string', default: '' },
    acks: { type: 'string', default: 'all' },
    unclean: { type: 'boolean', default: false },
  },
});

const SMALL_DISK = '96m';
const DRAIN_TIMEOUT_MS = 120_000;
const ZOOKEEPERS = 3;
const LOG_DIRS = 2;
const FILL_CHUNK_BYTES = 1024 * 1024;

const run = promisify(execFile);
const runtime = createNodeRuntime();
const clientRuntime = nodeClientRuntime();
const isRoot = process.getuid?.() === 0;
const found = kafkaLibraries();
if (found === null) throw new Error('there are no jars of the original here, and Maven cannot fetch them');
const libraries = found;

process.exitCode = 0;
for (const lineUp of [...LINE_UPS, ORIGINALS].filter(({ name }) => name.includes(values['line-up'])))
  if (!(await verifyLineUp(lineUp))) process.exitCode = 1;

async function verifyLineUp(lineUp: LineUp): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), 'klassik-verify-'));
  const small = lineUp.kinds.map((_, id) => join(dir, `data-${id}`, `disk-${LOG_DIRS - 1}`));
  console.log(`\n${lineUp.name}, in ${dir}`);
  let isRight = false;
  let brokers: MixedBrokers | undefined;
  try {
    if (isRoot) for (const path of small) await mountSmallDisk(path);
    brokers = await MixedBrokers.start({
      ...{ dir, libraries, kinds: lineUp.kinds, zookeepers: ZOOKEEPERS, logDirs: LOG_DIRS },
    });
    const { client, seats } = brokers;
    await until('the controller knows every broker', async () => {
      const { brokers: known } = await client.metadata([]);
      return known.length === seats.length;
    });
    isRight = await verify(brokers, join(dir, 'history.jsonl'));
  } finally {
    await brokers?.close();
    if (isRoot) for (const path of small) await run('umount', ['--lazy', path]).catch(() => undefined);
    if (isRight) await rm(dir, { recursive: true, force: true });
  }
  return isRight;
}

async function mountSmallDisk(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK}`, 'tmpfs', path]);
}

async function verify(brokers: MixedBrokers, path: string): Promise<boolean> {
  const acks = values.acks === '1' ? '1' : 'all';
  const intervalMs = Number(values.interval) * 1000;
  const onProgress = (message: string): void => console.log(`  ${message}`);
  const settings: RunSettings = {
    bootstrap: brokers.bootstrap.join(','),
    startedAt: new Date().toISOString(),
    acks,
    idempotent: acks === 'all',
    isolation: 'read_committed',
  };
  const file = await HistoryFile.create(path, settings);
  const recorder = new HistoryRecorder(settings, clientRuntime.clock, (event) => file.add(event));
  const faults = possibleFaults(brokers).filter(({ kind }) =>
    new RegExp(`^(${values.kinds || '.*'})$`).test(kind),
  );
  const undrained = await runWorkload({
    settings: {
      bootstrapServers: brokers.bootstrap,
      name: 'verify',
      partitions: 3,
      acks: acks === 'all' ? -1 : 1,
      idempotent: acks === 'all',
      readCommitted: true,
      workers: { producers: 3, readers: 2, members: 2, copiers: 3 },
      rate: Number(values.rate),
    },
    recorder,
    runtime: clientRuntime,
    durationMs: Number(values.seconds) * 1000,
    drainTimeoutMs: DRAIN_TIMEOUT_MS,
    replicationFactor: brokers.seats.length,
    topicConfigs: values.unclean
      ? { 'unclean.leader.election.enable': 'true', 'min.insync.replicas': '1' }
      : { 'min.insync.replicas': '2' },
    keepTopics: true,
    signal: new AbortController().signal,
    onProgress,
    calmMs: intervalMs,
    nemesis: async (isOver) => {
      await runNemesis({ faults, intervalMs, runtime: clientRuntime, recorder, isOver, onProgress });
      await brokers.restartStuckControllers();
    },
  });
  await file.close();
  const verdict = checkHistory(recorder);
  console.log(reportOf(verdict));
  if (undrained.length > 0) console.log(`not read to their ends: ${undrained.join(', ')}`);
  return verdict.violations.length === 0 && undrained.length === 0;
}

function possibleFaults(brokers: MixedBrokers): PossibleFault[] {
  const cut = new Set<number>();
  const zookeeper = brokers.ensemble.addresses;
  return [
    ...brokers.seats.flatMap((seat) => [
      ...processFaults(seat),
      ...linkFaults(brokers, seat, cut),
      fault('expire', seat, () => expireBrokerSession(zookeeper.join(','), seat.id, runtime)),
      ...(isRoot ? [fullDisk(seat)] : []),
    ]),
    ...zookeeper.map((_, index) => ({
      kind: 'kill-zookeeper',
      target: `ZooKeeper ${index + 1}`,
      begin: () => brokers.ensemble.kill(index),
      end: () => brokers.ensemble.restart(index),
    })),
  ];
}

function fault(
  kind: string,
  { id }: Seat,
  begin: () => Promise<void> | void,
  end: () => Promise<void> | void = () => undefined,
): PossibleFault {
  return { kind, target: `broker ${id}`, begin: async () => begin(), end: async () => end() };
}

function processFaults(seat: Seat): PossibleFault[] {
  return [
    fault(
      'kill',
      seat,
      () => seat.kill(),
      () => seat.start(),
    ),
    fault(
      'restart',
      seat,
      () => seat.stop(),
      () => seat.start(),
    ),
    fault(
      'pause',
      seat,
      () => seat.signal('SIGSTOP'),
      () => seat.signal('SIGCONT'),
    ),
  ];
}

/** From the other brokers, from ZooKeeper, from both. Clients reach it all the time. */
function linkFaults({ seats }: MixedBrokers, seat: Seat, cut: Set<number>): PossibleFault[] {
  const update = (): void => {
    for (const { id, peers } of seats) peers.hold(({ brokerId }) => cut.has(id) || cut.has(brokerId));
  };
  const cutPeers = (): void => {
    cut.add(seat.id);
    update();
  };
  const healPeers = (): void => {
    cut.delete(seat.id);
    update();
  };
  const cutAll = (): void => {
    cutPeers();
    seat.loseZooKeeper();
  };
  const healAll = (): void => {
    healPeers();
    seat.findZooKeeper();
  };
  return [
    fault('cut-peers', seat, cutPeers, healPeers),
    fault(
      'cut-zookeeper',
      seat,
      () => seat.loseZooKeeper(),
      () => seat.findZooKeeper(),
    ),
    fault('cut', seat, cutAll, healAll),
  ];
}

/** A log dir that could not be written stays offline until the broker starts anew. */
function fullDisk(seat: Seat): PossibleFault {
  const file = join(seat.logDirs[LOG_DIRS - 1]!, 'full');
  return fault(
    'fill',
    seat,
    () => fill(file),
    async () => {
      await rm(file, { force: true });
      await seat.kill();
      await seat.start();
    },
  );
}

async function fill(file: string): Promise<void> {
  const handle = await open(file, 'w');
  const chunk = Buffer.alloc(FILL_CHUNK_BYTES);
  try {
    for (;;) await handle.write(chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    await handle.close();
  }
}
