/** docs/stack.md: every story in every line-up, and what came of it, as one table. */
import { LINE_UPS } from '../support/mixed/scenarios/index.ts';
import { STORIES } from '../support/stack/index.ts';
import type { StackResult } from '../support/stack/stack.ts';

export interface Row extends StackResult {
  readonly story: string;
  readonly lineUp: string;
}

const HEAD = `# What is built on brokers: Streams, Connect, MirrorMaker

<!-- written by npm run test:stack -->

The JVM stacks of Apache Kafka 3.9.1, as they come from Maven, on three brokers, each of Klassik or of Apache Kafka 3.9.1 on
the JVM, at one ZooKeeper; \`min.insync.replicas=2\`. All the while brokers are killed and stopped in turn and come back, each
time another one that matters: the controller, the leader of a partition of \`__transaction_state\`, of
\`__consumer_offsets\`, of the topics at work. At the end the stack's own verdict is what it has to be, all replicas are in sync
and the same bytes, and no broker has logged an error that nobody expected. Whatever else is a finding.
\`npm run test:stack -- --originals\` asks the same of three brokers of the original.
`;

/** The rows, with this one in the place of the one it follows. */
export function merged(rows: readonly Row[], row: Row): Row[] {
  const isSame = (one: Row): boolean => one.story === row.story && one.lineUp === row.lineUp;
  const orderOf = ({ story, lineUp }: Row): number =>
    STORIES.findIndex(({ name }) => name === story) * 10 + LINE_UPS.findIndex(({ name }) => name === lineUp);
  return [...rows.filter((one) => !isSame(one)), row]
    .filter(({ story }) => STORIES.some(({ name }) => name === story))
    .sort((one, other) => orderOf(one) - orderOf(other));
}

export function reportOf(rows: readonly Row[]): string {
  const findings = rows.flatMap(({ story, lineUp, findings: all }) =>
    all.map((finding) => `- ${story}, ${lineUp}: ${finding}`),
  );
  return [
    HEAD,
    '| story | line-up | outcome | clean bounces | hard bounces | seconds | findings |',
    '|---|---|---|---|---|---|---|',
    ...rows.map((row) =>
      line(
        ...[row.story, row.lineUp, row.outcome, row.cleanBounces, row.hardBounces],
        ...[row.seconds, row.findings.length],
      ),
    ),
    '',
    '## The stories',
    '',
    ...notRun(rows),
    ...STORIES.map(({ name, about }) => `- **${name}**: ${about}.`),
    ...(findings.length === 0 ? [] : ['', '## Findings', '', ...findings]),
    '',
  ].join('\n');
}

function notRun(rows: readonly Row[]): string[] {
  const lines = LINE_UPS.flatMap(({ name: lineUp }) => {
    const names = STORIES.map(({ name }) => name).filter(
      (name) => !rows.some((row) => row.story === name && row.lineUp === lineUp),
    );
    return names.length === 0 ? [] : [`- Not run yet on ${lineUp}: ${names.join(', ')}.`];
  });
  return lines.length === 0 ? [] : [...lines, ''];
}

const line = (...cells: (string | number)[]): string => `| ${cells.join(' | ')} |`;
