import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { freePort } from '../../../src/kit/index.ts';
import { runKlassik } from '../../../src/tools/klassik.ts';
import { serverStartTool } from '../../../src/tools/server-start.ts';
import { zookeeperServerStartTool } from '../../../src/tools/zookeeper-server-start.ts';
import { run } from './support.ts';
import type { Ran } from './support.ts';

async function klassik(...argv: readonly string[]): Promise<Ran> {
  let out = '';
  let err = '';
  const exitCode = await runKlassik(argv, {
    spelling: 'klassik',
    format: 'text',
    stdin: Readable.from(['']),
    out: (text) => (out += text.toString()),
    err: (text) => (err += text),
    drained: () => Promise.resolve(),
    signal: new AbortController().signal,
  });
  return { exitCode, out, err };
}

describe('klassik tells a wrong command line (2) from a failure (1), each with its reason', () => {
  test.each([
    ['nope', 2, "unknown command 'nope'"],
    ['up --brokers 0', 2, 'at least one is needed'],
    ['up --port 70000', 2, 'a port is at most 65535'],
    ['up --override x', 2, 'key=value'],
    ['stop-broker x', 2, 'a whole number from 0 up is needed'],
    ['status -o yaml', 2, 'Allowed choices are text, json'],
    ['status --dir /nowhere', 1, 'no cluster runs in /nowhere'],
    ['down --dir /nowhere', 1, 'no cluster runs in /nowhere'],
    ['kill-broker 1 --dir /nowhere', 1, 'no cluster runs in /nowhere'],
    ['up --port 65534', 1, 'there are no ports for 3 brokers from 65534 on'],
    ['protocol show Fetch 99', 1, 'not 99'],
    ['protocol show Nope 1', 1, 'No message or API is called Nope'],
  ])('klassik %s', async (line, exitCode, words) => {
    const ran = await klassik(...line.split(' '));
    expect(ran).toMatchObject({ exitCode, out: '' });
    expect(ran.err).toContain(words);
  });
});

test('the status of a cluster is JSON for programs, and 1 while something is down', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'klassik-status-'));
  const zookeeperConnect = `127.0.0.1:${await freePort('127.0.0.1')}/chroot`;
  await writeFile(
    join(dir, 'cluster.json'),
    JSON.stringify({ host: 'h', zookeeperConnect, zookeeperPids: [], brokers: [{ id: 4, port: 9 }] }),
  );
  const { exitCode, out } = await klassik('status', '--dir', dir, '-o', 'json');
  await rm(dir, { recursive: true });
  expect(exitCode).toBe(1);
  expect(JSON.parse(out)).toEqual({
    brokers: [{ id: 4, port: 9, state: 'down', logFile: join(dir, 'broker-4.log') }],
    zookeeper: { connect: zookeeperConnect, state: 'down' },
  });
});

test('protocol list and show print JSON when asked', async () => {
  const list = await klassik('protocol', 'list', '-o', 'json');
  const { apis } = JSON.parse(list.out) as { apis: object[] };
  expect(apis[0]).toMatchObject({ key: 0, name: 'Produce' });
  const shown = await klassik('protocol', 'show', 'Fetch', '12', '-o', 'json');
  expect(JSON.parse(shown.out)).toMatchObject({ name: 'Fetch', version: 12, direction: 'decode' });
});

test('the start scripts without a file print the usage of the original on standard output, exit code 1', async () => {
  expect(await run(serverStartTool, [])).toEqual({
    exitCode: 1,
    out: 'USAGE: kafka-server-start.sh [-daemon] server.properties [--override property=value]*\n',
    err: '',
  });
  expect(await run(zookeeperServerStartTool, [])).toEqual({
    exitCode: 1,
    out: 'USAGE: zookeeper-server-start.sh [-daemon] zookeeper.properties\n',
    err: '',
  });
});

test('a properties file that is not there is one line', async () => {
  for (const tool of [serverStartTool, zookeeperServerStartTool]) {
    const { exitCode, err } = await run(tool, ['/no/such.properties']);
    expect({ exitCode, lines: err.trimEnd().split('\n').length }).toEqual({ exitCode: 1, lines: 1 });
    expect(err).toContain('Cannot read the properties file /no/such.properties');
  }
});
