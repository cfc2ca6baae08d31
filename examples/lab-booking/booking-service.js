/**
 * BookingService is where people come to: it makes commands of what they want, and tells them what has become of it.
 * It knows nothing of schedules. Whether a command went well it hears as everybody does, from the schedule.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { beChild } from '../lib/child.js';
import { openLogReader } from '../lib/log-reader.js';
import { COMMANDS, LABS, letter, openLetter, PEOPLE, SCHEDULE, SLOTS } from './names.js';

/** People come one after another. */
const PACE_MS = 100;
/** Every so many bookings somebody's plans change. */
const CANCELLED_EVERY = 4;

const { kafka, tell, args } = beChild('BookingService');
const wishes = Number(args[0] ?? 24);
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
await producer.connect();

/** Commands without an answer, such as `book b7`. */
const unanswered = new Set();
let booked = 0;
let sent = 0;
await openLogReader(kafka, { topics: [SCHEDULE] }, async (record) => {
  const { content: event } = openLetter(record);
  unanswered.delete(`${event.type === 'cancelled' ? 'cancel' : 'book'} ${event.booking}`);
  if (event.type === 'booked' && ++booked % CANCELLED_EVERY === 0) await command('cancel', event);
  tellIfDone();
});
while (sent < wishes) {
  await command('book', randomWish(`b${sent + 1}`));
  sent += 1;
  await sleep(PACE_MS);
}
tellIfDone();

async function command(type, { booking, lab, slot, person }) {
  unanswered.add(`${type} ${booking}`);
  const messages = [letter('BookingService', booking, lab, { type, booking, lab, slot, person })];
  await producer.send({ topic: COMMANDS, acks: -1, messages });
}

function tellIfDone() {
  if (sent === wishes && unanswered.size === 0) tell({ step: 'done' });
}

function randomWish(booking) {
  return { booking, lab: pick(LABS), slot: pick(SLOTS), person: pick(PEOPLE) };
}

function pick(list) {
  return list[Math.floor(Math.random() * list.length)];
}
