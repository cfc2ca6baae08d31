/** JSON trees and their text as Jackson writes it. */
export type Json = null | boolean | number | bigint | string | Double | Json[] | JsonObject;
export type JsonObject = Map<string, Json>;

/** A floating-point number, which shows that it is one. */
export class Double {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

const PLAIN_FROM = 1e-3;
const PLAIN_BELOW = 1e7;

/** As Double.toString. */
function doubleText(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (value === 0 || (size >= PLAIN_FROM && size < PLAIN_BELOW)) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}

/** Control characters are the only ones that Jackson spells differently. */
function stringText(value: string): string {
  return JSON.stringify(value).replaceAll(
    /\\u00[0-9a-f]{2}/g,
    (escape) => `\\u${escape.slice(2).toUpperCase()}`,
  );
}

export function jsonText(json: Json): string {
  if (json === null) return 'null';
  if (typeof json === 'string') return stringText(json);
  if (json instanceof Double) return doubleText(json.value);
  if (Array.isArray(json)) return `[${json.map(jsonText).join(',')}]`;
  if (json instanceof Map)
    return `{${[...json].map(([name, value]) => `${stringText(name)}:${jsonText(value)}`).join(',')}}`;
  return String(json);
}
