/**
 * Before clients' batches are appended: those that are long to unpack, or to pack anew for the topic, are judged on other
 * threads, so that nobody else's request waits for it. The append takes what they found. Nothing waits where there is no
 * such batch, and coordinators never do: theirs are appended in the order they come.
 */
import type { Workers } from '../runtime/index.ts';
import { type JudgedRecords, judgeOnWorker } from '../storage/index.ts';
import type { AppendEntry, AppendRequest } from './append-types.ts';
import type { Partition } from './partition.ts';

export interface JudgingHost {
  readonly workers: Workers;
  readonly wallMs: () => number;
  readonly getPartition: (topic: string, partition: number) => Partition | undefined;
}

type Judgment = Promise<JudgedRecords | undefined>;

/** Undefined where there is nothing to wait for. */
export function judgeAhead(request: AppendRequest, host: JudgingHost): Promise<AppendRequest> | undefined {
  if (request.origin !== 'client') return undefined;
  let judgments: Map<number, Judgment> | undefined;
  for (const [index, entry] of request.entries.entries()) {
    const judgment = judgmentOf(entry, host);
    if (judgment !== undefined) (judgments ??= new Map<number, Judgment>()).set(index, judgment);
  }
  return judgments === undefined ? undefined : withJudgments(request, judgments);
}

function judgmentOf(
  { topic, partition: number, records }: AppendEntry,
  { workers, wallMs, getPartition }: JudgingHost,
): Judgment | undefined {
  const partition = getPartition(topic, number);
  const config = partition?.isLeader === true ? partition.log?.config : undefined;
  if (config === undefined) return undefined;
  const judging = { config, nowMs: wallMs(), name: `${topic}-${number}` };
  // Where the other thread failed, the append judges for itself.
  return judgeOnWorker(records, judging, workers)?.catch(() => undefined);
}

/** All are under way at once. */
async function withJudgments(
  request: AppendRequest,
  judgments: ReadonlyMap<number, Judgment>,
): Promise<AppendRequest> {
  const entries = [...request.entries];
  const judged = await Promise.all(
    [...judgments].map(async ([index, judgment]) => ({ index, judged: await judgment })),
  );
  for (const { index, judged: found } of judged) entries[index] = { ...entries[index]!, judged: found };
  return { ...request, entries };
}
