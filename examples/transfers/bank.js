/** What the bank is made of: names, and rules that know nothing of Kafka. */

/** What customers ask for, in the order in which it is decided: one partition. */
export const REQUESTS = 'transfers.requests';
/** The books: every change of a balance, keyed by account. The two entries of a transfer lie in different partitions. */
export const ENTRIES = 'transfers.entries';
/** How far the requests have been carried out is the offset of this group. */
export const GROUP = 'transfers.bank';

export const ACCOUNTS = ['ada', 'ben', 'cleo', 'dan', 'eva', 'finn'];
export const OPENING_BALANCE = 100;
export const MONEY = ACCOUNTS.length * OPENING_BALANCE;

/** Every entry that was written, in any order, summed up. */
export class Books {
  balances = new Map(ACCOUNTS.map((account) => [account, 0]));
  #entries = new Map();

  add({ account, amount, transfer }) {
    this.balances.set(account, this.balances.get(account) + amount);
    this.#entries.set(transfer, [...this.entriesOf(transfer), amount]);
  }

  entriesOf(transfer) {
    return this.#entries.get(transfer) ?? [];
  }

  get sum() {
    return [...this.balances.values()].reduce((sum, balance) => sum + balance, 0);
  }

  get transfers() {
    return [...this.#entries.keys()].filter((transfer) => transfer !== OPENING);
  }

  /** Transfers that are not exactly one debit and one credit. */
  get torn() {
    return this.transfers.filter((transfer) => {
      const amounts = this.entriesOf(transfer);
      return amounts.length !== 2 || amounts[0] + amounts[1] !== 0;
    });
  }
}

const OPENING = 'opening';

export function openingEntries() {
  return ACCOUNTS.map((account) => ({ account, amount: OPENING_BALANCE, transfer: OPENING }));
}

/** No account goes below zero: whoever decides this has to know all that was decided before. */
export function isCovered(books, { from, amount }) {
  return books.balances.get(from) >= amount;
}

export function debitOf({ id, from, amount }) {
  return { account: from, amount: -amount, transfer: id };
}

export function creditOf({ id, to, amount }) {
  return { account: to, amount, transfer: id };
}

export function randomRequest(id) {
  const from = pick(ACCOUNTS);
  const to = pick(ACCOUNTS.filter((account) => account !== from));
  return { id, from, to, amount: 1 + Math.floor(Math.random() * 80) };
}

function pick(list) {
  return list[Math.floor(Math.random() * list.length)];
}

/** The books of a bank whose clerk lives for ever. */
export function carryOutInMemory(requests) {
  const books = new Books();
  for (const entry of openingEntries()) books.add(entry);
  for (const request of requests) {
    if (!isCovered(books, request)) continue;
    books.add(debitOf(request));
    books.add(creditOf(request));
  }
  return books;
}
