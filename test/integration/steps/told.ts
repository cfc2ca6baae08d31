/**
 * How a tree of znodes and a transaction log are written down, so that two clusters which did the same are told in the
 * same words.
 */
import type { Operation, Transaction } from '../../support/zookeeper-transaction-log.ts';

/** What no two clusters share, and the word that stands for it. */
const REPLACED: readonly { readonly what: string; readonly pattern: RegExp; readonly by: string }[] = [
  { what: 'times', pattern: /"timestamp":"\d+"/g, by: '"timestamp":"T"' },
  { what: 'topic ids', pattern: /"topic_id":"[^"]+"/g, by: '"topic_id":"ID"' },
  { what: 'the cluster id', pattern: /^\{"version":"1","id":"[^"]+"\}$/, by: '{"version":"1","id":"ID"}' },
  { what: 'ports', pattern: /(127\.0\.0\.1|localhost):\d+/g, by: '$1:PORT' },
  { what: 'ports', pattern: /"port":\d+/g, by: '"port":PORT' },
];
/** How many changes there have been before depends on which steps are taken. */
const CHANGE_NUMBER = /(config_change_)\d+/g;

const toldPath = (path: string): string => path.replace(CHANGE_NUMBER, '$1N');

function toldData(data: string): string {
  return REPLACED.reduce((text, { pattern, by }) => text.replace(pattern, by), data);
}

/** A znode as it stands: its path in front, so that trees can be compared by it. */
export interface Znode {
  readonly version: number;
  readonly isEphemeral: boolean;
  readonly data: string;
}

export type Tree = ReadonlyMap<string, Znode>;

/** What became of a tree: `+` is new, `~` was written, `-` is gone. */
export function toldDifference(before: Tree, after: Tree): string[] {
  const lines: string[] = [];
  for (const [path, znode] of after) {
    const was = before.get(path);
    if (was === undefined) lines.push(`+ ${toldPath(path)} ${toldZnode(znode)}`);
    else if (toldZnode(was) !== toldZnode(znode))
      lines.push(`~ ${toldPath(path)} ${toldZnode(znode)} (was v${was.version})`);
  }
  for (const path of before.keys()) if (!after.has(path)) lines.push(`- ${toldPath(path)}`);
  return lines;
}

function toldZnode({ version, isEphemeral, data }: Znode): string {
  return `v${version}${isEphemeral ? ' ephemeral' : ''} ${toldData(data)}`.trimEnd();
}

/** Sessions in which a broker registered, named after it. */
export function brokerSessions(transactions: readonly Transaction[]): ReadonlyMap<bigint, string> {
  const names = new Map<bigint, string>();
  const lives = new Map<string, number>();
  for (const { sessionId, operations } of transactions) {
    const id = operations.map(({ op, path }) => registeredId(op, path)).find((one) => one !== undefined);
    if (id === undefined) continue;
    const life = (lives.get(id) ?? 0) + 1;
    lives.set(id, life);
    names.set(sessionId, `broker ${id}, life ${life}`);
  }
  return names;
}

function registeredId(op: string, path: string): string | undefined {
  return op === 'create ephemeral' ? /^\/brokers\/ids\/(\d+)$/.exec(path)?.[1] : undefined;
}

/** What each broker did, from the opening of its session to its end; others than brokers are left out. */
export function toldSessions(
  transactions: readonly Transaction[],
  names: ReadonlyMap<bigint, string>,
): Record<string, string[]> {
  const sessions: Record<string, string[]> = {};
  for (const transaction of transactions) {
    const name = names.get(transaction.sessionId);
    if (name !== undefined) (sessions[name] ??= []).push(toldTransaction(transaction));
  }
  return sessions;
}

function toldTransaction({ kind, sessionTimeoutMs, operations }: Transaction): string {
  if (kind === 'write') return operations.map((operation) => toldOperation(operation)).join('; ');
  return sessionTimeoutMs === undefined ? kind : `${kind} for ${sessionTimeoutMs} ms`;
}

function toldOperation({ op, path, data, version }: Operation): string {
  const shownVersion = version === null || op === 'create' || op === 'create ephemeral' ? '' : ` v${version}`;
  return `${op} ${toldPath(path)}${shownVersion} ${toldData(data)}`.replaceAll(/ +/g, ' ').trim();
}

/**
 * Neighbours that differ only in the partition were sent together: which of several comes first follows Scala's hash order
 * in the original and the partition numbers in Klassik, and no reader can tell. They are compared as a set.
 */
export function regardlessOfPipelining(lines: readonly string[]): string[][] {
  const runs: { readonly kind: string; readonly lines: string[] }[] = [];
  for (const line of lines) {
    const kind = kindOf(line);
    const last = runs.at(-1);
    if (last?.kind === kind) last.lines.push(line);
    else runs.push({ kind, lines: [line] });
  }
  return runs.map((run) => run.lines.sort());
}

/** What becomes of several topics in events of their own has no order; of each of them it has. */
export function topicByTopic(lines: readonly string[]): Record<string, string[][]> {
  const topics: Record<string, string[]> = {};
  for (const line of lines) {
    const topic = /\/(?:topics|delete_topics)\/([^/ ]+)/.exec(line)?.[1] ?? 'no topic';
    (topics[topic] ??= []).push(line);
  }
  return Object.fromEntries(
    Object.entries(topics).map(([topic, ofTopic]) => [topic, regardlessOfPipelining(ofTopic)]),
  );
}

function kindOf(line: string): string {
  const kind = line
    .replace(/ \{.*$/, '')
    .replaceAll(/topics\/[^/ ]+\/partitions/g, 'topics/T/partitions')
    .replaceAll(/partitions\/\d+/g, 'partitions/P')
    .replaceAll(/\bv\d+/g, 'v');
  // A partition goes with all that is below it, before the next one.
  return kind.includes('delete ') ? kind.replace('P/state', 'P') : kind;
}
