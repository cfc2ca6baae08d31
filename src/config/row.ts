/**
 * One configuration key is one row: its type, default, bounds, importance, whether it can change while the broker
 * runs, and what it means. Parsing, validation, DescribeConfigs and the reference page are all derived from rows, so
 * a fact about a key stands in one place. The kind of a row fixes the type that `config.get(key)` has.
 */

export type ConfigType =
  'boolean' | 'string' | 'int' | 'short' | 'long' | 'double' | 'list' | 'class' | 'password';
export type Importance = 'high' | 'medium' | 'low';
/** `per-broker` keys can be set on one broker only; `cluster-wide` ones also as a default of all brokers. */
export type DynamicScope = 'read-only' | 'per-broker' | 'cluster-wide';
export type ConfigValue = boolean | number | string | readonly string[];

/** Java's Long.MAX_VALUE as the nearest double: "for ever" and "no limit" in many rows. */
export const LONG_MAX = 2 ** 63;
export const LONG_MIN = -(2 ** 63);
export const INT_MAX = 2 ** 31 - 1;

interface RowFacts {
  readonly importance: Importance;
  readonly doc: string;
  readonly dynamic?: DynamicScope;
  /** Keys that stand in while this one is unset, the first one set wins. */
  readonly fallback?: readonly string[];
  /** Not shown by DescribeConfigs and absent from the reference page. */
  readonly internal?: boolean;
  /** Why a value is accepted and changes nothing here. */
  readonly effect?: string;
  /** Why any value but the default is refused. */
  readonly refused?: string;
  /** For rules that bounds and choices cannot say: what is wrong with a value (or item), or undefined. */
  readonly check?: (value: string) => string | undefined;
}

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

interface Choice {
  readonly allowed?: readonly string[];
  readonly ignoreCase?: boolean;
  readonly nonEmpty?: boolean;
}

export interface ConfigRow<Value extends ConfigValue | null = ConfigValue | null>
  extends RowFacts, Bounds, Choice {
  readonly type: ConfigType;
  readonly default: Value;
}

type NumberFacts<Default> = RowFacts & Bounds & { readonly default: Default };
type TextFacts<Default> = RowFacts & Choice & { readonly default: Default };

// A default of null means: unset unless the user sets it, so the value may be null. Hence two signatures each.

export function boolean(facts: RowFacts & { readonly default: boolean }): ConfigRow<boolean> {
  return { type: 'boolean', ...facts };
}

export function int(facts: NumberFacts<number>): ConfigRow<number>;
export function int(facts: NumberFacts<number | null>): ConfigRow<number | null>;
export function int(facts: NumberFacts<number | null>): ConfigRow<number | null> {
  return { type: 'int', ...facts };
}

export function short(facts: NumberFacts<number>): ConfigRow<number>;
export function short(facts: NumberFacts<number | null>): ConfigRow<number | null>;
export function short(facts: NumberFacts<number | null>): ConfigRow<number | null> {
  return { type: 'short', ...facts };
}

export function long(facts: NumberFacts<number>): ConfigRow<number>;
export function long(facts: NumberFacts<number | null>): ConfigRow<number | null>;
export function long(facts: NumberFacts<number | null>): ConfigRow<number | null> {
  return { type: 'long', ...facts };
}

export function double(facts: NumberFacts<number>): ConfigRow<number>;
export function double(facts: NumberFacts<number | null>): ConfigRow<number | null>;
export function double(facts: NumberFacts<number | null>): ConfigRow<number | null> {
  return { type: 'double', ...facts };
}

export function string(facts: TextFacts<string>): ConfigRow<string>;
export function string(facts: TextFacts<string | null>): ConfigRow<string | null>;
export function string(facts: TextFacts<string | null>): ConfigRow<string | null> {
  return { type: 'string', ...facts };
}

export function classes(facts: TextFacts<string>): ConfigRow<string>;
export function classes(facts: TextFacts<string | null>): ConfigRow<string | null>;
export function classes(facts: TextFacts<string | null>): ConfigRow<string | null> {
  return { type: 'class', ...facts };
}

export function password(facts: TextFacts<string>): ConfigRow<string>;
export function password(facts: TextFacts<string | null>): ConfigRow<string | null>;
export function password(facts: TextFacts<string | null>): ConfigRow<string | null> {
  return { type: 'password', ...facts };
}

export function list(facts: TextFacts<readonly string[]>): ConfigRow<readonly string[]>;
export function list(facts: TextFacts<readonly string[] | null>): ConfigRow<readonly string[] | null>;
export function list(facts: TextFacts<readonly string[] | null>): ConfigRow<readonly string[] | null> {
  return { type: 'list', ...facts };
}

/** The value type of a row, as `config.get` returns it. */
export type ValueOf<Row> = Row extends ConfigRow<infer Value> ? Value : never;
export type ConfigTable = Readonly<Record<string, ConfigRow>>;
