/**
 * JSON as the original leaves it in ZooKeeper: compact, UTF-8, keys in the order its hash maps iterate. Readers go by
 * name and ignore what they do not know (contract section 2.1); only whoever compares bytes sees the order, but
 * operators do, and so do our golden tests.
 *
 * JavaScript objects put keys like "10" in number order, so maps with free keys are written from `Map`.
 */
import { inJavaPropertiesOrder, inScalaMutableOrder, javaHashCode } from '../common/index.ts';

/** A znode whose bytes are not what its path promises. */
export class ZnodeFormatError extends Error {
  override readonly name = 'ZnodeFormatError';
}

export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue } | JsonMap;
type JsonMap = ReadonlyMap<string, JsonValue>;

const isMap = (value: object): value is JsonMap => value instanceof Map;

function encodeEntry(key: string, value: JsonValue): string {
  return `${JSON.stringify(key)}:${encodeJson(value)}`;
}

/** The text of a value; maps and objects keep the order they have. */
export function encodeJson(value: JsonValue): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: JsonValue) => encodeJson(item)).join(',')}]`;
  const entries: [string, JsonValue][] = isMap(value) ? [...value] : Object.entries(value);
  return `{${entries.map(([key, item]) => encodeEntry(key, item)).join(',')}}`;
}

const hashOfKey = ([key]: readonly [string, unknown]): number => javaHashCode(key);

/** The entries in the order in which Scala's hash maps iterate. */
export function inHashOrder<T>(entries: Iterable<readonly [string, T]>): Map<string, T> {
  return new Map(inScalaMutableOrder([...entries], hashOfKey));
}

/** The entries in the order in which Java's Properties iterate. */
export function inPropertiesOrder<T>(entries: Iterable<readonly [string, T]>): Map<string, T> {
  return new Map(inJavaPropertiesOrder([...entries], hashOfKey));
}

/** A value read from JSON, unpacked with the path it came from in every complaint. */
export class JsonReader {
  readonly #value: unknown;
  readonly #where: string;

  constructor(value: unknown, where: string) {
    this.#value = value;
    this.#where = where;
  }

  static parse(data: Buffer | null, where: string): JsonReader {
    if (data === null) throw new ZnodeFormatError(`${where} has no data`);
    try {
      return new JsonReader(JSON.parse(data.toString()), where);
    } catch {
      throw new ZnodeFormatError(`${where} is not JSON: ${data.toString().slice(0, 200)}`);
    }
  }

  /** Undefined when the field is missing or null. */
  optional(field: string): JsonReader | undefined {
    const value = this.#object()[field];
    return value === undefined || value === null
      ? undefined
      : new JsonReader(value, `${this.#where}.${field}`);
  }

  field(field: string): JsonReader {
    return this.optional(field) ?? this.#fail(`has no "${field}"`);
  }

  /** A whole number; a string of one passes too, since the original writes some of them so. */
  int(): number {
    const number = typeof this.#value === 'string' ? Number(this.#value) : this.#value;
    return typeof number === 'number' && Number.isSafeInteger(number)
      ? number
      : this.#fail('is not a whole number');
  }

  text(): string {
    return typeof this.#value === 'string' ? this.#value : this.#fail('is not a string');
  }

  list(): JsonReader[] {
    if (!Array.isArray(this.#value)) return this.#fail('is not an array');
    return this.#value.map((item, index) => new JsonReader(item, `${this.#where}[${index}]`));
  }

  entries(): [string, JsonReader][] {
    return Object.entries(this.#object()).map(([key, value]) => [
      key,
      new JsonReader(value, `${this.#where}.${key}`),
    ]);
  }

  #object(): Record<string, unknown> {
    if (typeof this.#value !== 'object' || this.#value === null || Array.isArray(this.#value))
      return this.#fail('is not an object');
    return this.#value as Record<string, unknown>;
  }

  #fail(complaint: string): never {
    throw new ZnodeFormatError(`${this.#where} ${complaint}`);
  }
}
