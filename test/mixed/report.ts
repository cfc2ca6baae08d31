/** docs/mixed.md: every scenario in every line-up, and what came of it, as one table. */
import type { ScenarioResult } from '../support/mixed/scenario.ts';
import { LINE_UPS, ORIGINALS, SCENARIOS } from '../support/mixed/scenarios/index.ts';
import type { Kind } from '../support/mixed/seat.ts';

export interface Row extends ScenarioResult {
  readonly scenario: string;
  readonly lineUp: string;
  readonly controller: Kind;
}

const HEAD = `# One cluster, brokers of both kinds

<!-- written by npm run test:mixed -->

Three brokers, each of Klassik or of Apache Kafka 3.9.1 on the JVM, replicate the same topic (three partitions of three
replicas, \`min.insync.replicas=2\`, where a scenario does not move, add or shrink them) while a scenario happens to them,
with a controller of the kind named in the table. An idempotent producer with acks=all writes numbered records all along, a
consumer reads them as they come. Where a scenario has clients of its own, what they wrote and read counts, too. At the end every acknowledged record has been consumed, once and in order; all replicas
are in sync and the same bytes; all brokers tell of leaders and controller what ZooKeeper tells; and no broker has logged an
error that nobody expected. Whatever else is a finding. Sessions last 6 s and \`replica.lag.time.max.ms\` is 3 s, so that a scenario takes minutes at most.
`;

const STUCK = `## A controller of the original that is stuck

A controller of the original that loses its office while it moves replicas, as in the middle of a deletion, keeps the
requests it had gathered and not sent. Elected again, it refuses to move any replica ("Controller to broker state change
requests batch is not empty while creating a new one"), until it is restarted; a deletion that falls to it does not end.
Three brokers of the original do the same (\`--originals\`). So a broker that is stuck is restarted between scenarios, and in
\`controller-mutations\` before the end is waited for, as an operator has to do. Klassik's controller takes nothing along
from one office to the next.
`;

/** The rows, with this one in the place of the one it follows. */
export function merged(rows: readonly Row[], row: Row): Row[] {
  const keyOf = ({ scenario, lineUp, controller }: Row): string => [scenario, lineUp, controller].join();
  const all = [...rows.filter((one) => keyOf(one) !== keyOf(row)), row];
  const orderOf = ({ scenario, lineUp, controller }: Row): number =>
    SCENARIOS.findIndex(({ name }) => name === scenario) * 100 +
    [...LINE_UPS, ORIGINALS].findIndex(({ name }) => name === lineUp) * 10 +
    (controller === 'klassik' ? 0 : 1);
  return all
    .filter(({ scenario }) => SCENARIOS.some(({ name }) => name === scenario))
    .sort((one, other) => orderOf(one) - orderOf(other));
}

export function reportOf(rows: readonly Row[]): string {
  const findings = rows.flatMap((row) =>
    row.findings.map((finding) => `- ${row.scenario}, ${row.lineUp}, ${row.controller} controls: ${finding}`),
  );
  const waiting = notRun(rows);
  return [
    HEAD,
    '| scenario | line-up | controller | acknowledged | consumed | lost | twice | leaders elected | controllers elected | seconds | findings |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...rows.map((row) =>
      line(
        ...[
          row.scenario,
          row.lineUp,
          row.controller,
          row.acknowledged,
          row.consumed,
          row.lost,
          row.duplicates,
        ],
        ...[row.leaderElections, row.controllerElections, row.seconds, row.findings.length],
      ),
    ),
    '',
    '## The scenarios',
    '',
    ...(waiting.length === 0 ? [] : [...waiting, '']),
    ...SCENARIOS.map(({ name, about }) => `- **${name}**: ${about}.`),
    '',
    STUCK.trimEnd(),
    ...(findings.length === 0 ? [] : ['', '## Findings', '', ...findings]),
    '',
  ].join('\n');
}

function notRun(rows: readonly Row[]): string[] {
  return [...LINE_UPS, ORIGINALS].flatMap((lineUp) =>
    [...new Set(lineUp.kinds)].flatMap((kind) => {
      const isRun = (name: string): boolean =>
        rows.some((row) => row.scenario === name && row.lineUp === lineUp.name && row.controller === kind);
      const names = SCENARIOS.filter(
        ({ name, lineUps }) => (lineUps?.includes(lineUp.name) ?? lineUp !== ORIGINALS) && !isRun(name),
      ).map(({ name }) => name);
      return names.length === 0
        ? []
        : [`- Not run yet in ${lineUp.name}, ${kind} controls: ${names.join(', ')}.`];
    }),
  );
}

const line = (...cells: (string | number)[]): string => `| ${cells.join(' | ')} |`;
