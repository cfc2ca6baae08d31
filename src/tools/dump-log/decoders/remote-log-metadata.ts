/** Records of __remote_log_metadata, in which tiered storage keeps what it has moved where, in the words of its classes. */
import { illegalArgument, nullPointer, runtimeException } from '../java/exception.ts';
import type { Json, JsonObject } from '../java/json.ts';
import { messageOfThrown } from '../java/message.ts';
import { shapesIn } from '../java/message-shape.ts';
import type { RecordDecoder } from './decoded-record.ts';
import { readFramed } from './framed-record.ts';

const RECORDS = shapesIn(`
  RemoteLogSegmentMetadataRecord 0 0: remoteLogSegmentId {topicIdPartition {name string, id uuid, partition int32},
    id uuid}, startOffset int64, endOffset int64, brokerId int32, maxTimestampMs int64, eventTimestampMs int64,
    segmentLeaderEpochs []{leaderEpoch int32, offset int64}, segmentSizeInBytes int32, customMetadata bytes?,
    remoteLogSegmentState int8

  RemoteLogSegmentMetadataUpdateRecord 1 0: remoteLogSegmentId {topicIdPartition {name string, id uuid,
    partition int32}, id uuid}, brokerId int32, eventTimestampMs int64, customMetadata bytes?,
    remoteLogSegmentState int8

  RemotePartitionDeleteMetadataRecord 2 0: topicIdPartition {name string, id uuid, partition int32}, brokerId int32,
    eventTimestampMs int64, remotePartitionDeleteState int8

  RemoteLogSegmentMetadataSnapshotRecord 3 0: segmentId uuid, startOffset int64, endOffset int64, brokerId int32,
    maxTimestampMs int64, eventTimestampMs int64, segmentLeaderEpochs []{leaderEpoch int32, offset int64},
    segmentSizeInBytes int32, customMetadata bytes?, remoteLogSegmentState int8
`);

const SEGMENT_STATES = [
  'COPY_SEGMENT_STARTED',
  'COPY_SEGMENT_FINISHED',
  'DELETE_SEGMENT_STARTED',
  'DELETE_SEGMENT_FINISHED',
];
const PARTITION_STATES = ['DELETE_PARTITION_MARKED', 'DELETE_PARTITION_STARTED', 'DELETE_PARTITION_FINISHED'];

/** By the number of the record. */
const TEXTS: readonly ((fields: JsonObject) => string)[] = [
  segmentText,
  updateText,
  partitionText,
  snapshotText,
];

/** They have no keys. */
export const remoteLogMetadataDecoder: RecordDecoder = ({ offset, value }) => {
  try {
    if (value === null)
      throw nullPointer(
        'Cannot invoke "java.nio.ByteBuffer.remaining()" because the return value of "org.apache.kafka.common.record.Record.value()" is null',
      );
    const { shape, fields } = readFramed(value, RECORDS);
    const text = TEXTS[shape.number];
    if (text === undefined) throw runtimeException(`no text for ${shape.name}`);
    return { key: undefined, payload: text(fields) };
  } catch (thrown) {
    return { key: undefined, payload: `Error at offset ${offset}, skipping. ${messageOfThrown(thrown)}` };
  }
};

const textOf = (fields: JsonObject, name: string): string =>
  `${fields.get(name) as string | number | bigint}`;

