/**
 * The read model: for each lab, who is there when. It is made for those who ask, not for deciding, and it can be thrown
 * away at any time: the same events make the same timetables.
 */
import { LABS, SLOTS } from './names.js';

export class Timetables {
  #labs = new Map(
    LABS.map((lab) => [lab, { events: 0, slots: Object.fromEntries(SLOTS.map((slot) => [slot, null])) }]),
  );

  apply({ type, lab, slot, person }) {
    const timetable = this.#labs.get(lab);
    timetable.events += 1;
    if (type === 'booked') timetable.slots[slot] = person;
    if (type === 'cancelled') timetable.slots[slot] = null;
  }

  /** `events` tells how many events it is made of: of two timetables of a lab the one with more is the newer one. */
  of(lab) {
    return this.#labs.get(lab);
  }
}
