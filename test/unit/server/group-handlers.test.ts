/** What the group handlers do themselves: versions, shapes, permissions per group and topic, offsets in ZooKeeper. */
import { describe, expect, test } from '@jest/globals';
import { HANDLERS } from '../../../src/server/handlers/index.ts';
import { javaInetAddress } from '../../../src/server/handlers/group-request.ts';
import type { RequestContext } from '../../../src/server/handler.ts';
import { ANONYMOUS } from '../../../src/security/index.ts';
import {
  apiByKey,
  decodeMessage,
  encodeToBuffer,
  errorNameOf,
  KafkaError,
} from '../../../src/protocol/index.ts';
import { coordinatorWorld } from '../coordinator/coordinator-world.ts';
import { RANGE } from '../coordinator/members.ts';
import { transactionWorld } from '../coordinator/transaction/transaction-world.ts';

const OFFSETS_TOPIC = '__consumer_offsets';

interface Server {
  /** Sends through both codecs, as a client would; what the version lacks is lost on the way. */
  readonly ask: (
    apiKey: number,
    apiVersion: number,
    request: unknown,
    denied?: readonly string[],
  ) => Promise<Record<string, unknown>>;
  readonly time: { advance(ms: number): Promise<void> };
  readonly created: string[];
  readonly topics: Set<string>;
  readonly zooKeeper: Map<string, number>;
}

async function server(): Promise<Server> {
  const { coordinator, time } = await coordinatorWorld();
  const [created, topics, zooKeeper] = [[] as string[], new Set(['orders']), new Map<string, number>()];
  let producerId = 0;
  const services = {
    runtime: { clock: time.clock, logger: { warn: () => undefined } },
    config: { get: () => 64 },
    groupCoordinator: coordinator,
    transactionCoordinator: (await transactionWorld()).coordinator,
    producerIdManager: { generateProducerId: () => producerId++ },
    autoTopicCreation: {
      createTopics: (names: readonly string[]) => {
        created.push(...names);
        return Promise.resolve(new Map());
      },
    },
    metadataCache: {
      contains: (topic: string) => topics.has(topic),
      partition: (topic: string, partition: number) =>
        topics.has(topic) && partition < 2 ? { leader: 7 } : undefined,
      brokerEndpoint: (id: number) => ({ id, host: 'broker', port: 9092 }),
    },
    zkClient: {
      topics: {
        getConsumerOffset: (group: string, { topic, partition }: { topic: string; partition: number }) =>
          Promise.resolve(zooKeeper.get(`${group}/${topic}/${partition}`) ?? null),
        setOrCreateConsumerOffset: (
          group: string,
          { topic, partition }: { topic: string; partition: number },
          offset: number,
        ) => {
          if (group === '') return Promise.resolve(false);
          zooKeeper.set(`${group}/${topic}/${partition}`, offset);
          return Promise.resolve(true);
        },
      },
    },
  };
  const ask: Server['ask'] = async (apiKey, apiVersion, request, denied = []) => {
    const api = apiByKey(apiKey);
    const bound = HANDLERS.get(apiKey);
    if (api === undefined || bound === undefined) throw new Error(`no api ${apiKey}`);
    const decoded = decodeMessage(
      api.request,
      apiVersion,
      encodeToBuffer(api.request, apiVersion, request as never),
    ) as never;
    const context: RequestContext = {
      apiKey,
      apiVersion,
      correlationId: 1,
      clientId: 'client',
      principal: ANONYMOUS,
      clientHost: '127.0.0.1',
      listenerName: 'PLAINTEXT',
      connectionId: '1',
      authorize: (operation, { name }) => !denied.includes(`${operation} ${name}`),
      letSameFollow: () => undefined,
      onSent: () => undefined,
    };
    const { handler } = bound;
    const answer = async (): Promise<unknown> => {
      for (const { operation, resource, ifDenied } of handler.access?.(decoded, context) ?? [])
        if (!context.authorize(operation, resource)) throw new KafkaError(ifDenied);
      return await handler.handle(decoded, context, services as never);
    };
    const response = await answer().catch((error: unknown) => {
      if (!(error instanceof KafkaError)) throw error;
      return handler.failed(decoded, error.error, error.message, context);
    });
    return decodeMessage(
      api.response,
      apiVersion,
      encodeToBuffer(api.response, apiVersion, response as never),
    );
  };
  return { ask, time, created, topics, zooKeeper };
}

