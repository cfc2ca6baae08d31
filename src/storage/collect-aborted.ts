/**
 * Which aborted transactions reach into a range of offsets. A transaction stands in the index of the segment that its
 * marker lies in, which may be far behind its data: the search goes on from segment to segment until a row says that
 * nothing open was left below the range's end. Segments without an aborted transaction cost nothing.
 *
 * The segments are taken once, by reference: one that leaves the log meanwhile keeps its index in memory.
 */
import type { LogSegment } from './log-segment.ts';
import type { FetchDataInfo } from './log-types.ts';
import type { IndexedTransaction } from './transaction-index.ts';

export async function collectAborted(
  segments: readonly LogSegment[],
  from: number,
  to: number,
): Promise<IndexedTransaction[]> {
  const found: IndexedTransaction[] = [];
  for (const segment of segments) {
    if (!segment.hasAborted) continue;
    const { transactions, isComplete } = (await segment.transactionIndex()).search(from, to);
    found.push(...transactions);
    if (isComplete) break;
  }
  return found;
}

/**
 * What a read-committed consumer must be told with the records it gets; undefined when there is nothing to look up.
 * `segments` are those of the log from where the read began, `logEndOffset` is where the last one ends.
 */
export function abortedIn(
  found: FetchDataInfo,
  segments: readonly LogSegment[],
  logEndOffset: number,
): Promise<IndexedTransaction[]> | undefined {
  const { fetchOffsetMetadata, sizeInBytes } = found;
  if (fetchOffsetMetadata === undefined) return undefined;
  const { segmentBaseOffset, relativePositionInSegment, messageOffset } = fetchOffsetMetadata;
  const start = segments.findIndex(({ baseOffset }) => baseOffset === segmentBaseOffset);
  const behind = segments.slice(start);
  const first = behind[0];
  if (start < 0 || first === undefined || !behind.some(({ hasAborted }) => hasAborted)) return undefined;
  const collect = async (): Promise<IndexedTransaction[]> => {
    const { offsetIndex } = await first.indexes();
    // The index is sparse: an end a little too far names a transaction too many, which harms nobody.
    const end = offsetIndex.firstOffsetBehind(relativePositionInSegment + sizeInBytes);
    return collectAborted(behind, messageOffset, end ?? behind[1]?.baseOffset ?? logEndOffset);
  };
  return collect();
}
