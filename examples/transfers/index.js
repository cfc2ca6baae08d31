/**
 * A bank whose clerks are killed half way through transfers, again and again, and whose books are right at any time.
 * This file is the story around it: it hands in requests, kills clerks, and looks at the books through two eyes, one
 * that sees committed records only and one that sees all. README.md says what there is to learn.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { openLogReader } from '../lib/log-reader.js';
import { runExample } from '../lib/run-example.js';
import { createFreshTopics } from '../lib/topics.js';
import { committedOffsets } from '../lib/transactions.js';
import { until } from '../lib/until.js';
import {
  ACCOUNTS,
  Books,
  carryOutInMemory,
  ENTRIES,
  GROUP,
  MONEY,
  openingEntries,
  randomRequest,
  REQUESTS,
} from './bank.js';

const CLERK = fileURLToPath(new URL('clerk.js', import.meta.url));

/** Where clerks die, in turn. */
const DEATHS = {
  debited: 'between debit and credit',
  credited: 'before the request is marked as done',
  signed: 'before the commit',
  committing: 'in the middle of the commit',
  committed: 'right after the commit',
};

await runExample({
  name: 'transfers',
  summary: 'transfers between accounts, carried out by clerks that are killed half way',
  counts: {
    transfers: [60, 'how many transfers are asked for'],
    kills: [8, 'how many clerks are killed (kill -9)'],
  },
  run,
});

async function run({ kafka, bootstrap, counts: { transfers, kills }, say }) {
  await createFreshTopics(kafka, [
    { topic: REQUESTS, numPartitions: 1 },
    { topic: ENTRIES, numPartitions: 3 },
  ]);
  const requests = Array.from({ length: transfers }, (_, id) => randomRequest(id));
  await handIn(kafka, requests);
  say(`\n${ACCOUNTS.length} accounts hold ${MONEY} together; ${transfers} transfers are asked for.\n`);
  const eyes = {
    committed: await openEye(kafka, { readUncommitted: false }),
    all: await openEye(kafka, { readUncommitted: true }),
  };

  const perClerk = Math.max(1, Math.floor(transfers / (kills + 1)));
  const steps = Object.keys(DEATHS);
  let killed = 0;
  while (!(await isDone(kafka, transfers))) {
    const death = killed < kills ? { after: perClerk, step: steps[killed % steps.length] } : undefined;
    const last = await employClerk({ bootstrap, death, transfers, say });
    if (last.signal !== 'SIGKILL') continue;
    killed += 1;
    await lookAtBooks(eyes, last, say);
  }
  await closeBooks(eyes, requests, killed, say);
}

async function handIn(kafka, requests) {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const entries = openingEntries().map((entry) => ({ key: entry.account, value: JSON.stringify(entry) }));
  await producer.send({ topic: ENTRIES, acks: -1, messages: entries });
  const messages = requests.map((request) => ({ value: JSON.stringify(request) }));
  await producer.send({ topic: REQUESTS, acks: -1, messages });
  await producer.disconnect();
}

/** Books that fill by themselves with what this reader is shown. */
async function openEye(kafka, { readUncommitted }) {
  const books = new Books();
  await openLogReader(kafka, { topics: [ENTRIES], readUncommitted }, ({ message }) =>
    books.add(JSON.parse(message.value)),
  );
  return books;
}

async function isDone(kafka, transfers) {
  const [next] = await committedOffsets(kafka, GROUP, REQUESTS);
  return Number(next?.offset ?? 0) >= transfers;
}

/** Lets a clerk work until all is done or it is dead; returns what it said last, and how it ended. */
async function employClerk({ bootstrap, death, transfers, say }) {
  const clerk = fork(CLERK, [bootstrap]);
  let last = {};
  let taken = 0;
  clerk.on('message', (message) => {
    if (clerk.killed) return; // What it still got done meanwhile, nobody has heard of.
    last = message;
    const { step, request } = message;
    if (step === 'in office') say(officeText(message));
    if (step === 'taken') taken += 1;
    if (step === death?.step && taken >= death.after) clerk.kill('SIGKILL');
    const isLast = step === 'committed' && request.id === transfers - 1;
    if (isLast || message.next === transfers) clerk.kill('SIGTERM');
  });
  const [code, signal] = await once(clerk, 'exit');
  if (signal === null) say(`  The clerk gave up (exit code ${code}); the next one will know.`);
  return { ...last, signal };
}

function officeText({ sum, next }) {
  return `  A clerk takes office, counts ${sum} in the books and begins with request ${next}.`;
}

async function lookAtBooks({ committed, all }, { step, request, written }, say) {
  const { id, from, to, amount } = request;
  say(`  kill -9, ${DEATHS[step]}: request ${id}, ${amount} from ${from} to ${to}.`);
  await until('what the dead clerk had written is read', () => all.entriesOf(id).length >= written);
  // A commit that was decided is carried out partition by partition: its second half may be seen a moment later.
  await until('no transfer is committed by half', () => committed.torn.length === 0);
  if (committed.sum !== MONEY) throw new Error(`the committed books say ${committed.sum}, not ${MONEY}`);
  say(`      ${describe('all records', all)}`);
  say(`      ${describe('committed  ', committed)}\n`);
}

function describe(eye, books) {
  return `${eye}  sum ${books.sum}, ${books.transfers.length} transfers, ${books.torn.length} of them torn or repeated`;
}

/** At the end the committed books must be those of a bank where nobody ever died. */
async function closeBooks({ committed, all }, requests, killed, say) {
  const expected = carryOutInMemory(requests);
  const isRight = () =>
    ACCOUNTS.every((account) => committed.balances.get(account) === expected.balances.get(account)) &&
    committed.transfers.length === expected.transfers.length;
  await until('the committed books are those of a bank where nobody dies', isRight);
  say(`\n  ${'account'.padEnd(10)}${'committed'.padStart(12)}${'all records'.padStart(14)}`);
  const row = (name, one, other) =>
    say(`  ${name.padEnd(10)}${String(one).padStart(12)}${String(other).padStart(14)}`);
  for (const account of ACCOUNTS) row(account, committed.balances.get(account), all.balances.get(account));
  row('sum', committed.sum, all.sum);
  const refused = requests.length - committed.transfers.length;
  say(
    `\n${killed} clerks were killed. Of ${requests.length} requests ${committed.transfers.length} were carried out, ` +
      `each once, and ${refused} refused, which had no cover.\nThe committed books are those of a bank where nobody dies.`,
  );
}