const errorOf = ({ errorCode }: Record<string, unknown>): string => errorNameOf(Number(errorCode));

const JOIN = {
  groupId: 'group',
  sessionTimeoutMs: 10_000,
  memberId: '',
  protocolType: 'consumer',
  protocols: [RANGE],
};

describe('JoinGroup', () => {
  test.each([0, 3])('v%i lets a member join without an id', async (version) => {
    const { ask, time } = await server();
    const [joined] = await Promise.all([ask(11, version, JOIN), time.advance(1)]);
    expect(joined).toMatchObject({
      errorCode: 0,
      generationId: 1,
      protocolName: 'range',
      protocolType: null,
    });
  });

  test.each([4, 9])('v%i asks it to come back with one', async (version) => {
    const { ask } = await server();
    expect(errorOf(await ask(11, version, JOIN))).toBe('MEMBER_ID_REQUIRED');
  });

  test.each([
    [6, ''],
    [7, null],
  ] as const)('v%i has %p for the protocol that is not', async (version, protocolName) => {
    const { ask } = await server();
    const refused = await ask(11, version, { ...JOIN, protocols: [] });
    expect(refused).toMatchObject({ protocolName, leader: '', generationId: -1 });
    const denied = await ask(11, version, JOIN, ['READ group']);
    expect(denied).toMatchObject({ protocolName, memberId: '' });
    expect(errorOf(denied)).toBe('GROUP_AUTHORIZATION_FAILED');
  });

  test.each([
    ['127.0.0.1', '/127.0.0.1'],
    ['::ffff:10.0.0.1', '/10.0.0.1'],
    ['::1', '/0:0:0:0:0:0:0:1'],
    ['2001:DB8::00ff:0', '/2001:db8:0:0:0:0:ff:0'],
    ['fe80::1%eth0', '/fe80:0:0:0:0:0:0:1%eth0'],
    ['1:2:3:4:5:6:7:8', '/1:2:3:4:5:6:7:8'],
  ])('an address %s is written %s, as Java does', (host, text) => {
    expect(javaInetAddress(host)).toBe(text);
  });
});

describe('LeaveGroup', () => {
  test('up to v2 the one member has the whole response for its error', async () => {
    const { ask } = await server();
    expect(errorOf(await ask(13, 2, { groupId: 'group', memberId: 'nobody' }))).toBe('UNKNOWN_MEMBER_ID');
  });

  test('from v3 on each member has its own', async () => {
    const { ask } = await server();
    const left = await ask(13, 3, { groupId: 'group', members: [{ memberId: 'nobody' }] });
    expect(left).toEqual({
      throttleTimeMs: 0,
      errorCode: 0,
      members: [{ memberId: 'nobody', groupInstanceId: null, errorCode: 25 }],
    });
  });
});

test('SyncGroup v5 needs the protocol, before it asks for permission', async () => {
  const { ask } = await server();
  const sync = { groupId: 'group', generationId: 1, memberId: 'm', assignments: [] };
  expect(errorOf(await ask(14, 5, sync, ['READ group']))).toBe('INCONSISTENT_GROUP_PROTOCOL');
  expect(errorOf(await ask(14, 4, sync, ['READ group']))).toBe('GROUP_AUTHORIZATION_FAILED');
  expect(errorOf(await ask(14, 4, sync))).toBe('UNKNOWN_MEMBER_ID');
});

