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
  { what: 'ports', pattern: /127\.0\.0\.1:\d+/g, by: '127.0.0.1:PORT' },
  { what: 'ports', pattern: /"port":\d+/g, by: '"port":PORT' },
];

function toldData(data: string): string {
  return REPLACED.reduce((text, { pattern, by }) => text.replace(pattern, by), data);
}

export function toldZnode(path: string, data: string, version: number, isEphemeral: boolean): string {
  return `${path} v${version}${isEphemeral ? ' ephemeral' : ''} ${toldData(data)}`.trimEnd();
}

/**
 * The writes of each session that wrote anything, in the order of their first write; a session is named after the broker
 * that registered in it.
 */
export function toldSessions(transactions: readonly Transaction[]): Record<string, string[]> {
  const sessions = new Map<bigint, string[]>();
  const names = new Map<bigint, string>();
  const lives = new Map<string, number>();
  for (const { sessionId, kind, operations } of transactions) {
    if (kind !== 'write') continue;
    const lines = sessions.get(sessionId) ?? [];
    sessions.set(sessionId, lines);
    lines.push(operations.map((operation) => toldOperation(operation)).join('; '));
    const id = operations.map(({ op, path }) => registeredId(op, path)).find((one) => one !== undefined);
    if (id === undefined) continue;
    const life = (lives.get(id) ?? 0) + 1;
    lives.set(id, life);
    names.set(sessionId, `broker ${id}, life ${life}`);
  }
  return Object.fromEntries(
    [...sessions].map(([sessionId, lines], index) => [names.get(sessionId) ?? `session ${index}`, lines]),
  );
}

function registeredId(op: string, path: string): string | undefined {
  return op === 'create ephemeral' ? /^\/brokers\/ids\/(\d+)$/.exec(path)?.[1] : undefined;
}

function toldOperation({ op, path, data, version }: Operation): string {
  const shownVersion = version === null || op === 'create' || op === 'create ephemeral' ? '' : ` v${version}`;
  return `${op} ${path}${shownVersion} ${toldData(data)}`.replaceAll(/ +/g, ' ').trim();
}

/**
 * Neighbours that differ only in numbers were sent together: which of several partitions comes first follows Scala's hash
 * order in the original and the partition numbers in Klassik, and no reader can tell. They are compared as a set.
 */
export function regardlessOfPipelining(lines: readonly string[]): string[][] {
  const runs: { readonly kind: string; readonly lines: string[] }[] = [];
  for (const line of lines) {
    const kind = line.replaceAll(/\{.*?\}+/g, '').replaceAll(/\d+(\/state)?/g, 'N');
    const last = runs.at(-1);
    if (last?.kind === kind) last.lines.push(line);
    else runs.push({ kind, lines: [line] });
  }
  return runs.map((run) => run.lines.sort());
}
