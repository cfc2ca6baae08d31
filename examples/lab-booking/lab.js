/**
 * The rules of the labs, without a word of Kafka. `decide` makes an event of a command and changes nothing; `apply` adds
 * an event to what is known. LabService gets all it knows by applying every event there ever was.
 */
export class Labs {
  /** Who has a slot of a lab: the booking, by `lab, slot`. */
  #taken = new Map();

  decide(command) {
    const { booking, lab, slot, person } = command;
    const holder = this.#taken.get(placeOf(command));
    if (command.type === 'cancel')
      return holder?.booking === booking
        ? { type: 'cancelled', booking, lab, slot, person }
        : { type: 'refused', booking, lab, slot, person, why: 'there is no such booking' };
    if (holder !== undefined)
      return { type: 'refused', booking, lab, slot, person, why: `${holder.person} has it` };
    return { type: 'booked', booking, lab, slot, person };
  }

  apply(event) {
    const { type, booking, person } = event;
    if (type === 'booked') this.#taken.set(placeOf(event), { booking, person });
    if (type === 'cancelled') this.#taken.delete(placeOf(event));
  }
}

const placeOf = ({ lab, slot }) => `${lab}, ${slot}`;