describe('FindCoordinator', () => {
  test('creates __consumer_offsets, and names nobody meanwhile', async () => {
    const { ask, created } = await server();
    const found = await ask(10, 3, { key: 'group', keyType: 0 });
    expect(found).toMatchObject({ errorCode: 15, nodeId: -1, host: '', port: -1 });
    expect(created).toEqual([OFFSETS_TOPIC]);
  });

  test('names the leader of the group’s partition: one up to v3, several from v4 on', async () => {
    const { ask, topics } = await server();
    topics.add(OFFSETS_TOPIC);
    const node = { nodeId: 7, host: 'broker', port: 9092 };
    expect(await ask(10, 0, { key: 'group' })).toMatchObject({ errorCode: 0, ...node });
    expect(await ask(10, 3, { key: 'group', keyType: 0 })).toMatchObject({ errorMessage: 'NONE', ...node });
    expect(await ask(10, 4, { keyType: 0, coordinatorKeys: ['a', 'b'] }, ['DESCRIBE b'])).toMatchObject({
      coordinators: [
        { key: 'a', errorCode: 0, ...node },
        { key: 'b', errorCode: 30, nodeId: -1 },
      ],
    });
  });

  test.each([
    [1, 9, 'INVALID_REQUEST'],
    [5, 2, 'INVALID_REQUEST'],
    [6, 2, 'COORDINATOR_NOT_AVAILABLE'],
    [4, 1, 'COORDINATOR_NOT_AVAILABLE'],
  ] as const)('v%i with key type %i is answered %s', async (version, keyType, error) => {
    const { ask } = await server();
    const found = await ask(
      10,
      version,
      version < 4 ? { key: 'a', keyType } : { keyType, coordinatorKeys: ['a'] },
    );
    const coordinators = found['coordinators'] as Record<string, unknown>[];
    expect(errorOf(version < 4 ? found : (coordinators[0] ?? {}))).toBe(error);
  });
});