function segmentText(fields: JsonObject): string {
  const state = stateOf(fields, 'remoteLogSegmentState', SEGMENT_STATES);
  const startOffset = fields.get('startOffset') as bigint;
  const endOffset = fields.get('endOffset') as bigint;
  if (startOffset < 0n)
    throw illegalArgument(
      `Unexpected start offset = ${startOffset}. StartOffset for a remote segment cannot be negative`,
    );
  if (endOffset < startOffset)
    throw illegalArgument(
      `Unexpected end offset = ${endOffset}. EndOffset for a remote segment cannot be less than startOffset = ${startOffset}`,
    );
  const epochs = epochsText(fields);
  return (
    `RemoteLogSegmentMetadata{remoteLogSegmentId=${segmentIdText(fields)}, startOffset=${startOffset}, ` +
    `endOffset=${endOffset}, brokerId=${textOf(fields, 'brokerId')}, maxTimestampMs=${textOf(fields, 'maxTimestampMs')}, ` +
    `eventTimestampMs=${textOf(fields, 'eventTimestampMs')}, segmentLeaderEpochs=${epochs}, ` +
    `segmentSizeInBytes=${textOf(fields, 'segmentSizeInBytes')}, customMetadata=${customText(fields)}, state=${state}}`
  );
}

function updateText(fields: JsonObject): string {
  return (
    `RemoteLogSegmentMetadataUpdate{remoteLogSegmentId=${segmentIdText(fields)}, customMetadata=${customText(fields)}, ` +
    `state=${stateOf(fields, 'remoteLogSegmentState', SEGMENT_STATES)}, ` +
    `eventTimestampMs=${textOf(fields, 'eventTimestampMs')}, brokerId=${textOf(fields, 'brokerId')}}`
  );
}

function partitionText(fields: JsonObject): string {
  return (
    `RemotePartitionDeleteMetadata{topicPartition=${topicIdPartitionText(fields)}, ` +
    `state=${stateOf(fields, 'remotePartitionDeleteState', PARTITION_STATES)}, ` +
    `eventTimestampMs=${textOf(fields, 'eventTimestampMs')}, brokerId=${textOf(fields, 'brokerId')}}`
  );
}

function snapshotText(fields: JsonObject): string {
  const state = stateOf(fields, 'remoteLogSegmentState', SEGMENT_STATES);
  return (
    `RemoteLogSegmentMetadataSnapshot{segmentId=${textOf(fields, 'segmentId')}, startOffset=${textOf(fields, 'startOffset')}, ` +
    `endOffset=${textOf(fields, 'endOffset')}, maxTimestampMs=${textOf(fields, 'maxTimestampMs')}, ` +
    `segmentLeaderEpochs=${epochsText(fields)}, segmentSizeInBytes=${textOf(fields, 'segmentSizeInBytes')}, ` +
    `customMetadata=${customText(fields)}, state=${state}}`
  );
}

function stateOf(fields: JsonObject, name: string, states: readonly string[]): string {
  const state = states[fields.get(name) as number];
  if (state === undefined) throw nullPointer('state can not be null');
  return state;
}

function segmentIdText(fields: JsonObject): string {
  const id = fields.get('remoteLogSegmentId') as JsonObject;
  return `RemoteLogSegmentId{topicIdPartition=${topicIdPartitionText(id)}, id=${textOf(id, 'id')}}`;
}

function topicIdPartitionText(fields: JsonObject): string {
  const partition = fields.get('topicIdPartition') as JsonObject;
  return `${textOf(partition, 'id')}:${textOf(partition, 'name')}-${textOf(partition, 'partition')}`;
}

/** A sorted map. */
function epochsText(fields: JsonObject): string {
  const epochs = new Map(
    (fields.get('segmentLeaderEpochs') as JsonObject[]).map((epoch): [number, Json] => [
      epoch.get('leaderEpoch') as number,
      epoch.get('offset') ?? null,
    ]),
  );
  if (epochs.size === 0) throw illegalArgument('segmentLeaderEpochs can not be null or empty');
  const sorted = [...epochs].sort(([left], [right]) => left - right);
  return `{${sorted.map(([epoch, offset]) => `${epoch}=${String(offset as bigint)}`).join(', ')}}`;
}

function customText(fields: JsonObject): string {
  const custom = fields.get('customMetadata');
  return typeof custom === 'string'
    ? `Optional[CustomMetadata{${Buffer.from(custom, 'base64').length} bytes}]`
    : 'Optional.empty';
}
