/** What a control record says: the end of a transaction, or what KRaft writes into its logs and snapshots. */
import { ByteBuffer } from './java/byte-buffer.ts';
import { invalidRecord, nullPointer } from './java/exception.ts';
import { jsonText } from './java/json.ts';
import { readMessage } from './java/message.ts';
import { shapesIn } from './java/message-shape.ts';
import type { DumpedRecord } from './dumped-record.ts';

const KEY_BYTES = 4;
const MARKER_BYTES = 6;
const MARKERS = ['ABORT', 'COMMIT'];
const LEADER_CHANGE = 2;

/** By the type that the key names, under the names the original's tool gives them. */
const MESSAGES = shapesIn(`
  SnapshotHeader 3 0: version int16, lastContainedLogTimestamp int64

  SnapshotFooter 4 0: version int16

  KRaftVersion 5 0: version int16, kRaftVersion int16

  KRaftVoters 6 0: version int16, voters []{voterId int32, voterDirectoryId uuid,
    endpoints []{name string, host string, port uint16},
    kRaftVersionFeature {minSupportedVersion int16, maxSupportedVersion int16}}
`);

export function controlText({ key, value }: DumpedRecord): string {
  const type = typeOf(key);
  const marker = MARKERS[type];
  if (marker !== undefined) return ` endTxnMarker: ${marker} coordinatorEpoch: ${coordinatorEpochOf(value)}`;
  const message = MESSAGES.find(({ number }) => number === type);
  if (message === undefined)
    return ` controlType: ${type === LEADER_CHANGE ? 'LEADER_CHANGE' : 'UNKNOWN'}(${type})`;
  if (value === null) throw nullPointer('Cannot invoke "java.nio.ByteBuffer.slice()" because "data" is null');
  return ` ${message.name} ${jsonText(readMessage(message, 0, new ByteBuffer(value)))}`;
}

function typeOf(key: Buffer | null): number {
  if (key === null)
    throw nullPointer('Cannot invoke "java.nio.ByteBuffer.remaining()" because "key" is null');
  if (key.length < KEY_BYTES)
    throw invalidRecord(
      `Invalid value size found for end control record key. Must have at least ${KEY_BYTES} bytes, but found only ${key.length}`,
    );
  const version = key.readInt16BE(0);
  if (version < 0)
    throw invalidRecord(`Invalid version found for control record: ${version}. May indicate data corruption`);
  return key.readInt16BE(2);
}

function coordinatorEpochOf(value: Buffer | null): number {
  if (value === null)
    throw nullPointer('Cannot invoke "java.nio.ByteBuffer.remaining()" because "value" is null');
  if (value.length < MARKER_BYTES)
    throw invalidRecord(
      `Invalid value size found for end transaction marker. Must have at least ${MARKER_BYTES} bytes, but found only ${value.length}`,
    );
  const version = value.readInt16BE(0);
  if (version < 0)
    throw invalidRecord(
      `Invalid version found for end transaction marker: ${version}. May indicate data corruption`,
    );
  return value.readInt32BE(2);
}
