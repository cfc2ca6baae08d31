/**
 * Version ranges as Kafka writes them: "0+" (from 0 on), "2-5", "3" (only 3), "none". They are template-literal types, so
 * a typo in a message definition does not compile; what they contain is decided here and nowhere else.
 */
import { assert } from '../../common/index.ts';

export type VersionRange = `${number}+` | `${number}-${number}` | `${number}` | 'none';

/** Both ends included; empty when `min > max`. */
export interface VersionSpan {
  readonly min: number;
  readonly max: number;
}

/** Versions travel as int16: the end of every open range. */
const HIGHEST_VERSION = 0x7fff;

const RANGE = /^(\d+)(?:(\+)|-(\d+))?$/;

export function parseVersionRange(range: VersionRange): VersionSpan {
  if (range === 'none') return { min: 0, max: -1 };
  const match = RANGE.exec(range);
  assert(match !== null, `"${range}" is no version range`);
  const min = Number(match[1]);
  if (match[2] !== undefined) return { min, max: HIGHEST_VERSION };
  return { min, max: match[3] === undefined ? min : Number(match[3]) };
}

export function rangeContains(range: VersionRange, version: number): boolean {
  const { min, max } = parseVersionRange(range);
  return version >= min && version <= max;
}
