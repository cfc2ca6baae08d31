import { expect, test } from '@jest/globals';
import { loadLog } from '../../../../src/coordinator/runtime/load-log.ts';
import { buildBatch } from '../../../../src/records/index.ts';
import { buildMessageSet } from '../../../../src/records/legacy/message-set.ts';

const record = (offset: number): { offset: number; timestamp: number; key: Buffer; value: Buffer } => ({
  offset,
  timestamp: 1,
  key: Buffer.from(`key ${offset}`),
  value: Buffer.from('v'),
});

test("what brokers of all times wrote into a coordinator's partition is loaded, in the order of the log", async () => {
  const records = Buffer.concat([
    buildMessageSet({
      magic: 0,
      compression: 'none',
      timestampType: 'CreateTime',
      records: [record(3), record(4)],
    }),
    buildMessageSet({
      magic: 1,
      compression: 'gzip',
      timestampType: 'CreateTime',
      records: [record(5), record(9)],
    }),
    buildBatch({ records: [record(10), record(11)], baseOffset: 10 }),
  ]);
  const log = {
    logStartOffset: 3,
    logEndOffset: 12,
    read: () => Promise.resolve({ records: [records], sizeInBytes: records.length }),
  };
  const loaded: string[] = [];
  const count = await loadLog(
    log,
    (_batch, found) => loaded.push(...found.map(({ offset, key }) => `${offset} ${String(key)}`)),
    {
      bufferBytes: 1000,
      stillWanted: () => true,
      nowMs: () => 0,
      pause: () => Promise.resolve(),
    },
  );
  expect(loaded).toEqual([3, 4, 5, 9, 10, 11].map((offset) => `${offset} key ${offset}`));
  expect(count).toBe(6);
});
