/** Notifications of changes on a ZooKeeper whose session may end in the middle of one. */
import { expect, test } from '@jest/globals';
import type { Logger } from '../../../src/runtime/index.ts';
import {
  ChangeNotificationListener,
  ZkError,
  type KafkaZkClient,
  type StateChangeHandler,
} from '../../../src/zookeeper/index.ts';
import { until } from '../../support/until.ts';

test('a notification that the session ends under is no fault, and is taken with the next session', async () => {
  let handler = undefined as StateChangeHandler | undefined;
  const errors: string[] = [];
  const taken: string[] = [];
  let isExpired = true;
  const zkClient = {
    client: {
      registerStateChangeHandler: (given: StateChangeHandler) => (handler = given),
      registerZNodeChildChangeHandler: () => undefined,
      unregisterStateChangeHandler: () => undefined,
      unregisterZNodeChildChangeHandler: () => undefined,
      exists: () => Promise.resolve({ ctimeMs: 0 }),
    },
    znodes: {
      children: () => Promise.resolve(['config_change_0000000000']),
      read: () => Promise.resolve({ data: Buffer.from('changed') }),
    },
  } as unknown as KafkaZkClient;
  const listener = new ChangeNotificationListener({
    zkClient,
    clock: { wallMs: () => 0 } as never,
    logger: { error: (message: string) => errors.push(message) } as unknown as Logger,
    root: '/config/changes',
    prefix: 'config_change_',
    process: (data) => {
      if (isExpired) throw new ZkError('SessionExpired');
      taken.push(String(data));
    },
  });
  await listener.start().catch(() => undefined);
  expect({ errors, taken }).toEqual({ errors: [], taken: [] });
  isExpired = false;
  await handler?.afterInitializingSession?.();
  await until('it is taken', () => taken.length > 0);
  await listener.close();
  expect({ errors, taken }).toEqual({ errors: [], taken: ['changed'] });
});
