/**
 * LabService decides: it reads commands and writes what comes of them into the schedule, each decision once, whenever it
 * may be killed. It has no database. What it knows is what it has decided, read from the schedule when it starts.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { beChild } from '../lib/child.js';
import { openLogReader } from '../lib/log-reader.js';
import { committedOffsets, sendOffsetBehind, takeOffice } from '../lib/transactions.js';
import { Labs } from './lab.js';
import { COMMANDS, letter, openLetter, SCHEDULE } from './names.js';

/** A decision takes its time, or there would hardly be a moment to be killed in the middle of it. */
const DECIDING_MS = 10;
const GROUP = 'lab-booking.lab-service';

const { kafka, tell } = beChild('LabService');
const producer = await takeOffice(kafka, GROUP);
const labs = new Labs();
const events = await replay();
tell({ step: 'ready', text: `read ${events} events and knows the labs again` });
const offsets = await committedOffsets(kafka, GROUP, COMMANDS);
await openLogReader(kafka, { topics: [COMMANDS], offsets }, answer);

async function replay() {
  let events = 0;
  const reader = await openLogReader(kafka, { topics: [SCHEDULE] }, (record) => {
    labs.apply(openLetter(record).content);
    events += 1;
  });
  await reader.caughtUp();
  await reader.close();
  return events;
}

async function answer(record) {
  const { content: command, conversation } = openLetter(record);
  const event = labs.decide(command);
  const transaction = await producer.transaction();
  const messages = [letter('LabService', conversation, event.lab, event)];
  await transaction.send({ topic: SCHEDULE, acks: -1, messages });
  tell({ step: 'deciding' });
  await sleep(DECIDING_MS);
  await sendOffsetBehind(transaction, GROUP, record);
  await transaction.commit();
  labs.apply(event);
}
