/** docs/reference/protocol.md: which requests Klassik serves, in which versions. */
import { APIS, INTERNAL_SCHEMAS, type Api, type MessageSchema } from '../../protocol/index.ts';
import { generatedNote, markdownTable } from './markdown.ts';

const MESSAGES = '../../src/protocol/messages';
const INTERNAL = '../../src/protocol/internal';

export function protocolPage(): string {
  return (
    [
      '# Protocol',
      generatedNote('src/protocol/api-keys.ts'),
      `The ${APIS.length} requests that a ZooKeeper-mode Kafka 3.9.1 broker advertises, and Klassik with it, in the same ` +
        'versions. Any other key or version makes the broker close the connection, except for ApiVersions itself: that is ' +
        'answered in version 0 with error 35 and the versions that would do (KIP-511).',
      'From its first flexible version on (KIP-482) a message writes lengths as varints and may carry tagged fields. Each ' +
        'name leads to the definition, where fields and versions are explained. `klassik protocol show Fetch 12 --decode` ' +
        'prints the code that reads a version.',
      markdownTable(['Key', 'Name', 'Versions', 'Flexible from'], APIS.map(apiRow)),
      '## Stored records',
      'What the internal topics and the opaque fields of the group protocol hold, each with its version in front.',
      markdownTable(['Name', 'Versions', 'Flexible'], INTERNAL_SCHEMAS.map(schemaRow)),
    ].join('\n\n') + '\n'
  );
}

function apiRow({ key, name, minVersion, maxVersion, firstFlexibleVersion }: Api): string[] {
  return [
    String(key),
    `[${name}](${MESSAGES}/${String(key).padStart(2, '0')}-${kebab(name)}.ts)`,
    minVersion === maxVersion ? String(minVersion) : `${minVersion}-${maxVersion}`,
    firstFlexibleVersion === null ? 'never' : String(firstFlexibleVersion),
  ];
}

function schemaRow({ name, versions, flexible }: MessageSchema): string[] {
  return [`[${name}](${INTERNAL}/${fileOf(name)})`, versions, flexible === 'none' ? 'never' : flexible];
}

/** Keys and values of one topic share a file. */
function fileOf(name: string): string {
  if (name.startsWith('ConsumerProtocol')) return 'consumer-protocol.ts';
  if (name === 'ControlRecordKey' || name === 'EndTransactionMarker') return 'control-record.ts';
  return `${kebab(name.replace(/(Key|Value)$/, ''))}.ts`;
}

function kebab(name: string): string {
  return name.replaceAll(/(?<=.)(?=[A-Z])/g, '-').toLowerCase();
}
