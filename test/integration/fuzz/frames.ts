/**
 * Frames for the fuzz test, the same for the same seed: valid requests of every served API, changed in one of five ways
 * behind their header, and frames that are none.
 *
 * What would be a legal and destructive command from anybody (Kafka without an authorizer obeys it too) is kept from
 * coming about by chance: requests of controllers carry an epoch of the past in bytes that are never changed, a
 * ControlledShutdown names a broker there is not, and topics to create or to enlarge have impossible names.
 */
import fc from 'fast-check';
import { apiByKey, encodeRequest, type MessageSchema } from '../../../src/protocol/index.ts';
import { FetchRequest } from '../../../src/protocol/messages/01-fetch.ts';
import { ProduceRequest } from '../../../src/protocol/messages/00-produce.ts';
import { buildBatch } from '../../../src/records/index.ts';
import { SERVED_APIS } from '../../../src/server/served-apis.ts';
import { messageArbitrary } from '../../support/message-arbitrary.ts';

/** A frame, and where in it changes may begin: behind the length, the header and what is protected. */
interface Valid {
  readonly frame: Buffer;
  readonly changesFrom: number;
}

const LENGTH_BYTES = 4;
const CLIENT_ID = 'fuzz';
/** The length, api key, version, correlation id, client id and the header's tagged fields. */
const HEADER_END = LENGTH_BYTES + 8 + 2 + CLIENT_ID.length + 1;
const CONTROL_APIS = new Set([4, 5, 6]);
const CONTROLLED_SHUTDOWN = 7;
const CREATE_TOPICS = 19;
const DELETE_TOPICS = 20;
const CREATE_PARTITIONS = 37;
/** Broker or controller id, controller epoch and broker epoch. */
const PROTECTED_BYTES = 24;
const SAMPLES_PER_VERSION = 2;
const IMPOSSIBLE_NAME = '! not a name !';

/** Numbers like dice: the same for the same seed (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** 0 to `sides` - 1. */
  roll(sides: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides);
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.roll(256)));
  }

  oneOf<T>(choices: readonly T[]): T {
    const choice = choices[this.roll(choices.length)];
    if (choice === undefined) throw new Error('nothing to choose from');
    return choice;
  }
}

/** Requests of every served API in every served version, and a few that read and write a topic there is. */
export function validFrames(seed: number, topic: string): Valid[] {
  const random = SERVED_APIS.flatMap(({ apiKey, minVersion, maxVersion }) => {
    const schema = apiByKey(apiKey)?.request;
    if (schema === undefined) return [];
    return Array.from({ length: maxVersion - minVersion + 1 }, (_, index) => minVersion + index).flatMap(
      (version) =>
        fc
          .sample(messageArbitrary(schema, version), { seed: seed + version, numRuns: SAMPLES_PER_VERSION })
          .map((value) => framed(schema, version, harmless(apiKey, version, value))),
    );
  });
  return [...random, ...realistic(topic)];
}

function realistic(topic: string): Valid[] {
  const records = buildBatch({
    records: [{ key: null, value: Buffer.alloc(100, 'v'), timestamp: 1_700_000_000_000 }],
  });
  const produced = {
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: topic, partitionData: [{ index: 0, records }] }],
  };
  const fetched = {
    maxWaitMs: 0,
    minBytes: 0,
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 10_000 }] }],
    forgottenTopicsData: [],
  };
  return [3, 8, 11].flatMap((version) => [
    framed(ProduceRequest, version, produced),
    framed(FetchRequest, version, fetched),
  ]);
}

function framed(schema: MessageSchema, version: number, value: unknown): Valid {
  const header = { correlationId: 1, clientId: CLIENT_ID };
  const frame = Buffer.concat(encodeRequest(schema, version, header, value as Record<string, never>));
  const isProtected = CONTROL_APIS.has(schema.apiKey ?? -1) || schema.apiKey === CONTROLLED_SHUTDOWN;
  return { frame, changesFrom: HEADER_END + (isProtected ? PROTECTED_BYTES : 0) };
}

