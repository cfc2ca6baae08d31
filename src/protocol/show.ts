/**
 * The generated code of a codec, for people: what `klassik protocol show Fetch 12 --decode` prints.
 */
import { APIS } from './api-keys.ts';
import { KafkaError } from './errors.ts';
import { INTERNAL_SCHEMAS } from './internal/index.ts';
import { RequestHeader, ResponseHeader } from './messages/headers.ts';
import { codecSource, type Direction } from './schema/compile.ts';
import type { MessageSchema } from './schema/fields.ts';
import { parseVersionRange } from './schema/version-range.ts';

/** Every definition of the room, by its name. */
export const SCHEMAS: ReadonlyMap<string, MessageSchema> = new Map(
  [
    ...APIS.flatMap(({ request, response }) => [request, response]),
    RequestHeader,
    ResponseHeader,
    ...INTERNAL_SCHEMAS,
  ].map((schema): [string, MessageSchema] => [schema.name, schema]),
);

/**
 * The code that reads or writes one version of a message. The name is that of a message ("FetchRequest",
 * "OffsetCommitValue") or of an API ("Fetch", which gives both request and response).
 */
export function renderProtocolShow(name: string, version: number, direction: Direction): string {
  return schemasNamed(name)
    .map((schema) => {
      const { min, max } = parseVersionRange(schema.versions);
      if (!Number.isInteger(version) || version < min || version > max) {
        throw new KafkaError(
          'UNSUPPORTED_VERSION',
          `${schema.name} has versions ${min} to ${max}, not ${version}`,
        );
      }
      return `${codecSource(schema, version, direction).text}\n`;
    })
    .join('\n');
}

function schemasNamed(name: string): readonly MessageSchema[] {
  const found = [name, `${name}Request`, `${name}Response`].flatMap(
    (candidate) => SCHEMAS.get(candidate) ?? [],
  );
  if (found.length === 0) throw new KafkaError('INVALID_REQUEST', `No message or API is called ${name}`);
  return found;
}
