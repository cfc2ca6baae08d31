/**
 * The configs of a broker and the levels of its loggers, changed while it runs: answered as Apache Kafka 3.9.1 did
 * (test/golden/broker-configs, recorded by record.ts), listeners that come and go with what is registered of them.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startCluster, type Cluster } from '../../../src/kit/index.ts';
import { configsTool } from '../../../src/tools/configs.ts';
import { run } from '../../unit/tools/support.ts';
import { QUESTIONS } from './questions.ts';
import { SETTINGS, World } from './world.ts';

jest.setTimeout(120_000);

const FIXTURE = new URL('../../golden/broker-configs/kafka-3.9.1.json', import.meta.url);
const original = (
  JSON.parse(readFileSync(FIXTURE, 'utf8')) as { readonly answers: Readonly<Record<string, unknown>> }
).answers;

let dir: string;
let cluster: Cluster;
let world: World;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-broker-configs-'));
  const port = await freePort('127.0.0.1');
  cluster = await startCluster({
    dir,
    brokers: 1,
    port,
    zookeeperPort: 0,
    host: '127.0.0.1',
    overrides: SETTINGS,
  });
  const ports = [await freePort('127.0.0.1'), await freePort('127.0.0.1')] as const;
  world = await World.create(port, ports, cluster.zookeeperConnect);
});
afterAll(async () => {
  await world.close();
  await cluster.stop();
  await rm(dir, { recursive: true, force: true });
});

test('the original was asked the same questions', () => {
  expect(Object.keys(original)).toEqual(Object.keys(QUESTIONS));
});

test.each(Object.entries(QUESTIONS))('%s', async (says, ask) => {
  expect(await ask(world)).toEqual(original[says]);
});

test('kafka-configs tells and changes the levels of loggers', async () => {
  const configs = (...argv: string[]): ReturnType<typeof run> =>
    run(configsTool, ['--bootstrap-server', cluster.bootstrap, ...argv]);
  const loggers = ['--entity-type', 'broker-loggers', '--entity-name', '0'];
  expect(
    await configs(
      '--alter',
      ...loggers,
      '--add-config',
      'kafka.log.LogCleaner=DEBUG,state.change.logger=ERROR',
    ),
  ).toEqual({ exitCode: 0, out: 'Completed updating config for broker-logger 0.\n', err: '' });
  const { out } = await configs('--describe', ...loggers);
  expect(out).toMatch(/^Dynamic configs for broker-logger 0 are:\n/);
  expect(out).toContain('\n  kafka.log.LogCleaner=DEBUG sensitive=false synonyms={}\n');
  expect(out).toContain('\n  root=INFO sensitive=false synonyms={}\n');
  const changed = await configs('--alter', '--broker-logger', '0', '--delete-config', 'kafka.log.LogCleaner');
  expect(changed.exitCode).toBe(0);
  expect((await configs('--describe', '--broker-logger', '0', '--all')).out).toMatch(
    /^All configs for broker-logger 0 are:\n(.*\n)* {2}kafka\.log\.LogCleaner=INFO /,
  );
  const refused = await configs('--alter', ...loggers, '--add-config', 'no.such=INFO,LogCleaner=INFO');
  expect([refused.exitCode, refused.err]).toEqual([
    1,
    expect.stringContaining('Invalid broker logger(s): no.such,LogCleaner'),
  ]);
});
