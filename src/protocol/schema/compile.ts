/**
 * Turns a message definition into a codec for one version, with `new Function`, when the version is first used
 * (docs/adr/001 has the measurements). What goes in are our own constants: layout.ts lets no other name through.
 */
import { assert } from '../../common/index.ts';
import { KafkaError } from '../errors.ts';
import { ProtocolError } from '../protocol-error.ts';
import { decoderSource, type CodecSource } from './decoder-source.ts';
import { encoderSource } from './encoder-source.ts';
import type { Fields, MessageInput, MessageOf, MessageSchema } from './fields.ts';
import { nullRefused, type Reader } from './reader.ts';
import { parseVersionRange, rangeContains } from './version-range.ts';
import type { Writer } from './writer.ts';

export type Decoder<S> = (reader: Reader) => MessageOf<S>;
export type Encoder<S> = (writer: Writer, value: MessageInput<S>) => void;

export type Direction = 'decode' | 'encode';

const EMPTY = Buffer.alloc(0);

interface Codecs {
  readonly decoders: (Decoder<MessageSchema> | undefined)[];
  readonly encoders: (Encoder<MessageSchema> | undefined)[];
}

const CODECS = new WeakMap<MessageSchema, Codecs>();

export function decoderOf<F extends Fields>(
  schema: MessageSchema<F>,
  version: number,
): Decoder<MessageSchema<F>> {
  const { decoders } = codecsOf(schema);
  return (decoders[version] ??= compile(schema, version, 'decode') as Decoder<MessageSchema>);
}

export function encoderOf<F extends Fields>(
  schema: MessageSchema<F>,
  version: number,
): Encoder<MessageSchema<F>> {
  const { encoders } = codecsOf(schema);
  return (encoders[version] ??= compile(schema, version, 'encode') as Encoder<MessageSchema>);
}

/** The text that `compile` runs: functions, the last of which is the codec. */
export function codecSource(schema: MessageSchema, version: number, direction: Direction): CodecSource {
  return direction === 'decode' ? decoderSource(schema, version) : encoderSource(schema, version);
}

function codecsOf(schema: MessageSchema): Codecs {
  let codecs = CODECS.get(schema);
  if (codecs === undefined) {
    codecs = { decoders: [], encoders: [] };
    CODECS.set(schema, codecs);
  }
  return codecs;
}

function compile(schema: MessageSchema, version: number, direction: Direction): unknown {
  if (!rangeContains(schema.versions, version)) {
    const { min, max } = parseVersionRange(schema.versions);
    throw new KafkaError(
      'UNSUPPORTED_VERSION',
      `${schema.name} has versions ${min} to ${max}, not ${version}`,
    );
  }
  const { name, text } = codecSource(schema, version, direction);
  const body = `'use strict';\n${text}\nreturn ${name};\n//# sourceURL=protocol/${schema.name}.v${version}.${direction}.js`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- generated from constants of this room, see docs/adr/001
  const factory = new Function('EMPTY', 'nullRefused', 'tagSizeRefused', 'versionLacks', body) as (
    ...helpers: unknown[]
  ) => unknown;
  return factory(EMPTY, nullRefused, tagSizeRefused, versionLacksIn(schema.name));
}

function tagSizeRefused(tag: number): never {
  throw new ProtocolError(`tagged field ${tag} does not have the size it claims`);
}

const versionLacksIn =
  (message: string) =>
  (field: string, version: number): never => {
    assert(version >= 0, 'versions start at 0');
    throw new KafkaError('UNSUPPORTED_VERSION', `version ${version} of ${message} has no ${field}`);
  };
