/**
 * The clerk carries out one request after another, and may be killed at any moment. Everything a transfer changes is in
 * one transaction: the debit, the credit, and the offset that says that the request is done. So after its death either
 * all of it counts or nothing, and the next clerk goes on with the first request that is not done.
 *
 *     node examples/transfers/clerk.js HOST:PORT,...
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { beChild } from '../lib/child.js';
import { openLogReader } from '../lib/log-reader.js';
import { committedOffsets, sendOffsetBehind, takeOffice } from '../lib/transactions.js';
import { Books, creditOf, debitOf, ENTRIES, GROUP, isCovered, MONEY, REQUESTS } from './bank.js';

/** A clerk takes its time over every step, or there would hardly be a "half way" to be killed at. */
const STEP_MS = 10;

const { kafka, tell } = beChild('clerk');
// The same transactional id for every clerk: that is what makes the one that comes later the only one.
const producer = await takeOffice(kafka, 'transfers.clerk');
const books = await readBooks();
if (books.sum !== MONEY) throw new Error(`the books say ${books.sum}, there should be ${MONEY}`);
const offsets = await committedOffsets(kafka, GROUP, REQUESTS);
tell({ step: 'in office', sum: books.sum, next: Number(offsets[0]?.offset ?? 0) });
// An error ends the process: nobody knows then what the transaction came to. The next clerk reads it in the log.
await openLogReader(kafka, { topics: [REQUESTS], offsets }, carryOut);

/** The balances are nowhere but in the log, as a reader of committed records sees it. */
async function readBooks() {
  const read = new Books();
  const reader = await openLogReader(kafka, { topics: [ENTRIES] }, ({ message }) =>
    read.add(JSON.parse(message.value)),
  );
  await reader.caughtUp();
  await reader.close();
  return read;
}

async function carryOut(record) {
  const request = JSON.parse(record.message.value);
  await takeStep('taken', { request, written: 0 });
  const transaction = await producer.transaction();
  const entries = isCovered(books, request) ? [debitOf(request), creditOf(request)] : [];
  for (const [index, entry] of entries.entries()) {
    const message = { key: entry.account, value: JSON.stringify(entry) };
    await transaction.send({ topic: ENTRIES, acks: -1, messages: [message] });
    await takeStep(index === 0 ? 'debited' : 'credited', { request, written: index + 1 });
  }
  await sendOffsetBehind(transaction, GROUP, record);
  await takeStep('signed', { request, written: entries.length });
  tell({ step: 'committing', request, written: entries.length });
  await transaction.commit();
  tell({ step: 'committed', request, written: entries.length });
  for (const entry of entries) books.add(entry);
}

async function takeStep(step, facts) {
  tell({ step, ...facts });
  await sleep(STEP_MS);
}
