/** Examples as their readers run them: a process, what it printed, how it ended. And what they left in topics. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Kafka, KafkaMessage } from 'kafkajs';
import { until } from '../../support/until.ts';

export const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function runExample(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env } };
    const child = execFile(
      process.execPath,
      [EXAMPLES + name, ...args],
      options,
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode, stdout, stderr });
      },
    );
  });
}

export function valueOf({ value }: KafkaMessage): unknown {
  return JSON.parse(value?.toString() ?? 'null');
}

/** All records of a topic up to its last stable offsets, as a reader of committed records sees them. */
export async function committedRecords(kafka: Kafka, topic: string): Promise<KafkaMessage[]> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const records: KafkaMessage[] = [];
  const positions = new Map(ends.map(({ partition, low }) => [partition, Number(low)]));
  const consumer = kafka.consumer({ groupId: `test-${randomUUID()}`, maxWaitTimeInMs: 100 });
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    positions.set(payload.partition, Number(payload.lastOffset) + 1);
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: ({ message }) => Promise.resolve(void records.push(message)),
  });
  await until('the topic is read to its end', () =>
    ends.every(({ partition, high }) => positions.get(partition)! >= Number(high)),
  );
  await consumer.disconnect();
  return records;
}

export function groupBy<K, V>(values: readonly V[], keyOf: (value: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}
