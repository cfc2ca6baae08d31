/** Every analysis, in the order in which a report tells them: what was lost first. */
import type { Analysis } from './analysis.ts';
import { abortedRead } from './analyses/aborted-read.ts';
import { committedOffsets } from './analyses/committed-offsets.ts';
import { consumedTwice } from './analyses/consumed-twice.ts';
import { doubleAssignment } from './analyses/double-assignment.ts';
import { duplicate } from './analyses/duplicate.ts';
import { inconsistentOffsets } from './analyses/inconsistent-offsets.ts';
import { internalNonmonotonicPoll } from './analyses/internal-nonmonotonic-poll.ts';
import { internalNonmonotonicSend } from './analyses/internal-nonmonotonic-send.ts';
import { internalPollSkip } from './analyses/internal-poll-skip.ts';
import { internalSendSkip } from './analyses/internal-send-skip.ts';
import { lostWrite } from './analyses/lost-write.ts';
import { nonmonotonicPoll } from './analyses/nonmonotonic-poll.ts';
import { nonmonotonicSend } from './analyses/nonmonotonic-send.ts';
import { phantomRecord } from './analyses/phantom-record.ts';
import { pollSkip } from './analyses/poll-skip.ts';
import { precommittedRead } from './analyses/precommitted-read.ts';
import { readCycle } from './analyses/read-cycle.ts';
import { realtimeSend } from './analyses/realtime-send.ts';
import { tornTransaction } from './analyses/torn-transaction.ts';
import { unseen } from './analyses/unseen.ts';
import { writeCycle } from './analyses/write-cycle.ts';

export const ANALYSES: readonly Analysis[] = [
  lostWrite,
  unseen,
  inconsistentOffsets,
  duplicate,
  phantomRecord,
  abortedRead,
  tornTransaction,
  precommittedRead,
  pollSkip,
  internalPollSkip,
  nonmonotonicPoll,
  internalNonmonotonicPoll,
  nonmonotonicSend,
  internalNonmonotonicSend,
  internalSendSkip,
  realtimeSend,
  writeCycle,
  readCycle,
  committedOffsets,
  doubleAssignment,
  consumedTwice,
];
