/**
 * Random operations on ZooKeeper: a seed gives a sequence of them, by two sessions on a handful of znodes, so that they
 * get into each other's way. What a step finds when its turn comes nobody knows; that two servers find the same is
 * what is asked.
 */
import { OPEN_ACL } from '../../../src/zookeeper/index.ts';
import type { Acl, CreateMode, ExpectedVersion, MultiOp } from '../../../src/zookeeper/index.ts';
import type { SeededRandom } from '../../simulation/world/seeded-random.ts';

export const CLIENTS = ['a', 'b'] as const;
export type ClientName = (typeof CLIENTS)[number];

/** Everything happens below it. */
export const ROOT = '/r';

export type Step = { readonly client: ClientName } & (
  | MultiOp
  | { readonly op: 'getData' | 'exists' | 'getChildren'; readonly path: string; readonly watch: boolean }
  | {
      readonly op: 'setAcl';
      readonly path: string;
      readonly acl: readonly Acl[];
      readonly version: ExpectedVersion;
    }
  | { readonly op: 'getAcl' | 'sync'; readonly path: string }
  | { readonly op: 'multi'; readonly ops: readonly MultiOp[] }
  | { readonly op: 'close' }
  /** The connection breaks; what the other does meanwhile is heard of afterwards. */
  | { readonly op: 'reconnect'; readonly meanwhile: readonly Step[] }
);

/** Those that others are below of more often than those. */
const BELOW = [
  'a',
  'a',
  'a',
  'b',
  'b',
  'a/x',
  'a/x',
  'a/y',
  'b/x',
  'a/x/z',
  'n-0000000001',
  'a/n-0000000000',
].map(inRoot);
const PATHS = [ROOT, ...BELOW];
const MODES: readonly CreateMode[] = [
  'persistent',
  'persistent',
  'ephemeral',
  'persistent-sequential',
  'ephemeral-sequential',
];
const VALUES = [null, Buffer.alloc(0), Buffer.from('one'), Buffer.from('another')];
const ACLS: readonly (readonly Acl[])[] = [
  OPEN_ACL,
  [{ permissions: 31, scheme: 'auth', id: '' }],
  [
    { permissions: 1, scheme: 'world', id: 'anyone' },
    { permissions: 31, scheme: 'auth', id: '' },
  ],
  [{ permissions: 31, scheme: 'world', id: 'nobody' }],
];
const MAX_STEPS_OF_MULTI = 4;
const MAX_MEANWHILE = 6;

export function stepsOf(random: SeededRandom, count: number): Step[] {
  return Array.from({ length: count }, () => stepBy(random, pick(random, CLIENTS)));
}

function inRoot(name: string): string {
  return `${ROOT}/${name}`;
}

function pick<T>(random: SeededRandom, values: readonly T[]): T {
  return values[random.below(values.length)]!;
}

function version(random: SeededRandom): ExpectedVersion {
  return random.chance(0.6) ? 'any' : random.below(4);
}

function stepBy(random: SeededRandom, client: ClientName): Step {
  const draw = random.fraction();
  if (draw < 0.03) {
    const other = client === 'a' ? 'b' : 'a';
    const meanwhile = Array.from({ length: random.below(MAX_MEANWHILE) }, () => callBy(random, other));
    return { client, op: 'reconnect', meanwhile };
  }
  return draw < 0.05 ? { client, op: 'close' } : callBy(random, client);
}

function callBy(random: SeededRandom, client: ClientName): Step {
  const path = pick(random, PATHS);
  const draw = random.fraction();
  if (draw < 0.5) return { client, ...writeBy(random) };
  if (draw < 0.62) {
    const ops = Array.from({ length: 1 + random.below(MAX_STEPS_OF_MULTI) }, () => writeBy(random));
    return { client, op: 'multi', ops };
  }
  // The root stays, and stays everybody's.
  if (draw < 0.66)
    return {
      client,
      op: 'setAcl',
      path: pick(random, BELOW),
      acl: pick(random, ACLS),
      version: version(random),
    };
  if (draw < 0.69) return { client, op: pick(random, ['getAcl', 'sync'] as const), path };
  const op = pick(random, ['getData', 'exists', 'getChildren'] as const);
  return { client, op, path, watch: random.chance(0.7) };
}

/** What may stand alone and in a transaction. A check alone is a transaction of one. */
function writeBy(random: SeededRandom): MultiOp {
  const path = pick(random, PATHS);
  const data = pick(random, VALUES);
  const draw = random.fraction();
  if (draw < 0.55) {
    const mode = pick(random, MODES);
    const sequential = mode.endsWith('sequential');
    const acl = random.chance(0.08) ? { acl: pick(random, ACLS) } : {};
    return { op: 'create', path: sequential ? `${path}/n-` : path, data, mode, ...acl };
  }
  if (draw < 0.75) return { op: 'setData', path, data, version: version(random) };
  if (draw < 0.9) return { op: 'delete', path: pick(random, BELOW), version: version(random) };
  return { op: 'check', path, version: version(random) };
}