describe('offsets', () => {
  const commitOf = (groupId: string, offset: number): Record<string, unknown> => ({
    groupId,
    topics: [
      {
        name: 'orders',
        partitions: [
          { partitionIndex: 0, committedOffset: offset, committedMetadata: 'm' },
          { partitionIndex: 9, committedOffset: offset, committedMetadata: null },
        ],
      },
      { name: 'hidden', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }] },
      { name: 'missing', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }] },
    ],
  });

  test.each([1, 5, 9])('v%i commits what may be committed and says why the rest is not', async (version) => {
    const { ask } = await server();
    const committed = await ask(8, version, commitOf('group', 5), ['READ hidden']);
    expect(committed['topics']).toEqual([
      {
        name: 'orders',
        partitions: [
          { partitionIndex: 9, errorCode: 3 },
          { partitionIndex: 0, errorCode: 0 },
        ],
      },
      { name: 'hidden', partitions: [{ partitionIndex: 0, errorCode: 29 }] },
      { name: 'missing', partitions: [{ partitionIndex: 0, errorCode: 3 }] },
    ]);
  });

  test('v1-7 fetch one group, v8+ several; hidden topics are told apart from unknown offsets', async () => {
    const { ask } = await server();
    await ask(8, 9, commitOf('group', 5));
    const topics = [
      { name: 'orders', partitionIndexes: [0] },
      { name: 'hidden', partitionIndexes: [0] },
    ];
    const partition = (committedOffset: number, metadata: string, errorCode: number): unknown => ({
      partitionIndex: 0,
      committedOffset,
      committedLeaderEpoch: -1,
      metadata,
      errorCode,
    });
    const expected = [
      { name: 'orders', partitions: [partition(5, 'm', 0)] },
      { name: 'hidden', partitions: [partition(-1, '', 29)] },
    ];
    const denied = ['DESCRIBE hidden', 'DESCRIBE secret'];
    expect(await ask(9, 7, { groupId: 'group', topics }, denied)).toMatchObject({
      errorCode: 0,
      topics: expected,
    });
    const groups = [
      { groupId: 'group', topics },
      { groupId: 'secret', topics: null },
      { groupId: 'group', topics: null },
    ];
    expect(await ask(9, 8, { groups }, denied)).toMatchObject({
      groups: [
        { groupId: 'group', topics: expected, errorCode: 0 },
        { groupId: 'secret', topics: [], errorCode: 30 },
        { groupId: 'group', topics: [expected[0]], errorCode: 0 },
      ],
    });
  });

  test('of a partition named twice the last is kept, and it is answered once', async () => {
    const { ask } = await server();
    const partitions = [7, 5].map((committedOffset) => ({
      partitionIndex: 0,
      committedOffset,
      committedMetadata: null,
    }));
    expect(await ask(8, 9, { groupId: 'group', topics: [{ name: 'orders', partitions }] })).toMatchObject({
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, errorCode: 0 }] }],
    });
    const topics = [{ name: 'orders', partitionIndexes: [0] }];
    expect(await ask(9, 7, { groupId: 'group', topics })).toMatchObject({
      topics: [{ partitions: [{ committedOffset: 5 }] }],
    });
  });

  test('a group that may not be seen: v0 says so of each partition, v1 has no place for it', async () => {
    const { ask } = await server();
    const request = { groupId: 'secret', topics: [{ name: 'orders', partitionIndexes: [0, 1] }] };
    expect(await ask(9, 0, request, ['DESCRIBE secret'])).toMatchObject({
      topics: [{ name: 'orders', partitions: [{ errorCode: 30 }, { errorCode: 30 }] }],
    });
    expect(await ask(9, 1, request, ['DESCRIBE secret'])).toMatchObject({ topics: [] });
  });

  test('v0 keeps them in ZooKeeper', async () => {
    const { ask, zooKeeper } = await server();
    expect(await ask(8, 0, commitOf('old', 5))).toMatchObject({
      topics: [
        {
          partitions: [
            { partitionIndex: 9, errorCode: 3 },
            { partitionIndex: 0, errorCode: 0 },
          ],
        },
        {},
        {},
      ],
    });
    expect([...zooKeeper]).toEqual([['old/orders/0', 5]]);
    expect(await ask(8, 0, commitOf('', 5))).toMatchObject({
      topics: [{ partitions: [{ errorCode: 3 }, { partitionIndex: 0, errorCode: -1 }] }, {}, {}],
    });
    zooKeeper.set('spoilt/orders/0', NaN);
    const spoilt = [{ name: 'orders', partitionIndexes: [0] }];
    expect(await ask(9, 0, { groupId: 'spoilt', topics: spoilt })).toMatchObject({
      topics: [{ partitions: [{ committedOffset: -1, errorCode: -1 }] }],
    });
    const topics = [{ name: 'orders', partitionIndexes: [0, 1, 9] }];
    expect(await ask(9, 0, { groupId: 'old', topics })).toMatchObject({
      topics: [
        {
          partitions: [
            { committedOffset: 5, errorCode: 0 },
            { committedOffset: -1, errorCode: 3 },
            { committedOffset: -1, errorCode: 3 },
          ],
        },
      ],
    });
  });
});

describe('OffsetDelete', () => {
  const of = (groupId: string): Record<string, unknown> => ({
    groupId,
    topics: [
      { name: 'orders', partitions: [{ partitionIndex: 0 }, { partitionIndex: 9 }] },
      { name: 'hidden', partitions: [{ partitionIndex: 0 }] },
      { name: 'missing', partitions: [{ partitionIndex: 0 }] },
    ],
  });

  test('forgets what may be forgotten and says why the rest is not', async () => {
    const { ask } = await server();
    const commit = { partitionIndex: 0, committedOffset: 1, committedMetadata: null };
    await ask(8, 9, { groupId: 'group', topics: [{ name: 'orders', partitions: [commit] }] });
    expect(await ask(47, 0, of('group'), ['READ hidden'])).toMatchObject({
      errorCode: 0,
      topics: [
        {
          name: 'orders',
          partitions: [
            { partitionIndex: 9, errorCode: 3 },
            { partitionIndex: 0, errorCode: 0 },
          ],
        },
        { name: 'hidden', partitions: [{ partitionIndex: 0, errorCode: 29 }] },
        { name: 'missing', partitions: [{ partitionIndex: 0, errorCode: 3 }] },
      ],
    });
    const topics = [{ name: 'orders', partitionIndexes: [0] }];
    expect(await ask(9, 7, { groupId: 'group', topics })).toMatchObject({
      topics: [{ partitions: [{ committedOffset: -1 }] }],
    });
  });

  test.each([
    ['an unknown group', 'nobody', [], 'GROUP_ID_NOT_FOUND'],
    ['no group', '', [], 'INVALID_GROUP_ID'],
    ['a group the caller may not delete', 'group', ['DELETE group'], 'GROUP_AUTHORIZATION_FAILED'],
  ])('%s fails the whole request', async (_what, groupId, denied, error) => {
    const { ask } = await server();
    const refused = await ask(47, 0, of(groupId), denied);
    expect(errorOf(refused)).toBe(error);
    expect(refused['topics']).toEqual([]);
  });
});

