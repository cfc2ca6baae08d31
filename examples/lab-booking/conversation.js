/** The conversation of the services as text: one line per letter, in the order in which they were written. */
import { COMMANDS, SCHEDULE, SLOTS, TIMETABLES } from './names.js';

const COLUMNS = { BookingService: 0, LabService: 34, DataService: 62 };

const TEXTS = {
  [COMMANDS]: ({ type, lab, slot, person }) => `${person}: ${type} ${lab}, ${slot}`,
  [SCHEDULE]: ({ type, why }) => (why === undefined ? type : `${type}, ${why}`),
  [TIMETABLES]: ({ lab, slots }) =>
    `${lab}: ${Object.values(slots).filter(Boolean).length} of ${SLOTS.length} slots taken`,
};

export function conversationText(letters, incidents) {
  const start = Math.min(...letters.map(({ timestamp }) => timestamp));
  const lines = [
    ...letters.map((letter) => ({
      timestamp: letter.timestamp,
      from: letter.from,
      text: letterText(letter),
    })),
    ...incidents.map(({ timestamp, service }) => ({ timestamp, from: service, text: '--- kill -9 ---' })),
  ];
  const order = Object.keys(COLUMNS);
  const sorted = lines.toSorted(
    (one, other) => one.timestamp - other.timestamp || order.indexOf(one.from) - order.indexOf(other.from),
  );
  const header = Object.entries(COLUMNS).reduce((line, [name, column]) => line.padEnd(column) + name, '');
  return [
    `${'ms'.padStart(7)}  ${header}`,
    ...sorted.map(
      ({ timestamp, from, text }) =>
        `${String(timestamp - start).padStart(7)}  ${' '.repeat(COLUMNS[from])}${text}`,
    ),
  ].join('\n');
}

function letterText({ topic, conversation, content }) {
  return `${conversation}  ${TEXTS[topic](content)}`;
}

export function timetableText(timetables) {
  const row = (name, cells) =>
    `  ${name.padEnd(12)}${cells.map((cell) => cell.padEnd(12)).join('')}`.trimEnd();
  const rows = [...timetables].map(([lab, { slots }]) =>
    row(
      lab,
      SLOTS.map((slot) => slots[slot] ?? '-'),
    ),
  );
  return [row('', SLOTS), ...rows.toSorted()].join('\n');
}
