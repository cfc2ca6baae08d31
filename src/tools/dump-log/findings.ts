/** What does not fit together in the files that were looked at, told at the end, in the original's order. */
import { inJavaHashOrder, javaHashCode } from '../../common/index.ts';

type Pair = readonly [first: bigint | number, second: bigint | number];

/** Lists of pairs by the file they are of. */
class PairsByFile {
  readonly #pairs = new Map<string, Pair[]>();

  add(path: string, pair: Pair): void {
    this.#pairs.set(path, [...(this.#pairs.get(path) ?? []), pair]);
  }

  get entries(): readonly (readonly [path: string, pairs: readonly Pair[]])[] {
    return inJavaHashOrder([...this.#pairs], ([path]) => javaHashCode(path));
  }
}

export class Findings {
  readonly indexMismatches = new PairsByFile();
  readonly timestampMismatches = new PairsByFile();
  readonly timestampsOutOfOrder = new PairsByFile();
  readonly offsetsNotFound = new PairsByFile();
  readonly nonConsecutive = new PairsByFile();

  get lines(): string[] {
    return [
      // The original puts these in front of their list.
      ...this.indexMismatches.entries.flatMap(([path, pairs]) => [
        `Mismatches in :${path}`,
        ...pairs.toReversed().map(([index, log]) => `  Index offset: ${index}, log offset: ${log}`),
      ]),
      ...this.timestampMismatches.entries.flatMap(([path, pairs]) => [
        `Found timestamp mismatch in :${path}`,
        ...pairs.map(([index, log]) => `  Index timestamp: ${index}, log timestamp: ${log}`),
      ]),
      ...this.timestampsOutOfOrder.entries.flatMap(([path, pairs]) => [
        `Found out of order timestamp in :${path}`,
        ...pairs.map(
          ([index, previous]) => `  Index timestamp: ${index}, Previously indexed timestamp: ${previous}`,
        ),
      ]),
      ...this.offsetsNotFound.entries.flatMap(([, pairs]) => [
        'The following indexed offsets are not found in the log.',
        ...pairs.map(([indexed, found]) => `Indexed offset: ${indexed}, found log offset: ${found}`),
      ]),
      ...this.nonConsecutive.entries.flatMap(([path, pairs]) => [
        `Non-consecutive offsets in ${path}`,
        ...pairs.toReversed().map(([first, second]) => `  ${first} is followed by ${second}`),
      ]),
    ];
  }
}