function harmless(apiKey: number, version: number, value: Record<string, unknown>): Record<string, unknown> {
  if (CONTROL_APIS.has(apiKey)) return { ...value, controllerId: 9, controllerEpoch: 0, brokerEpoch: -1 };
  if (apiKey === CONTROLLED_SHUTDOWN) return { ...value, brokerId: 77 };
  if (apiKey !== CREATE_TOPICS && apiKey !== CREATE_PARTITIONS && apiKey !== DELETE_TOPICS) return value;
  const topics = (value['topics'] as Record<string, unknown>[]).map((one, index) => ({
    ...one,
    name: `${IMPOSSIBLE_NAME}${index}`,
  }));
  return { ...value, topics, validateOnly: apiKey !== CREATE_TOPICS || version > 0 };
}

/** A valid request changed behind its header; its length tells the truth. */
export function changedFrame({ frame, changesFrom }: Valid, dice: Dice): Buffer {
  const from = Math.min(changesFrom, frame.length);
  const head = frame.subarray(0, from);
  const body = Buffer.from(frame.subarray(from));
  const changed = Buffer.concat([head, changedBody(body, dice)]);
  changed.writeInt32BE(changed.length - LENGTH_BYTES, 0);
  return changed;
}

function changedBody(body: Buffer, dice: Dice): Buffer {
  switch (dice.roll(5)) {
    case 0: // bits flipped
      for (let left = 1 + dice.roll(8); left > 0 && body.length > 0; left--) {
        const position = dice.roll(body.length);
        body.writeUInt8(body.readUInt8(position) ^ (1 << dice.roll(8)), position);
      }
      return body;
    case 1: // cut short
      return body.subarray(0, dice.roll(body.length + 1));
    case 2: // a length, or whatever stands there, inflated
      if (body.length >= 4)
        body.writeInt32BE(
          dice.oneOf([0x7fffffff, -1, -2, 0x7fff, 0xffff, 0x01000000]),
          dice.roll(body.length - 3),
        );
      return body;
    case 3: // a varint that does not end
      return Buffer.concat([
        body.subarray(0, dice.roll(body.length + 1)),
        Buffer.alloc(1 + dice.roll(12), 0xff),
      ]);
    default: // a tail of anything
      return Buffer.concat([body.subarray(0, dice.roll(body.length + 1)), dice.bytes(1 + dice.roll(200))]);
  }
}

/** What does not pass the checks of length and header. */
export function noFrame(dice: Dice): Buffer {
  const withLength = (length: number, rest: Buffer): Buffer => {
    const bytes = Buffer.alloc(LENGTH_BYTES);
    bytes.writeInt32BE(length);
    return Buffer.concat([bytes, rest]);
  };
  switch (dice.roll(5)) {
    case 0: // longer than socket.request.max.bytes, or negative
      return withLength(dice.oneOf([104_857_601, 0x7fffffff, -1, -0x80000000]), dice.bytes(20));
    case 1: // no header
      return withLength(dice.roll(8), dice.bytes(8));
    case 2: {
      // a key that is not served
      const rest = dice.bytes(20);
      rest.writeInt16BE(dice.oneOf([17, 25, 52, 58, 63, 71, 100, 0x7fff, -1]), 0);
      return withLength(rest.length, rest);
    }
    case 3: {
      // a version that is not served
      const rest = dice.bytes(20);
      rest.writeInt16BE(dice.oneOf(SERVED_APIS.map(({ apiKey }) => apiKey).filter((key) => key !== 18)), 0);
      rest.writeInt16BE(dice.oneOf([-1, 99, 0x7fff]), 2);
      return withLength(rest.length, rest);
    }
    default: // anything, whose length may be anything
      return dice.bytes(1 + dice.roll(100));
  }
}
