/**
 * kafka-reassign-partitions --generate for brokers in racks: it prints what the original printed (test/golden/moves), and
 * what it proposes is one of the proposals that the original ever made; the two can propose exactly the same.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assignReplicas } from '../../../src/metadata/index.ts';
import { reassignPartitionsTool } from '../../../src/tools/reassign-partitions/index.ts';
import {
  CASES,
  LAYOUTS,
  RACKS,
  takenApart,
  topicsToMove,
  type RecordedCase,
} from '../../integration/moves/racks.ts';
import { startMetadataBroker, type MetadataBroker } from './metadata-broker.ts';
import { run } from './support.ts';

const FIXTURE = new URL('../../golden/moves/racks-3.9.1.json', import.meta.url);
const original = JSON.parse(readFileSync(FIXTURE, 'utf8')) as {
  readonly cases: Readonly<Record<string, RecordedCase>>;
};
const TIMES = 5;

let dir: string;
let broker: MetadataBroker;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-racks-'));
  broker = await startMetadataBroker(RACKS, LAYOUTS);
});
afterAll(async () => {
  await broker.close();
  await rm(dir, { recursive: true, force: true });
});

test('the original was asked the same', () => {
  expect(Object.keys(original.cases)).toEqual(Object.keys(CASES));
});

describe.each(Object.entries(CASES))('%s', (says, { topic, brokers, rackAware }) => {
  const recorded = original.cases[says]!;

  test('is answered in the words of the original, and by a proposal that it makes', async () => {
    const file = join(dir, 'topics.json');
    await writeFile(file, topicsToMove(topic));
    for (let time = 0; time < TIMES; time++) {
      const { out, exitCode } = await run(reassignPartitionsTool, [
        ...['--bootstrap-server', broker.bootstrap, '--generate', '--topics-to-move-json-file', file],
        ...['--broker-list', brokers, ...(rackAware ? [] : ['--disable-rack-aware'])],
      ]);
      const { printed, proposal } = takenApart(out);
      expect({ printed, exitCode }).toEqual({ printed: recorded.printed, exitCode: recorded.exitCode });
      if (proposal !== undefined) expect(recorded.proposals).toContain(proposal);
      else expect(recorded.proposals).toEqual([]);
    }
  });

  if (recorded.proposals.length > 0)
    test('can be answered by every proposal that the original makes, and by no other', () => {
      const among = brokers.split(',').map(Number);
      const candidates = RACKS.flatMap((rack, id) =>
        among.includes(id) ? [{ id, rack: rackAware ? rack : null }] : [],
      );
      const layout = LAYOUTS[topic]!;
      const numbers = [...candidates.keys()];
      const proposals = numbers.flatMap((startIndex) =>
        numbers.map((shift) => {
          const start = { startIndex, shift, firstPartition: 0 };
          const assigned = assignReplicas(candidates, layout.length, layout[0]!.length, start);
          return [...assigned.values()].map((replicas) => replicas.join()).join(' ');
        }),
      );
      expect([...new Set(proposals)].sort()).toEqual(recorded.proposals);
    });
});
