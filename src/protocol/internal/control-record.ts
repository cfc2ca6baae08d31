/**
 * Control records (KIP-98): the markers that end a transaction on each partition it wrote to. They lie in batches of
 * their own between the data, take an offset, and never reach a consumer's application. The key says commit or abort,
 * the value which coordinator said so.
 *
 * Both begin with an int16 version, and a newer version is read as the one known here, as Kafka does: the fields may
 * only ever be added to.
 */
import { int16, int32, message, type MessageOf } from '../schema/fields.ts';

export const ControlRecordType = { ABORT: 0, COMMIT: 1 } as const;

export const ControlRecordKey = message({
  name: 'ControlRecordKey',
  versions: '0',
  flexible: 'none',
  fields: {
    type: int16('0+', { about: 'A ControlRecordType; others belong to KRaft.' }),
  },
});

export const EndTransactionMarker = message({
  name: 'EndTransactionMarker',
  versions: '0',
  flexible: 'none',
  fields: {
    coordinatorEpoch: int32('0+', {
      about: 'The leader epoch of the coordinator: a marker of an earlier one is refused.',
    }),
  },
});

export type ControlRecordKey = MessageOf<typeof ControlRecordKey>;
export type EndTransactionMarker = MessageOf<typeof EndTransactionMarker>;
