/** One line of the table of bad input: where it is specified, what is done, and how it is asked. */
import type { World } from './world.ts';

export interface Row {
  /** Of the contract: what clients may rely on, as observed on the original. */
  readonly section: string;
  /** What is wrong with the request; unique, and the key in the fixture. */
  readonly says: string;
  /** The answer of the broker, normalized. */
  readonly answer: (world: World) => Promise<unknown>;
}

export function rowsOf(
  section: string,
  rows: Readonly<Record<string, (world: World) => Promise<unknown>>>,
): Row[] {
  return Object.entries(rows).map(([says, answer]) => ({ section, says, answer }));
}
