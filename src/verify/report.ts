/** The verdict as a person reads it: what was tried, what was found with its proof, what was looked for in vain. */
import type { AnalysisResult, Tried, Verdict } from './check-history.ts';
import { describeOperation } from './describe-operation.ts';
import type { Outcome } from './history.ts';

/** Examples are told in full of the first few; the history holds the others. */
const FAULTS_SHOWN = 40;

export function reportOf(verdict: Verdict): string {
  const { results, violations, tried } = verdict;
  const found = results.filter(({ count }) => count > 0);
  const violating = found.filter(({ allowed }) => allowed === undefined);
  const allowed = found.filter((result) => result.allowed !== undefined);
  const inVain = results.filter(({ count }) => count === 0);
  const lines = [
    ...triedLines(verdict),
    '',
    ...(violating.length === 0 ? [] : ['Found:', ...violating.flatMap(resultLines), '']),
    ...(allowed.length === 0 ? [] : ['Found, which Kafka allows:', ...allowed.flatMap(allowedLines), '']),
    `Not found: ${inVain.map(({ name }) => name).join(', ')}.`,
    ...(Object.keys(tried.drainedTo).length > 0
      ? []
      : ['The partitions were not read to their ends: what was lost at an end is not known.']),
    '',
    violations.length === 0
      ? 'No violation was found.'
      : `${violations.length} ${violations.length === 1 ? 'kind' : 'kinds'} of violation: ${violations.join(', ')}.`,
  ];
  return `${lines.join('\n')}\n`;
}

function triedLines({ settings, tried }: Verdict): string[] {
  const { acks, idempotent, isolation, bootstrap } = settings;
  const how = `acks=${acks}, ${idempotent ? 'idempotent' : 'not idempotent'}, ${isolation}`;
  return [
    `Tried on ${bootstrap} for ${(tried.lastedMs / 1000).toFixed(1)} s (${how}):`,
    `  operations    ${outcomes(tried.operations)}`,
    `  transactions  ${outcomes(tried.transactions)}`,
    `  records       ${tried.recordsAcknowledged} acknowledged, ${tried.recordsRead} read`,
    `  assignments   ${tried.assignments}`,
    `  faults        ${tried.faults.length}`,
    ...faultLines(tried),
  ];
}

function outcomes(counts: Readonly<Record<Outcome, number>>): string {
  return `${counts.ok} ok, ${counts.fail} failed, ${counts.info} of unknown outcome`;
}

function faultLines({ faults }: Tried): string[] {
  const shown = faults
    .slice(0, FAULTS_SHOWN)
    .map(({ atMs, text }) => `    ${(atMs / 1000).toFixed(1).padStart(7)} s  ${text}`);
  return faults.length > FAULTS_SHOWN ? [...shown, `    and ${faults.length - FAULTS_SHOWN} more`] : shown;
}

function resultLines({ name, meaning, count, examples }: AnalysisResult): string[] {
  const proofs = examples.flatMap(({ text, operations }) => [
    `    ${text}`,
    ...operations.map((operation) => `      ${describeOperation(operation)}`),
  ]);
  const left = count - examples.length;
  return [`  ${name} (${count}): ${meaning}`, ...proofs, ...(left > 0 ? [`    and ${left} more`] : [])];
}

function allowedLines({ name, count, allowed, examples }: AnalysisResult): string[] {
  const [example] = examples;
  return [
    `  ${name} (${count}): ${String(allowed)}`,
    ...(example === undefined ? [] : [`    for example: ${example.text}`]),
  ];
}
