/**
 * The vocabulary of registry.ts: what there is to say about one kind of znode. The parameters of a path are read out
 * of its pattern, so a path with a parameter left out does not compile.
 */
import { assert } from '../common/index.ts';
import { encodeJson, JsonReader } from './json.ts';
import type { JsonValue } from './json.ts';

type ParametersOf<Pattern extends string> = Pattern extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParametersOf<`/${Rest}`>
  : Pattern extends `${string}:${infer Name}`
    ? Name
    : never;

/** Nothing for a fixed path, one object with every parameter otherwise. */
type PathArguments<Pattern extends string> = [ParametersOf<Pattern>] extends [never]
  ? []
  : [parameters: Readonly<Record<ParametersOf<Pattern>, string | number>>];

export interface ZnodeCodec<T> {
  encode(value: T): Buffer | null;
  /** `where` is the path, for complaints. */
  decode(data: Buffer | null, where: string): T;
}

export interface ZnodeRow<Pattern extends string, T> {
  readonly pattern: Pattern;
  readonly mode: 'persistent' | 'ephemeral' | 'persistent-sequential';
  readonly about: string;
  readonly writtenBy: string;
  readonly watchedBy?: string;
  readonly codec: ZnodeCodec<T>;
  /** The data as it looks in ZooKeeper. */
  readonly example?: T;
  /** Holds secrets: not readable by the world even with `zookeeper.set.acl`. */
  readonly sensitive?: boolean;
}

export interface Znode<Pattern extends string, T> extends ZnodeRow<Pattern, T> {
  path(...parameters: PathArguments<Pattern>): string;
  encode(value: T): Buffer | null;
  decode(data: Buffer | null, where?: string): T;
}

export function znode<const Pattern extends string, T>(row: ZnodeRow<Pattern, T>): Znode<Pattern, T> {
  const segments = row.pattern.split('/');
  return {
    ...row,
    path: (...[parameters]) =>
      segments
        .map((segment) => {
          const colon = segment.indexOf(':');
          if (colon < 0) return segment;
          const name = segment.slice(colon + 1);
          const value = String((parameters as Readonly<Record<string, string | number>>)[name]);
          assert(
            !value.includes('/') && (value !== '' || row.mode === 'persistent-sequential'),
            `"${value}" cannot stand for :${name} in ${row.pattern}`,
          );
          return segment.slice(0, colon) + value;
        })
        .join('/'),
    encode: (value) => row.codec.encode(value),
    decode: (data, where = row.pattern) => row.codec.decode(data, where),
  };
}

/** Data in JSON: `encode` gives the value with its keys in the original's order. */
export function json<T>(encode: (value: T) => JsonValue, decode: (json: JsonReader) => T): ZnodeCodec<T> {
  return {
    encode: (value) => Buffer.from(encodeJson(encode(value))),
    decode: (data, where) => decode(JsonReader.parse(data, where)),
  };
}

/** Data as plain text. */
export const text: ZnodeCodec<string> = {
  encode: (value) => Buffer.from(value),
  decode: (data) => data?.toString() ?? '',
};

/** A znode that stands for itself: its data is null, which ZooKeeper tells from empty. */
export const noData: ZnodeCodec<null> = { encode: () => null, decode: () => null };
