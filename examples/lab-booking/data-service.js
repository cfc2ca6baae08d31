/**
 * DataService keeps what others ask for, a timetable of each lab, and tells it whenever it changes. It decides nothing.
 * It is started with an empty memory and an empty disk: first it reads the schedule from its very beginning.
 */
import { beChild } from '../lib/child.js';
import { openLogReader } from '../lib/log-reader.js';
import { letter, LABS, openLetter, SCHEDULE, TIMETABLES } from './names.js';
import { Timetables } from './timetable.js';

const { kafka, tell } = beChild('DataService');
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
await producer.connect();
const timetables = new Timetables();

let isRebuilt = false;
const reader = await openLogReader(kafka, { topics: [SCHEDULE] }, async (record) => {
  const { content: event, conversation } = openLetter(record);
  timetables.apply(event);
  tell({ step: 'applied' });
  // What is read again when we start has been told already.
  if (isRebuilt) await publish(event.lab, conversation);
});
await reader.caughtUp();
isRebuilt = true;
// All but the end of it: the one before may have died between an event and its timetable. Twice does no harm.
for (const lab of LABS) await publish(lab, 'rebuilt');
tell({ step: 'ready', text: 'has rebuilt the timetables from the log' });

async function publish(lab, conversation) {
  const messages = [letter('DataService', conversation, lab, { lab, ...timetables.of(lab) })];
  await producer.send({ topic: TIMETABLES, acks: -1, messages });
}
