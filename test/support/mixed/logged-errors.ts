/** Errors in the logs of brokers: each of them is a finding, unless a broker of the original has reason for it as well. */
import type { MixedBrokers } from './mixed-brokers.ts';

const ERROR_LINE = /^\[[^\]]+\] (ERROR|FATAL) .*$/gm;
/** What brokers of the original, too, call an error when the one they talk to goes away or leadership moves. */
const ALWAYS_EXPECTED: readonly RegExp[] = [
  /cannot become follower since the new leader -1 is unavailable/,
  /Controller \d+ fails to send a request to broker/,
  // It refuses a produce because the ISR is too small.
  /Error processing append operation on partition/,
];

/** Where the logs of all brokers end now. */
export async function logLengths(brokers: MixedBrokers): Promise<number[][]> {
  return Promise.all(brokers.seats.map(async (seat) => (await seat.logTexts()).map((text) => text.length)));
}

/** What brokers have logged as an error since then, and had no reason to. */
export async function unexpectedErrors(
  brokers: MixedBrokers,
  starts: readonly (readonly number[])[],
  expected: readonly RegExp[] = [],
): Promise<string[]> {
  const found: string[] = [];
  for (const [index, seat] of brokers.seats.entries())
    for (const [file, text] of (await seat.logTexts()).entries())
      for (const [line] of text.slice(starts[index]?.[file]).matchAll(ERROR_LINE))
        if (![...ALWAYS_EXPECTED, ...expected].some((pattern) => pattern.test(line)))
          found.push(`broker ${seat.id} (${file === 0 ? 'jvm' : 'klassik'}) logged: ${line}`);
  return found;
}
