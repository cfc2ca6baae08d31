/** docs/reference/znodes.md: every znode of the registry, with the bytes the original writes. */
import { registry } from '../../zookeeper/index.ts';

interface Row {
  readonly pattern: string;
  readonly mode: string;
  readonly about: string;
  readonly writtenBy: string;
  readonly watchedBy?: string;
  readonly example?: unknown;
  encode(value: never): Buffer | null;
}

const SECTIONS: readonly (readonly [title: string, rows: Readonly<Record<string, Row>>])[] = [
  ['The cluster', registry.cluster],
  ['Topics, partitions and wishes', registry.topicZnodes],
  ['Configs, access control, delegation tokens', registry.entities],
];

export function znodesPage(): string {
  const lines = [
    '<!-- Generated from src/zookeeper/registry.ts by "npm run docs". -->',
    '',
    '# Znodes',
    '',
    'Everything a cluster keeps in ZooKeeper, below the chroot of `zookeeper.connect`. Data is compact JSON in UTF-8',
    'where not said otherwise; znodes without data hold null, not an empty array.',
    '',
  ];
  for (const [title, rows] of SECTIONS) {
    lines.push(`## ${title}`, '');
    const sorted = Object.values(rows).sort((left, right) => (left.pattern < right.pattern ? -1 : 1));
    for (const row of sorted) lines.push(...section(row));
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

function section(row: Row): string[] {
  const watched = row.watchedBy === undefined ? [] : [`- Watched by: ${row.watchedBy}.`];
  return [
    `### \`${row.pattern.replaceAll(/:(\w+)/g, '<$1>')}\``,
    '',
    row.about,
    '',
    `- Kind: ${row.mode}.`,
    `- Written by: ${row.writtenBy}.`,
    ...watched,
    '',
    ...example(row),
  ];
}

function example(row: Row): string[] {
  if (row.example === undefined) return [];
  const data = row.encode(row.example as never);
  return data === null ? [] : ['```json', data.toString(), '```', ''];
}
