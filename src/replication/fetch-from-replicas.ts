/**
 * Fetch over many partitions: one budget of bytes handed from partition to partition in the order of the request, and
 * the decision whether the answer is worth sending yet. What is not goes to the purgatory as a DelayedFetch.
 *
 * Everything in memory is read in one synchronous go; a promise appears only where a log had to go to disk.
 */
import type { FetchParams, FetchPartitionRequest, FetchPartitionResult } from './fetch-types.ts';
import type { ReadBudget } from './read-partition.ts';

export type ReadOne = (
  request: FetchPartitionRequest,
  budget: ReadBudget,
) => FetchPartitionResult | Promise<FetchPartitionResult>;

export function readAll(
  requests: readonly FetchPartitionRequest[],
  { maxBytes, hardMaxBytesLimit = false }: Pick<FetchParams, 'maxBytes' | 'hardMaxBytesLimit'>,
  readOne: ReadOne,
): FetchPartitionResult[] | Promise<FetchPartitionResult[]> {
  const results: FetchPartitionResult[] = [];
  let remainingBytes = maxBytes;
  let minOneMessage = !hardMaxBytesLimit;
  const read = (request: FetchPartitionRequest): FetchPartitionResult | Promise<FetchPartitionResult> =>
    readOne(request, { maxBytes: remainingBytes, minOneMessage });
  const take = (result: FetchPartitionResult): void => {
    results.push(result);
    if (result.sizeInBytes > 0) minOneMessage = false;
    remainingBytes = Math.max(0, remainingBytes - result.sizeInBytes);
  };
  const goOn = async (
    index: number,
    first: Promise<FetchPartitionResult>,
  ): Promise<FetchPartitionResult[]> => {
    take(await first);
    for (const request of requests.slice(index + 1)) {
      const result = read(request);
      take('then' in result ? await result : result);
    }
    return results;
  };
  for (const [index, request] of requests.entries()) {
    const result = read(request);
    if ('then' in result) return goOn(index, result);
    take(result);
  }
  return results;
}

/** Whether to answer now rather than wait for more. */
export function isWorthSending(params: FetchParams, results: readonly FetchPartitionResult[]): boolean {
  if (params.maxWaitMs <= 0 || results.length === 0) return true;
  let bytes = 0;
  for (const result of results) {
    if (
      result.error !== 'NONE' ||
      result.divergingEpoch !== undefined ||
      result.preferredReadReplica !== -1
    ) {
      return true;
    }
    bytes += result.sizeInBytes;
  }
  return bytes >= params.minBytes;
}
