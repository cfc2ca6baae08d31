/**
 * The lines of the files beside a log: offset, time and transaction index, and producer snapshot. The first two are
 * checked against the log, and what does not fit is told at the end.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { decodeRecords, readInt64 } from '../../records/index.ts';
import { decodeProducerSnapshot } from '../../storage/index.ts';
import { BatchFile } from './batch-file.ts';
import type { Findings } from './findings.ts';
import { optionalLong } from './log-lines.ts';

const OFFSET_ENTRY_BYTES = 8;
const TIME_ENTRY_BYTES = 12;
const TRANSACTION_ENTRY_BYTES = 34;

export interface IndexOptions {
  readonly verifyOnly: boolean;
  readonly sanityCheckOnly: boolean;
}

function baseOffsetOf(path: string): number {
  return Number(/(\d+)\.[a-z]+$/.exec(path)?.[1] ?? 0);
}

interface OffsetEntry {
  readonly offset: number;
  readonly position: number;
}

/** A preallocated index ends in zeros: entries stop where they no longer rise. */
function offsetEntries(path: string): OffsetEntry[] {
  if (!existsSync(path)) return [];
  const bytes = readFileSync(path);
  const baseOffset = baseOffsetOf(path);
  const entries: OffsetEntry[] = [];
  for (let at = 0; at + OFFSET_ENTRY_BYTES <= bytes.length; at += OFFSET_ENTRY_BYTES) {
    const offset = baseOffset + bytes.readInt32BE(at);
    if (offset <= baseOffset && at > 0) break;
    entries.push({ offset, position: bytes.readInt32BE(at + 4) });
  }
  return entries;
}

export function offsetIndexLines(path: string, options: IndexOptions, findings: Findings): string[] {
  if (existsSync(path) && readFileSync(path).length === 0) return [`${path} is empty.`];
  if (options.sanityCheckOnly) return [`${path} passed sanity check.`];
  const log = new BatchFile(path.replace(/\.index$/, '.log'));
  try {
    return offsetEntries(path).flatMap(({ offset, position }) => {
      const first = log.batches(position).next().value;
      if (first !== undefined && first.batch.lastOffset !== offset) {
        findings.add(
          `Mismatches in :${resolve(path)}`,
          `  Index offset: ${offset}, log offset: ${first.batch.lastOffset}`,
        );
      }
      return options.verifyOnly ? [] : [`offset: ${offset} position: ${position}`];
    });
  } finally {
    log.close();
  }
}

export function timeIndexLines(path: string, options: IndexOptions, findings: Findings): string[] {
  if (options.sanityCheckOnly) return [`${path} passed sanity check.`];
  const log = new BatchFile(path.replace(/\.timeindex$/, '.log'));
  const positions = offsetEntries(path.replace(/\.timeindex$/, '.index'));
  const bytes = readFileSync(path);
  const baseOffset = baseOffsetOf(path);
  const name = resolve(path);
  const lines: string[] = [];
  let previous = -1;
  try {
    for (let at = 0; at + TIME_ENTRY_BYTES <= bytes.length; at += TIME_ENTRY_BYTES) {
      const timestamp = readInt64(bytes, at);
      const offset = baseOffset + bytes.readInt32BE(at + 8);
      if (offset <= baseOffset && at > 0) break;
      const start = positions.findLast((entry) => entry.offset <= offset)?.position ?? 0;
      const found = batchHolding(log, start, offset);
      if (found?.lastOffset !== offset) {
        findings.add(
          'The following indexed offsets are not found in the log.',
          `Indexed offset: ${offset}, found log offset: ${found?.lastOffset ?? -1}`,
        );
      } else {
        if (found.maxTimestamp !== timestamp) {
          findings.add(
            `Found timestamp mismatch in :${name}`,
            `  Index timestamp: ${timestamp}, log timestamp: ${found.maxTimestamp}`,
          );
        }
        if (previous >= timestamp) {
          findings.add(
            `Found out of order timestamp in :${name}`,
            `  Index timestamp: ${timestamp}, Previously indexed timestamp: ${previous}`,
          );
        }
      }
      if (!options.verifyOnly) lines.push(`timestamp: ${timestamp} offset: ${offset}`);
      previous = timestamp;
    }
  } finally {
    log.close();
  }
  return lines;
}

function batchHolding(
  log: BatchFile,
  position: number,
  offset: number,
): { lastOffset: number; maxTimestamp: number } | undefined {
  for (const { batch } of log.batches(position)) {
    if (batch.lastOffset < offset) continue;
    const maxTimestamp = decodeRecords(batch).reduce((max, record) => Math.max(max, record.timestamp), -1);
    return { lastOffset: batch.lastOffset, maxTimestamp };
  }
  return undefined;
}

export function transactionIndexLines(path: string): string[] {
  const bytes = readFileSync(path);
  const lines: string[] = [];
  for (let at = 0; at + TRANSACTION_ENTRY_BYTES <= bytes.length; at += TRANSACTION_ENTRY_BYTES) {
    const [producerId, firstOffset, lastOffset, lastStableOffset] = [2, 10, 18, 26].map((field) =>
      readInt64(bytes, at + field),
    );
    lines.push(
      `version: ${bytes.readInt16BE(at)} producerId: ${producerId ?? -1} firstOffset: ${firstOffset ?? -1} ` +
        `lastOffset: ${lastOffset ?? -1} lastStableOffset: ${lastStableOffset ?? -1}`,
    );
  }
  return lines;
}

export function producerSnapshotLines(path: string): string[] {
  return decodeProducerSnapshot(readFileSync(path)).map((entry) => {
    const { lastSequence, offsetDelta } = entry;
    const firstSequence =
      lastSequence >= offsetDelta ? lastSequence - offsetDelta : 0x8000_0000 - (offsetDelta - lastSequence);
    const transaction = entry.currentTxnFirstOffset < 0 ? undefined : entry.currentTxnFirstOffset;
    const batch =
      lastSequence < 0
        ? ''
        : `firstSequence: ${firstSequence} lastSequence: ${lastSequence} lastOffset: ${entry.lastOffset} ` +
          `offsetDelta: ${offsetDelta} timestamp: ${entry.lastTimestamp}`;
    return (
      `producerId: ${entry.producerId} producerEpoch: ${entry.producerEpoch} coordinatorEpoch: ${entry.coordinatorEpoch} ` +
      `currentTxnFirstOffset: ${optionalLong(transaction)} lastTimestamp: ${entry.lastTimestamp} ${batch}`
    );
  });
}
