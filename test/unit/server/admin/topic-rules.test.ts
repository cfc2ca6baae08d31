import { describe, expect, test } from '@jest/globals';
import { BrokerConfig } from '../../../../src/config/index.ts';
import { AutoTopicCreationManager, type CreatableTopic } from '../../../../src/server/admin/index.ts';
import { creatableTopic } from '../../../../src/server/admin/auto-topic-creation-manager.ts';
import {
  collidingTopics,
  validateAddedAssignment,
  validateNewAssignment,
  validateTopicName,
  validateTopicOverrides,
} from '../../../../src/server/admin/topic-rules.ts';
import type { CreateTopicOutcome } from '../../../../src/server/admin/index.ts';
import type { ErrorName } from '../../../../src/protocol/index.ts';

function refusal(attempt: () => void): readonly [unknown, string] {
  try {
    attempt();
  } catch (error) {
    const { error: name, message } = error as { error: unknown; message: string };
    return [name, message];
  }
  return ['NONE', ''];
}

describe('names, in the words of the original', () => {
  test.each([
    ['', 'Topic name is invalid: the empty string is not allowed'],
    ['..', "Topic name is invalid: '..' is not allowed"],
    [
      'a/b',
      "Topic name is invalid: 'a/b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
    ],
    [
      'x'.repeat(250),
      `Topic name is invalid: the length of '${'x'.repeat(250)}' is longer than the max allowed length 249`,
    ],
  ])('"%s" is refused', (name, message) => {
    expect(
      refusal(() => {
        validateTopicName(name);
      }),
    ).toEqual(['INVALID_TOPIC_EXCEPTION', message]);
  });

  test('249 characters are fine', () => {
    expect(
      refusal(() => {
        validateTopicName('x'.repeat(249));
      })[0],
    ).toBe('NONE');
  });

  test('dot and underscore collide, everything else does not', () => {
    expect(collidingTopics('my_topic.x', ['my.topic_x', 'my-topic.x', 'orders'])).toEqual(['my.topic_x']);
    expect(collidingTopics('orders', ['orders'])).toEqual([]);
  });
});

describe('assignments, in the words of the original', () => {
  const newAssignment = (...lists: readonly (readonly number[])[]) =>
    refusal(() => {
      validateNewAssignment(new Map(lists.entries()));
    });

  test('the same broker twice', () => {
    expect(newAssignment([0, 0])).toEqual([
      'INVALID_REPLICA_ASSIGNMENT',
      'Duplicate replica assignment found: HashMap(0 -> ArrayBuffer(0, 0))',
    ]);
  });

  test('replica lists of different lengths', () => {
    expect(newAssignment([0], [0, 1])[1]).toBe('All partitions should have the same number of replicas');
  });

  test('a gap in the partition numbers', () => {
    const [, message] = refusal(() => {
      validateNewAssignment(new Map([[1, [0]]]));
    });
    expect(message).toBe('partitions should be a consecutive 0-based integer sequence');
  });

  test('a broker nobody knows is accepted', () => {
    expect(newAssignment([0, 9])[0]).toBe('NONE');
  });

  test('added partitions: brokers must live, and be as many as the other partitions have', () => {
    const added = (replicas: readonly number[]) =>
      refusal(() => {
        validateAddedAssignment(new Map([[3, replicas]]), 2, [0, 1, 2]);
      });
    expect(added([])).toEqual([
      'INVALID_REPLICA_ASSIGNMENT',
      'Cannot have replication factor of 0 for partition id 3.',
    ]);
    expect(added([1, 1])[1]).toBe(
      'Duplicate brokers not allowed in replica assignment: 1, 1 for partition id 3.',
    );
    expect(added([1, 9])[0]).toBe('BROKER_NOT_AVAILABLE');
    expect(added([1])[1]).toBe(
      'Inconsistent replication factor between partitions, partition 0 has 2 while partitions [3] have replication factors [1], respectively.',
    );
    expect(added([1, 2])[0]).toBe('NONE');
  });
});

