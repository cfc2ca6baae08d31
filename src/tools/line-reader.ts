/**
 * How a line of input becomes a record: `headers<TAB>key<TAB>value`, where headers and key are there only when asked
 * for, and every separator can be chosen. Kafka calls this LineMessageReader.
 */
import { KafkaError } from '../protocol/index.ts';
import type { RecordHeader } from '../records/index.ts';

export interface LineRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

export interface LineReaderSettings {
  readonly parseKey: boolean;
  readonly keySeparator: string;
  readonly parseHeaders: boolean;
  readonly headersDelimiter: string;
  readonly headersSeparator: string;
  readonly headersKeySeparator: string;
  readonly ignoreError: boolean;
  readonly nullMarker: string | undefined;
}

/** The settings of `--property` (parse.key, key.separator, ...). */
export function lineReaderSettings(properties: Readonly<Record<string, string>>): LineReaderSettings {
  const flag = (key: string): boolean => properties[key]?.trim().toLowerCase() === 'true';
  return {
    parseKey: flag('parse.key'),
    keySeparator: properties['key.separator'] ?? '\t',
    parseHeaders: flag('parse.headers'),
    headersDelimiter: properties['headers.delimiter'] ?? '\t',
    headersSeparator: properties['headers.separator'] ?? ',',
    headersKeySeparator: properties['headers.key.separator'] ?? ':',
    ignoreError: flag('ignore.error'),
    nullMarker: properties['null.marker'],
  };
}

/** Throws KafkaError when a separator is missing, unless errors are to be ignored. */
export function parseLine(line: string, lineNumber: number, settings: LineReaderSettings): LineRecord {
  const cut = (wanted: boolean, from: number, mark: string, name: string): string | undefined => {
    if (!wanted) return undefined;
    const at = line.indexOf(mark, from);
    if (at >= 0) return line.slice(from, at);
    if (settings.ignoreError) return undefined;
    throw new KafkaError('INVALID_REQUEST', `No ${name} found on line number ${lineNumber}: '${line}'`);
  };
  const headers = cut(settings.parseHeaders, 0, settings.headersDelimiter, 'headers delimiter');
  const keyStart = headers === undefined ? 0 : headers.length + settings.headersDelimiter.length;
  const key = cut(settings.parseKey, keyStart, settings.keySeparator, 'key separator');
  const valueStart = keyStart + (key === undefined ? 0 : key.length + settings.keySeparator.length);
  return {
    key: key === undefined ? null : bytesOf(key, settings),
    value: bytesOf(line.slice(valueStart), settings),
    headers:
      headers === undefined || headers === settings.nullMarker
        ? []
        : parseHeaders(headers, lineNumber, settings),
  };
}

function bytesOf(text: string, { nullMarker }: LineReaderSettings): Buffer | null {
  return text === nullMarker ? null : Buffer.from(text, 'utf8');
}

function parseHeaders(text: string, lineNumber: number, settings: LineReaderSettings): RecordHeader[] {
  return text.split(settings.headersSeparator).map((pair) => {
    const at = pair.indexOf(settings.headersKeySeparator);
    if (at < 0) {
      if (settings.ignoreError) return { key: pair, value: null };
      throw new KafkaError(
        'INVALID_REQUEST',
        `No header key separator found in pair '${pair}' on line number ${lineNumber}`,
      );
    }
    const key = pair.slice(0, at);
    if (key === settings.nullMarker) {
      throw new KafkaError(
        'INVALID_REQUEST',
        `Header keys should not be equal to the null marker '${key}' as they can't be null`,
      );
    }
    return { key, value: bytesOf(pair.slice(at + settings.headersKeySeparator.length), settings) };
  });
}
