/**
 * kafka-delete-records: forgets the records of partitions before the offsets that a JSON file names, and prints where
 * their logs start now. A partition that cannot be done is a line of the output and no failure of the command, as in
 * Kafka; the order of the lines is that of its hash map.
 */
import { readFileSync } from 'node:fs';
import { inJavaHashOrder, topicPartitionHashCode, topicPartitionName } from '../common/index.ts';
import { BOOTSTRAP, COMMAND_CONFIG, UsageError } from './cli/index.ts';
import type { Tool } from './cli/index.ts';
import { deleteRecords } from './client/index.ts';
import type { RecordsToDelete } from './client/index.ts';
import { connect } from './connect.ts';
import { fieldOf, integerOf, listOf, objectOf, parsedJson, stringOf } from './json-fields.ts';

const FORMAT_VERSION = 1;

export const deleteRecordsTool: Tool = {
  name: 'delete-records',
  summary: 'This tool helps to delete records of the given partitions down to the specified offset.',
  options: [
    BOOTSTRAP,
    COMMAND_CONFIG,
    {
      name: 'offset-json-file',
      argument: 'Offset json file path',
      doc: 'REQUIRED: a JSON file with an offset per partition, -1 for all that is committed: {"partitions": [{"topic": "foo", "partition": 1, "offset": 1}], "version": 1}',
    },
  ],
  async run(options, io) {
    if (options.value('bootstrap-server') === undefined)
      throw new UsageError('Missing required argument "[bootstrap-server]"');
    const file = options.required('offset-json-file');
    const client = await connect(options);
    try {
      const wanted = inKafkasOrder(parseOffsets(readOffsets(file)));
      if (io.format === 'text') io.out('Executing records delete operation\n');
      const outcomes = await deleteRecords(client, wanted);
      if (io.format === 'json') {
        const partitions = wanted.map((each, index) => ({ ...each, ...outcomes[index] }));
        io.out(`${JSON.stringify({ apiVersion: 'klassik/v1', partitions })}\n`);
        return outcomes.every((outcome) => 'lowWatermark' in outcome) ? 0 : 1;
      }
      io.out('Records delete operation completed:\n');
      for (const [index, outcome] of outcomes.entries()) {
        const told =
          'lowWatermark' in outcome
            ? `low_watermark: ${outcome.lowWatermark}`
            : `error: ${outcome.exception}`;
        io.out(`partition: ${topicPartitionName(wanted[index]!)}\t${told}\n`);
      }
      return 0;
    } finally {
      await client.close();
    }
  },
};

function readOffsets(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`Unable to read file ${file}`, { cause });
  }
}

/** What the file asks for, or why it cannot be read, in the original's words. */
function parseOffsets(text: string): RecordsToDelete[] {
  const file = objectOf(parsedJson(text));
  const version = 'version' in file ? integerOf(file['version'], 'Integer') : FORMAT_VERSION;
  if (version !== FORMAT_VERSION) throw new Error(`Not supported version field value ${version}`);
  if (!('partitions' in file)) throw new Error('Missing partitions field');
  const wanted = listOf(file['partitions']).map((each) => {
    const fields = objectOf(each);
    return {
      topic: stringOf(fieldOf(fields, 'topic')),
      partition: integerOf(fieldOf(fields, 'partition'), 'Integer'),
      offset: integerOf(fieldOf(fields, 'offset'), 'Long'),
    };
  });
  const names = wanted.map(topicPartitionName);
  const twice = wanted.filter((each, index) => names.indexOf(topicPartitionName(each)) < index);
  if (twice.length > 0) {
    const each = [...new Map(twice.map((one) => [topicPartitionName(one), one])).values()];
    const told = inJavaHashOrder(each.reverse(), topicPartitionHashCode).map(topicPartitionName);
    throw new Error(`Offset json file contains duplicate topic partitions: ${told.join()}`);
  }
  return wanted;
}

/** It goes through a map that puts what comes later in front of its slot, a set and a map again. */
function inKafkasOrder(wanted: readonly RecordsToDelete[]): RecordsToDelete[] {
  const capacityOfSet = Math.max(16, Math.floor(wanted.length / 0.75) + 1);
  const inMap = inJavaHashOrder(wanted.toReversed(), topicPartitionHashCode);
  return inJavaHashOrder(
    inJavaHashOrder(inMap, topicPartitionHashCode, capacityOfSet),
    topicPartitionHashCode,
  );
}
