/** Our definitions against Apache's, read from its jars: every field, version, default, tag. Skipped without the jars. */
import { expect, test } from '@jest/globals';
import { APIS, SCHEMAS, type MessageSchema } from '../../../src/protocol/index.ts';
import type { Field, Fields } from '../../../src/protocol/schema/fields.ts';
import { parseVersionRange, type VersionRange } from '../../../src/protocol/schema/version-range.ts';
import { kafkaJar, type KafkaArtifact } from '../../support/kafka-jars.ts';
import { readZip } from '../../support/zip.ts';

interface ApacheField {
  readonly name: string;
  readonly type: string;
  readonly versions: VersionRange;
  readonly nullableVersions?: VersionRange;
  readonly taggedVersions?: VersionRange;
  readonly flexibleVersions?: VersionRange;
  readonly tag?: number;
  readonly default?: string | number | boolean | null;
  readonly ignorable?: boolean;
  readonly entityType?: string;
  readonly mapKey?: boolean;
  readonly fields?: readonly ApacheField[];
}

interface ApacheMessage {
  readonly name: string;
  readonly apiKey?: number;
  readonly listeners?: readonly string[];
  readonly validVersions: VersionRange;
  readonly flexibleVersions: VersionRange;
  readonly fields: readonly ApacheField[];
  readonly commonStructs?: readonly ApacheField[];
}

const ARTIFACTS: readonly KafkaArtifact[] = [
  'kafka-clients',
  'kafka-group-coordinator',
  'kafka-transaction-coordinator',
];

/** Null when a jar cannot be had. */
function apacheMessages(): Map<string, ApacheMessage> | null {
  const messages = new Map<string, ApacheMessage>();
  for (const artifact of ARTIFACTS) {
    const jar = kafkaJar(artifact);
    if (jar === null) return null;
    const files = readZip(jar, (name) => /^common\/message\/\w+\.json$/.test(name));
    for (const text of files.values()) {
      const parsed = JSON.parse(withoutComments(text.toString())) as ApacheMessage;
      messages.set(parsed.name, parsed);
    }
  }
  return messages;
}

const withoutComments = (json: string): string =>
  json.replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*/g, (_, quoted: string | undefined) => quoted ?? '');

const apache = apacheMessages();
const withApache = apache === null ? test.skip : test;

/** Ours alone: Apache has these two in code, not in a definition. */
const WITHOUT_DEFINITION = new Set(['ControlRecordKey', 'EndTransactionMarker']);
const compared = [...SCHEMAS.values()].filter(({ name }) => !WITHOUT_DEFINITION.has(name));

/** "2+" and "2-7" are the same in a message whose last version is 7. */
function versionsWithin(range: VersionRange | undefined, valid: VersionRange): string {
  if (range === undefined) return 'none';
  const [field, whole] = [parseVersionRange(range), parseVersionRange(valid)];
  const [min, max] = [Math.max(field.min, whole.min), Math.min(field.max, whole.max)];
  return min <= max ? `${min}-${max}` : 'none';
}

function oursDescribed(fields: Fields, valid: VersionRange): unknown[] {
  return Object.entries(fields).map(([name, field]) => {
    const { options, type } = field;
    const element = type.kind === 'array' ? type.element : type;
    return {
      name,
      array: type.kind === 'array',
      type: element.kind === 'primitive' ? element.wire : oursDescribed(element.fields, valid),
      versions: versionsWithin(field.versions, valid),
      nullable: versionsWithin(options.nullable, valid),
      tag: options.tag,
      default: options.default ?? defaultText(field),
      ignorable: options.ignorable ?? false,
      entity: options.entity,
      mapKey: options.mapKey ?? false,
      flexible: options.flexible,
    };
  });
}

function apacheDescribed(fields: readonly ApacheField[], message: ApacheMessage): unknown[] {
  const valid = message.validVersions;
  return fields.map((field) => {
    const isArray = field.type.startsWith('[]');
    const element = isArray ? field.type.slice(2) : field.type;
    const members = field.fields ?? message.commonStructs?.find(({ name }) => name === element)?.fields;
    if (field.taggedVersions !== undefined) expect(field.taggedVersions).toBe(field.versions);
    return {
      name: field.name.charAt(0).toLowerCase() + field.name.slice(1),
      array: isArray,
      type: members === undefined ? element : apacheDescribed(members, message),
      versions: versionsWithin(field.versions, valid),
      nullable: versionsWithin(field.nullableVersions, valid),
      tag: field.tag,
      default: apacheDefault(field),
      ignorable: field.ignorable ?? false,
      entity: field.entityType,
      mapKey: field.mapKey ?? false,
      flexible: field.flexibleVersions,
    };
  });
}

/** What an omitted default means; both sides leave it to the type, except that null and "null" are one. */
function defaultText({ options }: Field): string | null | undefined {
  return options.default === null ? null : undefined;
}

function apacheDefault({ type, default: text }: ApacheField): unknown {
  if (text === undefined || text === null) return undefined;
  if (text === 'null') return null;
  if (type === 'bool') return String(text).toLowerCase() === 'true';
  return type === 'string' ? text : Number(text);
}

withApache.each(compared.map((schema) => [schema.name, schema] as const))(
  "%s is defined as Apache defines it (needs kafka-clients and the coordinators' jars)",
  (name: string, schema: MessageSchema) => {
    const theirs = apache?.get(name);
    expect(theirs).toBeDefined();
    if (theirs === undefined) return;
    expect(schema.apiKey).toBe(theirs.apiKey);
    expect(versionsWithin(schema.versions, schema.versions)).toBe(
      versionsWithin(theirs.validVersions, theirs.validVersions),
    );
    expect(versionsWithin(schema.flexible, schema.versions)).toBe(
      versionsWithin(theirs.flexibleVersions, schema.versions),
    );
    expect(oursDescribed(schema.fields, schema.versions)).toEqual(apacheDescribed(theirs.fields, theirs));
  },
);

withApache('exactly the requests that Apache has for ZooKeeper-mode brokers are served', () => {
  const keys = [...(apache?.values() ?? [])]
    .filter(({ listeners }) => listeners?.includes('zkBroker'))
    .map(({ apiKey }) => apiKey!);
  expect(APIS.map(({ key }) => key)).toEqual(keys.sort((a, b) => a - b));
});
