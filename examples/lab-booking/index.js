/**
 * People book labs. Three services that know nothing of each other but topics take part in it, and two of them are killed
 * at bad moments. This file starts the services, listens to all they say, and looks at the end whether it is right.
 * README.md says what there is to learn.
 */
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

import { keepRunning } from '../lib/keep-running.js';
import { openLogReader } from '../lib/log-reader.js';
import { runExample } from '../lib/run-example.js';
import { createFreshTopics } from '../lib/topics.js';
import { until } from '../lib/until.js';
import { conversationText, timetableText } from './conversation.js';
import { COMMANDS, LABS, openLetter, SCHEDULE, TIMETABLES } from './names.js';
import { Timetables } from './timetable.js';

const FILES = {
  LabService: 'lab-service.js',
  DataService: 'data-service.js',
  BookingService: 'booking-service.js',
};
/** Who is killed in turn, and when: a decision is written and not committed; an event is applied and not yet told. */
const DEATHS = [
  { service: 'LabService', step: 'deciding' },
  { service: 'DataService', step: 'applied' },
];

await runExample({
  name: 'lab-booking',
  summary: 'event sourcing and CQRS: three services that talk through topics only',
  counts: {
    wishes: [24, 'how many bookings people ask for'],
    kills: [4, 'how often a service is killed (kill -9): LabService and DataService in turn'],
  },
  run,
});

async function run({ kafka, bootstrap, counts: { wishes, kills }, say }) {
  await createFreshTopics(kafka, [
    { topic: COMMANDS, numPartitions: 3 },
    { topic: SCHEDULE, numPartitions: 3, configEntries: [{ name: 'retention.ms', value: '-1' }] },
    { topic: TIMETABLES, numPartitions: 3, configEntries: [{ name: 'cleanup.policy', value: 'compact' }] },
  ]);
  say(`\n${wishes} people come to book ${LABS.join(', ')}.\n`);
  const letters = [];
  const listener = await openLogReader(kafka, { topics: [COMMANDS, SCHEDULE, TIMETABLES] }, (record) =>
    letters.push(openLetter(record)),
  );
  const incidents = await serveEverybody({ bootstrap, wishes, kills, say });
  await listener.caughtUp();

  await checkEveryCommandIsAnswered(letters);
  checkNobodyIsBookedTwice(eventsIn(letters));
  await checkTimetables(kafka, letters);
  say(`\nThe whole conversation, each letter below the one who wrote it:\n`);
  say(conversationText(letters, incidents));
  say(`\nThe timetables, as DataService tells them, and as the log makes them anew:\n`);
  say(timetableText(newestTimetables(letters)));
  const count = (type) => eventsIn(letters).filter((event) => event.type === type).length;
  say(
    `\n${incidents.length} times a service was killed. ${count('booked')} booked, ${count('cancelled')} cancelled, ` +
      `${count('refused')} refused; every command answered once, nothing booked twice.`,
  );
}

/** Starts the services, and each again that ends; resolves to the kills when BookingService has all its answers. */
function serveEverybody({ bootstrap, wishes, kills, say }) {
  const incidents = [];
  let decisions = 0;
  const isTimeToKill = ({ service, step }) => {
    const next = DEATHS[incidents.length % DEATHS.length];
    const due = (wishes * (incidents.length + 1)) / (kills + 1);
    return incidents.length < kills && decisions >= due && service === next.service && step === next.step;
  };
  return new Promise((resolve) => {
    for (const [service, file] of Object.entries(FILES)) {
      const path = fileURLToPath(new URL(file, import.meta.url));
      keepRunning(path, [bootstrap, String(wishes)], ({ step, text }, kill) => {
        if (step === 'ready') say(`  ${service} ${text}`);
        if (step === 'deciding') decisions += 1;
        if (step === 'done') resolve(incidents);
        if (!isTimeToKill({ service, step })) return;
        kill();
        incidents.push({ timestamp: Date.now(), service });
        say(`  kill -9 ${service}`);
      });
    }
  });
}

function lettersOf(letters, topic) {
  return letters.filter((letter) => letter.topic === topic);
}

function eventsIn(letters) {
  return lettersOf(letters, SCHEDULE).map(({ content }) => content);
}

async function checkEveryCommandIsAnswered(letters) {
  const commands = lettersOf(letters, COMMANDS).length;
  await until('every command is answered', () => eventsIn(letters).length >= commands);
  const answers = eventsIn(letters).length;
  if (answers !== commands) throw new Error(`${commands} commands were given ${answers} answers`);
}

function checkNobodyIsBookedTwice(events) {
  const taken = new Set();
  for (const { type, lab, slot, booking } of events) {
    const place = `${lab}, ${slot}`;
    if (type === 'booked' && taken.has(place)) throw new Error(`${place} was taken when ${booking} got it`);
    if (type === 'booked') taken.add(place);
    if (type === 'cancelled') taken.delete(place);
  }
}

/** What DataService told, between its deaths, is what somebody gets who only now reads the schedule from its start. */
async function checkTimetables(kafka, letters) {
  const rebuilt = new Timetables();
  const reader = await openLogReader(kafka, { topics: [SCHEDULE] }, (record) =>
    rebuilt.apply(openLetter(record).content),
  );
  await reader.caughtUp();
  const isToldOf = (lab) => newestTimetables(letters).get(lab)?.events === rebuilt.of(lab).events;
  await until('DataService has told of every event', () => LABS.every(isToldOf));
  for (const lab of LABS)
    if (!isDeepStrictEqual(newestTimetables(letters).get(lab).slots, rebuilt.of(lab).slots))
      throw new Error(`the timetable of ${lab} is another one when it is rebuilt from the log`);
}

/** The last value of each key: all that compaction is going to leave. */
function newestTimetables(letters) {
  return new Map(lettersOf(letters, TIMETABLES).map(({ content }) => [content.lab, content]));
}