describe('tools', () => {
  test('groups are described, listed and deleted as far as the caller may', async () => {
    const { ask } = await server();
    const commit = { partitionIndex: 0, committedOffset: 1, committedMetadata: null };
    for (const groupId of ['a', 'b'])
      await ask(8, 9, { groupId, topics: [{ name: 'orders', partitions: [commit] }] });
    const described = await ask(15, 5, { groups: ['a', 'b'], includeAuthorizedOperations: true }, [
      'DESCRIBE b',
      'DELETE a',
    ]);
    const readAndDescribe = (1 << 3) | (1 << 8);
    expect(described['groups']).toMatchObject([
      { groupId: 'b', errorCode: 30, authorizedOperations: -0x80000000 },
      { groupId: 'a', errorCode: 0, groupState: 'Empty', authorizedOperations: readAndDescribe },
    ]);
    const filters = { statesFilter: ['empty'], typesFilter: [] };
    const list = async (denied: string[]): Promise<unknown> => (await ask(16, 5, filters, denied))['groups'];
    expect(await list(['DESCRIBE b'])).toHaveLength(2);
    expect(await list(['DESCRIBE b', 'DESCRIBE kafka-cluster'])).toEqual([
      { groupId: 'a', protocolType: '', groupState: 'Empty', groupType: 'classic' },
    ]);
    expect((await ask(42, 2, { groupsNames: ['a', 'b', 'a'] }, ['DELETE b']))['results']).toEqual([
      { groupId: 'a', errorCode: 0 },
      { groupId: 'b', errorCode: 30 },
    ]);
  });
});

describe('the newer consumer protocol (KIP-848)', () => {
  test('is offered and refused, for every group that is named', async () => {
    const { ask } = await server();
    const beat = { groupId: 'group', memberId: '', memberEpoch: 0 };
    expect(await ask(68, 0, beat)).toMatchObject({ errorCode: 35, errorMessage: null, memberId: null });
    const described = await ask(69, 0, { groupIds: ['group', 'other'], includeAuthorizedOperations: true });
    expect(described).toMatchObject({
      groups: [
        { groupId: 'group', errorCode: 35 },
        { groupId: 'other', errorCode: 35 },
      ],
    });
  });
});

describe('InitProducerId', () => {
  const init = { transactionalId: null, transactionTimeoutMs: 60_000 };

  test('gives out a new id each time, whatever the producer had before', async () => {
    const { ask } = await server();
    expect(await ask(22, 0, init)).toMatchObject({ errorCode: 0, producerId: 0, producerEpoch: 0 });
    expect(await ask(22, 5, { ...init, producerId: 5, producerEpoch: 3 })).toMatchObject({ producerId: 1 });
  });

  test.each([
    ['half an identity', { producerId: 5 }, 'INVALID_REQUEST'],
    ['an empty transactional id', { transactionalId: '' }, 'INVALID_REQUEST'],
    [
      'a timeout that is none',
      { transactionalId: 'tx', transactionTimeoutMs: 0 },
      'INVALID_TRANSACTION_TIMEOUT',
    ],
  ])('refuses %s', async (_name, overrides, error) => {
    const { ask } = await server();
    const refused = await ask(22, 5, { ...init, ...overrides });
    expect(errorOf(refused)).toBe(error);
    expect(refused).toMatchObject({ producerId: -1, producerEpoch: -1 });
  });
});
