/** The examples do what their pages say; what they claim is looked at again, in the topics they leave behind. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { sharedZooKeeperServer } from '../../support/zookeeper.ts';
import { committedRecords, EXAMPLES, groupBy, runExample, valueOf } from './run-example.ts';

/** Processes that are killed and start again, some of them in turn: on a busy machine that takes its time. */
const LONG_MS = 180_000;
const NAMES = ['transfers', 'lab-booking', 'activity-tracking', 'log-aggregation', 'metrics'];

let dir: string;
let cluster: Cluster;
let kafka: Kafka;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-examples-'));
  const zookeeper = `${sharedZooKeeperServer()}/examples-${randomUUID()}`;
  const overrides = {
    'log.retention.check.interval.ms': '500',
    'log.initial.task.delay.ms': '500',
    'log.cleaner.backoff.ms': '500',
  };
  cluster = await startCluster({ dir, brokers: 3, port: 0, zookeeper, overrides });
  kafka = new Kafka({ brokers: cluster.bootstrap.split(','), logLevel: logLevel.NOTHING });
});
afterAll(async () => {
  await cluster.stop();
  await rm(dir, { recursive: true, force: true });
});

/** On the cluster of the test; an example that found its own invariant broken would end with 1. */
async function runWell(name: string, ...args: readonly string[]): Promise<string> {
  const options = ['--bootstrap-server', cluster.bootstrap, ...args];
  const { stdout, ...ended } = await runExample(name, options);
  expect(ended).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function committed<T>(topic: string): Promise<T[]> {
  return (await committedRecords(kafka, topic)).map((record) => valueOf(record) as T);
}

test('transfers: clerks are killed half way, and every transfer is there as a whole, once', async () => {
  const stdout = await runWell('transfers', '--transfers', '24', '--kills', '5');
  expect(stdout.match(/kill -9/g)).toHaveLength(5);
  // The reader of all records saw what never was: a clerk that died between debit and credit had written the debit.
  expect(stdout).toMatch(/all records +sum \d+, .* [1-9]\d* of them torn/);

  interface Entry {
    readonly account: string;
    readonly amount: number;
    readonly transfer: number | 'opening';
  }
  const entries = await committed<Entry>('transfers.entries');
  const transfers = groupBy(entries, ({ transfer }) => transfer);
  expect(transfers.get('opening')).toHaveLength(6);
  transfers.delete('opening');
  expect(transfers.size).toBeGreaterThan(0);
  for (const [debit, credit, ...more] of transfers.values()) {
    expect(debit!.amount + credit!.amount).toBe(0);
    expect(more).toEqual([]);
  }
  for (const changes of groupBy(entries, ({ account }) => account).values())
    expect(changes.reduce((sum, { amount }) => sum + amount, 0)).toBeGreaterThanOrEqual(0);
});

test(
  'lab-booking: every command is answered once, no slot is booked twice, timetables are what the log says',
  async () => {
    const stdout = await runWell('lab-booking', '--wishes', '24', '--kills', '4');
    expect(stdout.match(/kill -9 (Lab|Data)Service/g)).toHaveLength(4);

    interface Told {
      readonly type: string;
      readonly booking: string;
      readonly lab: string;
      readonly slot: string;
      readonly person: string;
    }
    const commands = await committed<Told>('lab-booking.commands');
    const events = await committed<Told>('lab-booking.schedule');
    expect(commands.length).toBeGreaterThanOrEqual(24);
    const bookings = (told: readonly Told[]): string[] => told.map(({ booking }) => booking).toSorted();
    expect(bookings(events)).toEqual(bookings(commands));
    const holders = new Map<string, string>();
    for (const { type, lab, slot, person } of events) {
      if (type === 'booked') expect(holders.has(`${lab} ${slot}`)).toBe(false);
      if (type === 'booked') holders.set(`${lab} ${slot}`, person);
      if (type === 'cancelled') holders.delete(`${lab} ${slot}`);
    }
    interface Timetable {
      readonly lab: string;
      readonly slots: Readonly<Record<string, string | null>>;
    }
    const timetables = await committed<Timetable>('lab-booking.timetables');
    const newest = new Map(timetables.map(({ lab, slots }) => [lab, slots]));
    const told = [...newest].flatMap(([lab, slots]) =>
      Object.entries(slots).map(([slot, person]) => [`${lab} ${slot}`, person]),
    );
    expect(new Map(told.filter(([, person]) => person !== null) as [string, string][])).toEqual(holders);
  },
  LONG_MS,
);

test('activity-tracking: whoever counts, and whoever is killed, each window comes out right', async () => {
  const stdout = await runWell('activity-tracking', '--views', '2000');
  expect(stdout).toContain('kill -9 counter A');
  const minuteOf = (timestamp: string): number => Number(timestamp) - (Number(timestamp) % 60_000);
  const views = await committedRecords(kafka, 'activity.page-views');
  expect(views).toHaveLength(2000);
  const inWindows = groupBy(views, ({ key, timestamp }) => `${key!.toString()} ${minuteOf(timestamp)}`);
  const counts = await committedRecords(kafka, 'activity.views-per-minute');
  const told = new Map(
    counts.map((record) => [record.key!.toString(), (valueOf(record) as { readonly views: number }).views]),
  );
  expect(told.size).toBeGreaterThan(100);
  for (const [window, count] of told)
    expect([window, inWindows.get(window)?.length]).toEqual([window, count]);
});

test('log-aggregation: topics keep what their retention says, without holes', async () => {
  const stdout = await runWell('log-aggregation', '--instances', '3', '--lines', '500');
  expect(stdout).toContain('kill -9 payments');
  const admin = kafka.admin();
  await admin.connect();
  const lowest = async (service: string): Promise<{ low: number; kept: number }> => {
    const partitions = await admin.fetchTopicOffsets(`log-aggregation.${service}`);
    return {
      low: partitions.reduce((sum, { low }) => sum + Number(low), 0),
      kept: partitions.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0),
    };
  };
  expect((await lowest('payments')).low).toBe(0);
  expect((await lowest('search')).low).toBeGreaterThan(0);
  expect((await lowest('search')).kept).toBeGreaterThan(0);
  expect((await lowest('heartbeats')).kept).toBe(0);
  await admin.disconnect();

  interface Line {
    readonly instance: string;
    readonly number: number;
  }
  const payments = groupBy(await committed<Line>('log-aggregation.payments'), ({ instance }) => instance);
  expect(payments.size).toBe(6);
  for (const lines of payments.values())
    expect(lines.map(({ number }) => number)).toEqual(lines.map((_line, index) => index));
});

