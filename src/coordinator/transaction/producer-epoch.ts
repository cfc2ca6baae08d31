/**
 * The epochs of one producer id. A producer that starts anew gets the next one, which fences whoever still works under
 * the one before. Epochs are 16 bits: the last but one is the end, for the coordinator keeps the very last for fencing a
 * producer that holds it, and then a new producer id is given.
 */
import { NO_PRODUCER_EPOCH } from '../../records/index.ts';

const MAX_EPOCH = 0x7fff;

/** No producer is given an epoch above; who holds it gets a new producer id the next time. */
export function isEpochExhausted(epoch: number): boolean {
  return epoch >= MAX_EPOCH - 1;
}

export interface ProducerEpochs {
  readonly current: number;
  /** The one before, if the producer itself asked for the current one; else -1. */
  readonly last: number;
}

/**
 * The epochs after InitProducerId, or undefined if the producer is fenced. A producer that names the epoch it has goes on
 * after an error (KIP-360); the one before means that it never got the answer, and it is told the same again. Who names
 * none is new, and whoever was there before is fenced.
 */
export function epochsAfterInit(
  epochs: ProducerEpochs,
  expected: number | undefined,
): ProducerEpochs | undefined {
  const { current, last } = epochs;
  if (expected === undefined) return { current: current + 1, last: NO_PRODUCER_EPOCH };
  if (current === NO_PRODUCER_EPOCH || expected === current) return { current: current + 1, last: current };
  return expected === last ? epochs : undefined;
}
