/** docs/reference/configuration.md: every key of brokers, topics and quotas, from the rows of src/config. */
import { brokerThemes, formatValue, quotaTable, topicSynonyms, topicTable } from '../../config/index.ts';
import type { ConfigRow, ConfigTable } from '../../config/index.ts';
import { generatedNote, markdownTable } from './markdown.ts';

const COLUMNS = ['Key', 'Type', 'Default', 'Allowed', 'Changes', 'Meaning'];

export function configurationPage(): string {
  return (
    [
      '# Configuration',
      generatedNote('src/config'),
      'The keys of `server.properties` and of topics, with the defaults of Kafka 3.9.1. A value set on one broker while ' +
        'it runs stands above one set for all brokers, that above the file, and the file above the default. Unknown ' +
        'keys are kept and warned about. **Changes** says whether `kafka-configs` can change a key while brokers run: ' +
        'not at all (restart), on one broker, or for all of them.',
      ...brokerThemes.flatMap(({ title, rows }) => [`## ${title}`, markdownTable(COLUMNS, brokerRows(rows))]),
      '## Topics',
      'A topic that does not set a key has the value of the broker key beside it.',
      markdownTable(['Key', 'Type', 'Default from', 'Allowed', 'Meaning'], topicRows()),
      '## Quotas',
      'Set on clients, users and addresses; unset means no limit.',
      markdownTable(
        ['Key', 'On', 'Meaning'],
        Object.entries(quotaTable).map(([key, { entity, doc }]) => [
          `\`${key}\``,
          entity === 'ip' ? 'addresses' : 'users and clients',
          doc,
        ]),
      ),
    ].join('\n\n') + '\n'
  );
}

function brokerRows(table: ConfigTable): string[][] {
  return Object.entries(table)
    .filter(([, row]) => row.internal !== true)
    .map(([key, row]) => [
      `\`${key}\``,
      row.type,
      defaultOf(row),
      allowedOf(row),
      row.dynamic === undefined ? 'restart' : row.dynamic === 'per-broker' ? 'one broker' : 'all brokers',
      meaningOf(row),
    ]);
}

function topicRows(): string[][] {
  const synonyms: Partial<Record<string, string>> = topicSynonyms;
  return Object.entries<ConfigRow>(topicTable).map(([key, row]) => {
    const synonym = synonyms[key];
    return [
      `\`${key}\``,
      row.type,
      synonym === undefined ? defaultOf(row) : `\`${synonym}\``,
      allowedOf(row),
      meaningOf(row),
    ];
  });
}

function defaultOf(row: ConfigRow): string {
  if (row.default === null) return '';
  const text = formatValue(row.type, row.default);
  return text === '' ? '(empty)' : `\`${text}\``;
}

function allowedOf(row: ConfigRow): string {
  if (row.allowed !== undefined) return row.allowed.map((choice) => `\`${choice}\``).join(' ');
  const { min, max } = row;
  if (min === undefined && max === undefined) return '';
  if (max === undefined) return `≥ ${String(min)}`;
  return min === undefined ? `≤ ${max}` : `${min} to ${max}`;
}

/** What the row says of it, and honestly where a value changes nothing. */
function meaningOf(row: ConfigRow): string {
  const notes = [row.effect, row.refused === undefined ? undefined : `refused: ${row.refused}`];
  const extra = notes
    .filter((note) => note !== undefined)
    .map((note) => ` *${upperFirst(note)}${note.endsWith('.') ? '' : '.'}*`);
  return `${row.doc}${extra.join('')}`;
}

function upperFirst(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
