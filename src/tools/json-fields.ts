/**
 * The fields of the JSON files that tools are given, and what is said about a field that is not as it should be: in the
 * words of the original, which reads them with Jackson.
 */

export function parsedJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Error('The input string is not a valid JSON', { cause });
  }
}

export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Error(`Expected JSON object, received ${value === undefined ? '' : JSON.stringify(value)}`);
}

export function fieldOf(fields: Readonly<Record<string, unknown>>, name: string): unknown {
  if (name in fields) return fields[name];
  throw new Error(`No such field exists: \`${name}\``);
}

export function stringOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error(`Expected \`String\` value, received ${JSON.stringify(value)}`);
}

/** Of a Long as far as a number can tell. */
const LARGEST = { Integer: 2 ** 31 - 1, Long: 2 ** 63 } as const;

/** A larger offset than a number can hold lies beyond the end of every log, and so does what becomes of it. */
export function integerOf(value: unknown, type: keyof typeof LARGEST): number {
  const isInteger = typeof value === 'number' && Number.isInteger(value);
  if (isInteger && value >= -LARGEST[type] - 1 && value <= LARGEST[type])
    return Math.min(value, Number.MAX_SAFE_INTEGER);
  throw new Error(`Expected \`${type}\` value, received ${JSON.stringify(value)}`);
}

export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw new Error(`Expected JSON array, received ${JSON.stringify(value)}`);
}
