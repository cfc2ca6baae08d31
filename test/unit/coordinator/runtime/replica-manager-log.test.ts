/** How a coordinator appends to the replicated log. */
import { expect, test } from '@jest/globals';
import { coordinatorLogOf } from '../../../../src/coordinator/index.ts';
import type { AppendRequest, PartitionAppendResult } from '../../../../src/replication/index.ts';

test('waits for as many replicas as offsets.commit.required.acks asks for, as long as its timeout says', async () => {
  const asked: AppendRequest[] = [];
  const appended: PartitionAppendResult = {
    topic: '__consumer_offsets',
    partition: 3,
    error: 'NONE',
    baseOffset: 7,
    logAppendTimeMs: -1,
    logStartOffset: 0,
    recordCount: 1,
  };
  const log = coordinatorLogOf(
    {
      appendRecords: (request) => {
        asked.push(request);
        return Promise.resolve([appended]);
      },
      getPartition: () => undefined,
    },
    { timeoutMs: 500, requiredAcks: 1 },
  );
  const records = Buffer.from('records');
  expect(await log.append('__consumer_offsets', 3, records)).toMatchObject({ error: 'NONE', baseOffset: 7 });
  expect(asked).toEqual([
    {
      timeoutMs: 500,
      requiredAcks: 1,
      internalTopicsAllowed: true,
      origin: 'coordinator',
      entries: [{ topic: '__consumer_offsets', partition: 3, records }],
    },
  ]);
  await log.append('__consumer_offsets', 3, records, { unattended: true });
  expect(asked[1]).toMatchObject({ timeoutMs: 500, requiredAcks: 0 });
});
