/** Policies come from modules, and a broker that cannot have the one it was told to have does not start. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { closePolicies, loadPolicies } from '../../../src/broker/load-policies.ts';
import { BrokerConfig } from '../../../src/config/index.ts';
import type { Policies } from '../../../src/server/index.ts';
import { recordingLogger } from '../controller/fixtures.ts';

const CREATE = 'create.topic.policy.class.name';
const ALTER = 'alter.config.policy.class.name';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-policies-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function moduleOf(name: string, text: string): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, text);
  return path;
}

function load(properties: Readonly<Record<string, string>>): Promise<Policies> {
  const { config } = BrokerConfig.parse({ 'zookeeper.connect': 'nowhere:2181', ...properties });
  return loadPolicies(config, { absolutePath: (path) => resolve(path) });
}

test('without settings there are none', async () => {
  expect(await load({})).toEqual({ createTopic: null, alterConfig: null });
});

test('a class is made and told the properties of the broker; an object is taken as it is; both are closed', async () => {
  const made = await moduleOf(
    'made.mjs',
    `export default class {
       configure(configs) { this.seen = configs['my.setting']; }
       validate() { throw new Error(this.seen); }
       close() { globalThis.closedPolicies = [...(globalThis.closedPolicies ?? []), this.seen]; throw new Error('no'); }
     }`,
  );
  const asItIs = await moduleOf(
    'as-it-is.mjs',
    `export default { validate() {}, async close() { globalThis.closedPolicies.push('object'); } };`,
  );
  const policies = await load({ [CREATE]: made, [ALTER]: pathToFileURL(asItIs).href, 'my.setting': 'mine' });
  expect(() => policies.createTopic?.validate({} as never)).toThrow('mine');
  await closePolicies(policies, recordingLogger([]));
  expect((globalThis as { closedPolicies?: unknown }).closedPolicies).toEqual(['mine', 'object']);
});

test('the name of a Java class is refused in the original’s words', async () => {
  await expect(load({ [CREATE]: 'com.example.Policy' })).rejects.toThrow(
    `Invalid value com.example.Policy for configuration ${CREATE}: Class com.example.Policy could not be found.`,
  );
});

test('a module that cannot be run, and one that exports no policy, are refused', async () => {
  const broken = await moduleOf('broken.mjs', `throw new Error('not today');`);
  await expect(load({ [ALTER]: broken })).rejects.toThrow(
    `Invalid value ${broken} for configuration ${ALTER}: Class ${broken} could not be loaded: not today`,
  );
  const other = await moduleOf('other.mjs', `export default { check() {} };`);
  await expect(load({ [ALTER]: other })).rejects.toThrow(
    `${other} is not an instance of org.apache.kafka.server.policy.AlterConfigPolicy`,
  );
});
