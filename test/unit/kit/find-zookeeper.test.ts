import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { findZooKeeper, NoZooKeeperError } from '../../../src/kit/zookeeper/index.ts';

test('a ZooKeeper that is named is used, the option before the environment', async () => {
  const environment = { ZOOKEEPER_CONNECT: 'env:2181' };
  expect(await findZooKeeper({ environment })).toMatchObject({ kind: 'running', connect: 'env:2181' });
  expect(await findZooKeeper({ environment, connect: 'given:1/k' })).toMatchObject({ connect: 'given:1/k' });
});

test('a ZOOKEEPER_HOME that holds none, or cannot be started, is an error and not passed over', async () => {
  const home = await mkdtemp(join(tmpdir(), 'klassik-home-'));
  try {
    const environment = { ZOOKEEPER_HOME: home, PATH: process.env['PATH'] };
    await expect(findZooKeeper({ environment })).rejects.toThrow(NoZooKeeperError);
    await mkdir(join(home, 'lib'));
    const found = findZooKeeper({ environment });
    // Without Java on the machine the error says so.
    await expect(found.then(({ description }) => description, String)).resolves.toContain('ZOOKEEPER_HOME');
  } finally {
    await rm(home, { recursive: true });
  }
});
