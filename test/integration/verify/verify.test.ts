/**
 * `klassik verify` on clusters of ours: one that is well is found right, also when a broker is killed under it; and one
 * that elects leaders out of those who lack records loses some, and is found out. The second is the proof that the first
 * says something.
 */
import { afterEach, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import type { ToolIo } from '../../../src/tools/cli/index.ts';
import { nodeClientRuntime } from '../../../src/tools/client/index.ts';
import { runKlassik } from '../../../src/tools/klassik.ts';
import { HistoryFile } from '../../../src/tools/verify/history-file.ts';
import { HistoryRecorder } from '../../../src/tools/verify/history-recorder.ts';
import { runWorkload } from '../../../src/tools/verify/run-workload.ts';
import { checkHistory } from '../../../src/verify/index.ts';
import type { RunSettings, Verdict } from '../../../src/verify/index.ts';
import { until } from '../../support/until.ts';

jest.setTimeout(180_000);

let dir: string;
let cluster: Cluster | undefined;

async function start(brokers: number, overrides: Readonly<Record<string, string>> = {}): Promise<Cluster> {
  dir = await mkdtemp(join(tmpdir(), 'klassik-verify-'));
  cluster = await startCluster({
    dir: join(dir, 'cluster'),
    brokers,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    overrides: {
      'zookeeper.session.timeout.ms': '3000',
      'offsets.topic.num.partitions': '3',
      'transaction.state.log.num.partitions': '3',
      ...overrides,
    },
  });
  return cluster;
}

afterEach(async () => {
  await cluster?.stop();
  await rm(dir, { recursive: true, force: true });
});

async function klassik(...argv: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const io: ToolIo = {
    spelling: 'klassik',
    format: 'text',
    stdin: Readable.from([]),
    out: (text) => (out += text.toString()),
    err: (text) => (err += text),
    drained: () => Promise.resolve(),
    signal: new AbortController().signal,
  };
  return { exitCode: await runKlassik(argv, io), out, err };
}

test('a cluster under which brokers are killed and sessions expire is found right, and its history again', async () => {
  const { bootstrap, dir: folder } = await start(3);
  const file = join(dir, 'history.jsonl');
  const hurt = ['--nemesis', 'kill,expire', '--cluster', folder, '--interval', '1'];
  const ran = await klassik(
    ...['verify', '--bootstrap-server', bootstrap, '--record', file, '--seconds', '6', ...hurt, '-o', 'json'],
  );
  const verdict = JSON.parse(ran.out) as Verdict & { readonly undecided: readonly string[] };
  expect({ ...verdict, code: ran.exitCode }).toMatchObject({ violations: [], undecided: [], code: 0 });
  expect(verdict.tried.recordsAcknowledged).toBeGreaterThan(0);
  expect(verdict.tried.recordsRead).toBeGreaterThanOrEqual(verdict.tried.recordsAcknowledged);
  expect(verdict.tried.transactions.ok).toBeGreaterThan(0);
  expect(verdict.tried.faults.length).toBeGreaterThan(0);

  const again = await klassik('verify', '--history', file);
  expect(again.exitCode).toBe(0);
  expect(again.out).toMatch(/^Tried on .*\nNo violation was found\.\n$/s);
});

test('a cluster that elects a leader without the records loses them, and that is found with its proof', async () => {
  const { bootstrap } = await start(2, {
    'unclean.leader.election.enable': 'true',
    'offsets.topic.replication.factor': '2',
  });
  const runtime = nodeClientRuntime();
  const path = join(dir, 'history.jsonl');
  const settings: RunSettings = {
    bootstrap,
    startedAt: '2026-11-28T12:00:00.000Z',
    acks: '1',
    idempotent: false,
    isolation: 'read_committed',
  };
  const file = await HistoryFile.create(path, settings);
  const recorder = new HistoryRecorder(settings, runtime.clock, (event) => file.add(event));
  const moreAreAcknowledged = async (): Promise<void> => {
    const enough = recorder.acknowledged + 20;
    await until('more records are acknowledged', () => recorder.acknowledged >= enough);
  };
  await runWorkload({
    settings: {
      bootstrapServers: bootstrap.split(','),
      name: 'unclean',
      partitions: 1,
      acks: 1,
      idempotent: false,
      readCommitted: true,
      workers: { producers: 3, readers: 1, members: 0, copiers: 0 },
      rate: 100,
    },
    recorder,
    runtime,
    durationMs: 0,
    drainTimeoutMs: 30_000,
    replicationFactor: 2,
    topicConfigs: { 'min.insync.replicas': '1' },
    keepTopics: false,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    nemesis: async () => {
      await moreAreAcknowledged();
      await cluster!.killBroker(1);
      await moreAreAcknowledged();
      await cluster!.killBroker(0);
      await cluster!.startBroker(1);
      await moreAreAcknowledged();
      await cluster!.startBroker(0);
    },
  });
  await file.close();
  const { violations, results } = checkHistory(recorder);
  // What somebody had read before it was lost is told otherwise: another record stands at its offset.
  const kind = violations.includes('lost-write') ? 'lost-write' : 'inconsistent-offsets';
  expect(violations).toContain(kind);
  const [proof] = results.find(({ name }) => name === kind)!.examples;
  expect(proof!.operations[0]).toMatchObject({ outcome: 'ok', actions: expect.anything() });

  const told = await klassik('verify', '--history', path);
  expect(told.exitCode).toBe(1);
  expect(told.out).toContain(proof!.text);
});

test('what cannot be tried or read is told by the exit code', async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-verify-'));
  cluster = undefined;
  expect(await klassik('verify')).toMatchObject({ exitCode: 2 });
  expect(await klassik('verify', '--acks', '2', '--bootstrap-server', 'x:1')).toMatchObject({ exitCode: 2 });
  expect(await klassik('verify', '--history', join(dir, 'none'))).toMatchObject({ exitCode: 3 });
  const help = await klassik('verify', '--help');
  expect(help).toMatchObject({ exitCode: 0, out: expect.stringContaining('--nemesis <kinds>') });
});
