/** Message sets no client should send, by what is wrong with them. */
import { crc32, gzipSync } from 'node:zlib';
import { buildBatch } from '../../../src/records/index.ts';
import { messageSize, messagesOf, writeMessage } from '../../../src/records/legacy/legacy-message.ts';
import type { World } from './world.ts';

type Make = (world: World) => Buffer;

const CRC = 12;
const MAGIC = 16;
const ATTRIBUTES = 17;
const TIMESTAMP = 18;
const KEY_LENGTH_V0 = 18;
const GZIP = 1;
const ZSTD = 4;

function changed(name: string, change: (bytes: Buffer) => void): Make {
  return (world) => {
    const bytes = world.sample(`set ${name}`);
    change(bytes);
    return bytes;
  };
}

/** With checksums that are right again. */
function sealed(name: string, change: (bytes: Buffer) => void): Make {
  return (world) => {
    const messageSet = changed(name, change)(world);
    for (const { bytes } of messagesOf(messageSet)) bytes.writeUInt32BE(crc32(bytes.subarray(4)), 0);
    return messageSet;
  };
}

function wrapper(value: Buffer | null): Buffer {
  const messageSet = Buffer.alloc(messageSize(1, null, value));
  const message = { offset: 4, timestamp: 1, key: null, value, timestampType: 'CreateTime' } as const;
  writeMessage(messageSet, 0, 1, { ...message, compression: 'gzip' });
  return messageSet;
}

function together(...names: readonly string[]): Make {
  return (world) => Buffer.concat(names.map((name) => world.sample(`set ${name} CreateTime 0`)));
}

export const spoiledSets: Readonly<Record<string, Make>> = {
  nothing: () => Buffer.alloc(0),
  'ten bytes': () => Buffer.alloc(10),
  'a set cut off in its last message': (world) => world.sample('set v1 none CreateTime 0').subarray(0, -1),
  'a set cut off in its only message': (world) => world.sample('set v1 gzip CreateTime 0').subarray(0, -1),
  'a wrong checksum': changed('v0 none CreateTime 0', (bytes) => bytes.fill(1, CRC, CRC + 4)),
  'a wrong checksum of the last message': changed('v1 none CreateTime 0', (bytes) =>
    bytes.fill(1, bytes.length - 4),
  ),
  'a size no message has': changed('v0 none CreateTime 0', (bytes) => bytes.writeInt32BE(13, 8)),
  'a negative size': changed('v0 none CreateTime 0', (bytes) => bytes.writeInt32BE(-1, 8)),
  'a magic from the future': changed('v0 none CreateTime 0', (bytes) => bytes.writeInt8(3, MAGIC)),
  'v0 and v1 in one set': together('v0 none', 'v1 none'),
  'v1 and v2 in one set': together('v1 none', 'v2 none'),
  'v2 and v1 in one set': together('v2 none', 'v1 none'),
  'two batches of v2': together('v2 none', 'v2 none'),
  'two wrappers': together('v1 gzip', 'v1 gzip'),
  'a message beside a wrapper': together('v1 none', 'v1 gzip'),
  'a wrapper beside messages': together('v1 gzip', 'v1 none'),
  'a wrapper that says zstd': sealed('v1 gzip CreateTime 0', (bytes) => bytes.writeInt8(ZSTD, ATTRIBUTES)),
  'a wrapper that says codec 6': sealed('v1 gzip CreateTime 0', (bytes) => bytes.writeInt8(6, ATTRIBUTES)),
  'a message that says it is a wrapper': sealed('v1 none CreateTime 0', (bytes) =>
    bytes.writeInt8(GZIP, ATTRIBUTES),
  ),
  'what no codec unpacks': sealed('v1 gzip CreateTime 0', (bytes) => bytes.fill(0x7e, 40)),
  'a wrapper around nothing': () => wrapper(gzipSync(Buffer.alloc(0))),
  'a wrapper without a value': () => wrapper(null),
  'v0 in a wrapper of v1': (world) => wrapper(gzipSync(world.sample('set v0 none CreateTime 0'))),
  'a wrapper in a wrapper': (world) => wrapper(gzipSync(world.sample('set v1 gzip CreateTime 0'))),
  'a wrong checksum inside a wrapper': (world) =>
    wrapper(gzipSync(world.sample('set v1 none CreateTime 0').fill(1, CRC, CRC + 4))),
  'a set cut off inside a wrapper': (world) =>
    wrapper(gzipSync(world.sample('set v1 none CreateTime 0').subarray(0, -1))),
  'a size no message has inside a wrapper': (world) =>
    wrapper(gzipSync(changed('v1 none CreateTime 0', (bytes) => bytes.writeInt32BE(3, 8))(world))),
  'absolute offsets inside a v1 wrapper': (world) =>
    wrapper(gzipSync(world.sample('set v1 none CreateTime 1000'))),
  'a wrapper with offset 0': changed('v1 gzip CreateTime 0', (bytes) => bytes.fill(0, 0, 8)),
  'a wrapper with an offset below the last inside': changed('v1 gzip CreateTime 0', (bytes) =>
    bytes.writeInt32BE(3, 4),
  ),
  'a key longer than its message': sealed('v0 none CreateTime 0', (bytes) =>
    bytes.writeInt32BE(99, KEY_LENGTH_V0),
  ),
  'a message of v1 too short for a timestamp': sealed('v0 none CreateTime 0', (bytes) => {
    bytes.writeInt32BE(14, 8);
    bytes.writeInt8(1, MAGIC);
  }),
  'a time before all time': sealed('v1 none CreateTime 0', (bytes) => bytes.writeInt32BE(-9, TIMESTAMP)),
  "no time, but the broker's": sealed('v1 none LogAppendTime 0', (bytes) =>
    bytes.fill(0xff, TIMESTAMP, TIMESTAMP + 8),
  ),
  'an lz4 wrapper of v1 with the header checksum of v0': sealed('v1 lz4 CreateTime 0', (bytes) =>
    bytes.writeUInt8(0x1a, 40),
  ),
  'an lz4 wrapper of v0 with the header checksum of v1': sealed('v0 lz4 CreateTime 0', (bytes) =>
    bytes.writeUInt8(0x82, 32),
  ),
  'a batch of v2 with LogAppendTime': () =>
    buildBatch({
      records: [{ timestamp: 1_700_000_000_000, value: Buffer.from('v') }],
      timestampType: 'LogAppendTime',
    }),
  'a batch of v2 at offset 7': (world) => {
    const batch = world.sample('set v2 none CreateTime 0');
    batch.writeInt32BE(7, 4);
    return batch;
  },
};