describe('topic configuration, in the words of the original', () => {
  test.each([
    [{ foo: 'bar' }, 'Unknown topic config name: foo'],
    [
      { 'retention.ms': 'abc' },
      'Invalid value abc for configuration retention.ms: Not a number of type LONG',
    ],
    [
      { 'cleanup.policy': 'zap' },
      'Invalid value zap for configuration cleanup.policy: String must be one of: compact, delete',
    ],
    [
      { 'remote.storage.enable': 'true' },
      'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
    ],
  ])('%j', (overrides, message) => {
    expect(
      refusal(() => {
        validateTopicOverrides(overrides);
      }),
    ).toEqual(['INVALID_CONFIG', message]);
  });
});

describe('topics that come into being by themselves', () => {
  const { config } = BrokerConfig.parse({ 'broker.id': '1', 'zookeeper.connect': 'nowhere:2181' });

  test('the internal ones have their own counts and configurations', () => {
    expect(creatableTopic('__consumer_offsets', config)).toEqual({
      name: '__consumer_offsets',
      numPartitions: 50,
      replicationFactor: 3,
      assignments: [],
      configs: [
        { name: 'compression.type', value: 'producer' },
        { name: 'cleanup.policy', value: 'compact' },
        { name: 'segment.bytes', value: '104857600' },
      ],
    });
    expect(creatableTopic('__transaction_state', config).configs).toEqual([
      { name: 'compression.type', value: 'uncompressed' },
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'min.insync.replicas', value: '2' },
      { name: 'segment.bytes', value: '104857600' },
      { name: 'unclean.leader.election.enable', value: 'false' },
    ]);
  });

  function manager(error: ErrorName): {
    asked: string[][];
    release: () => void;
    topics: AutoTopicCreationManager;
  } {
    const asked: string[][] = [];
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const createTopics = async (
      topics: readonly CreatableTopic[],
    ): Promise<Map<string, CreateTopicOutcome>> => {
      asked.push(topics.map(({ name }) => name));
      await released;
      const outcome = {
        error,
        message: null,
        topicId: '',
        numPartitions: 1,
        replicationFactor: 1,
        configs: [],
      };
      return new Map(topics.map(({ name }) => [name, outcome]));
    };
    return {
      asked,
      release: () => {
        release();
      },
      topics: new AutoTopicCreationManager(config, { createTopics }),
    };
  }

  test('created, by us or by somebody else: the leader is not available yet', async () => {
    for (const error of ['REQUEST_TIMED_OUT', 'TOPIC_ALREADY_EXISTS'] as const) {
      const { topics, release } = manager(error);
      release();
      expect(await topics.createTopics(['orders'])).toEqual(new Map([['orders', 'LEADER_NOT_AVAILABLE']]));
    }
  });

  test('too few brokers for the replication factor is said as it is', async () => {
    const { topics, release } = manager('INVALID_REPLICATION_FACTOR');
    release();
    expect((await topics.createTopics(['orders'])).get('orders')).toBe('INVALID_REPLICATION_FACTOR');
  });

  test('an invalid name is not tried', async () => {
    const { topics, release, asked } = manager('REQUEST_TIMED_OUT');
    release();
    expect((await topics.createTopics(['a/b'])).get('a/b')).toBe('INVALID_TOPIC_EXCEPTION');
    expect(asked).toEqual([[]]);
  });

  test('while one creation is under way the topic is unknown, and is not created twice', async () => {
    const { topics, release, asked } = manager('REQUEST_TIMED_OUT');
    const first = topics.createTopics(['orders']);
    const second = topics.createTopics(['orders']);
    release();
    expect((await second).get('orders')).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect((await first).get('orders')).toBe('LEADER_NOT_AVAILABLE');
    expect(asked.flat()).toEqual(['orders']);
  });
});