test('metrics: what compaction leaves are the last values of the history', async () => {
  await runWell('metrics', '--rounds', '100');
  const lastValues = async (topic: string): Promise<{ records: number; values: Map<string, string> }> => {
    const records = await committedRecords(kafka, topic);
    const values = new Map(records.map(({ key, value }) => [key!.toString(), value?.toString() ?? 'gone']));
    return { records: records.length, values };
  };
  const history = await lastValues('metrics.history');
  const latest = await lastValues('metrics.latest');
  expect(history.records).toBeGreaterThan(3600);
  expect(latest.records).toBeLessThan(200);
  const isGone = (key: string): boolean => key.startsWith('host-12 ');
  for (const [key, value] of history.values)
    expect([key, latest.values.get(key)]).toEqual([key, isGone(key) ? 'gone' : value]);
});

test('without --bootstrap-server an example brings its own cluster, and takes it down', async () => {
  const TMPDIR = join(dir, 'tmp');
  await mkdir(TMPDIR);
  const { code, stdout } = await runExample('transfers', ['--transfers', '2', '--kills', '0'], { TMPDIR });
  expect(code).toBe(0);
  expect(stdout).toContain('starting ZooKeeper and three brokers');
  expect(readdirSync(TMPDIR).filter((name) => name.startsWith('klassik-'))).toEqual([]);
});

test.each(NAMES)('%s explains itself, and refuses a wrong command line', async (name) => {
  const help = await runExample(name, ['--help']);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toContain('--bootstrap-server');
  const wrong = await runExample(name, ['--no-such-option']);
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr).toContain('--no-such-option');
});

test('every example has a page, a command and a line in the list', () => {
  const list = readFileSync(join(EXAMPLES, 'README.md'), 'utf8');
  const { scripts } = JSON.parse(readFileSync(join(EXAMPLES, '../package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  for (const name of NAMES) {
    expect(readFileSync(join(EXAMPLES, name, 'README.md'), 'utf8')).toContain(`npm run example:${name}`);
    expect(scripts[`example:${name}`]).toContain(`examples/${name}`);
    expect(list).toContain(`](${name})`);
  }
});
