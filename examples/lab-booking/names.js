/** The topics through which the services talk, and what there is to be booked. Nothing else is common to them. */

/** What is wanted: from BookingService to LabService, keyed by lab. */
export const COMMANDS = 'lab-booking.commands';
/** What has happened: from LabService to everybody, keyed by lab. This is the truth; nothing of it is ever deleted. */
export const SCHEDULE = 'lab-booking.schedule';
/** How it is now: from DataService to everybody, one value per lab. Compacted: the last value of a key is kept. */
export const TIMETABLES = 'lab-booking.timetables';

export const LABS = ['chemistry', 'optics', 'robotics'];
export const SLOTS = ['Mon 9:00', 'Mon 14:00', 'Tue 9:00', 'Tue 14:00'];
export const PEOPLE = ['ada', 'ben', 'cleo', 'dan', 'eva', 'finn'];

/** A letter: key and content, who wrote it, and which booking the conversation is about. */
export function letter(from, conversation, key, content) {
  return { key, value: JSON.stringify(content), headers: { from, conversation } };
}

export function openLetter({ topic, partition, message }) {
  const { from, conversation } = message.headers;
  return {
    topic,
    partition,
    offset: message.offset,
    timestamp: Number(message.timestamp),
    from: from.toString(),
    conversation: conversation.toString(),
    content: JSON.parse(message.value),
  };
}
