/** A record in a frame of KRaft's: the version of the frame, the type and the version of the record, and the record. */
import { ByteBuffer } from '../java/byte-buffer.ts';
import { JavaException, runtimeException } from '../java/exception.ts';
import type { JsonObject } from '../java/json.ts';
import { readMessage } from '../java/message.ts';
import type { MessageShape } from '../java/message-shape.ts';

const FRAME_VERSION = 1;
const SHORT_MAX = 0x7fff;

export interface FramedRecord {
  readonly shape: MessageShape;
  readonly version: number;
  readonly fields: JsonObject;
}

/** `bytes` null reads as what ends before it begins. */
export function readFramed(bytes: Buffer | null, shapes: readonly MessageShape[]): FramedRecord {
  const buffer = new ByteBuffer(bytes ?? Buffer.alloc(0));
  const frameVersion = readShort(buffer, 'frame version');
  if (frameVersion === 0)
    throw runtimeException(
      'Could not deserialize metadata record with frame version 0. Note that upgrades from the preview release of KRaft in 2.8 to newer versions are not supported.',
    );
  if (frameVersion !== FRAME_VERSION)
    throw runtimeException(
      `Could not deserialize metadata record due to unknown frame version ${frameVersion}(only frame version ${FRAME_VERSION} is supported)`,
    );
  const type = readShort(buffer, 'type');
  const version = readShort(buffer, 'version');
  const shape = shapes.find(({ number }) => number === type);
  if (shape === undefined)
    throw runtimeException(
      `org.apache.kafka.common.errors.UnsupportedVersionException: Unknown metadata id ${type}`,
    );
  const fields = orElse(
    () => readMessage(shape, version, buffer),
    `Failed to deserialize record with type ${type}`,
  );
  if (buffer.remaining > 0)
    throw runtimeException(`Found ${buffer.remaining} byte(s) of garbage after ${type}`);
  return { shape, version, fields };
}

function readShort(buffer: ByteBuffer, what: string): number {
  const value = orElse(() => buffer.unsignedVarint(), `Error while reading ${what}`);
  if (value > SHORT_MAX) throw runtimeException(`Value for ${what} was too large.`);
  return (value << 16) >> 16;
}

function orElse<T>(read: () => T, message: string): T {
  try {
    return read();
  } catch (thrown) {
    throw thrown instanceof JavaException ? runtimeException(message) : thrown;
  }
}
