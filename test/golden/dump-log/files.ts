/**
 * The files whose dumps are compared: folders of the original's as they are, and variations that no broker writes but
 * somebody may have to look at. Everything is made from the same bytes each time.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { indexes, snapshots } from './index-files.ts';
import { controlRecords, oddBatches, oldFormats, tornLogs } from './log-files.ts';
import { batchOf, FIRST, type Files } from './made.ts';
import { groupRecords, otherRecords, texts, transactionRecords } from './record-files.ts';

const HERE = import.meta.dirname;

/** Where each folder of the original's comes from. */
const COPIED: Readonly<Record<string, string>> = {
  'cleaned-0': 'files/cleaned-0',
  '__consumer_offsets-46': 'files/__consumer_offsets-46',
  '__transaction_state-45': 'files/__transaction_state-45',
  'codecs-0': '../disk/clean-stop/golden-0',
  'append-time-0': '../disk/clean-stop/golden-append-time-0',
  'empty-0': '../disk/clean-stop/golden-empty-0',
  'txn-0': '../disk/clean-stop/golden-txn-0',
  'transactions-0': '../disk/transactions/golden-transactions-0',
};

/** Fills a folder. */
export function makeFiles(dir: string): void {
  for (const [name, source] of Object.entries(COPIED))
    cpSync(join(HERE, source), join(dir, name), { recursive: true });
  const made: Files = {
    ...oldFormats(),
    ...tornLogs(),
    ...oddBatches(),
    ...controlRecords(),
    ...indexes(),
    ...snapshots(),
    ...texts(),
    ...groupRecords(),
    ...transactionRecords(),
    ...otherRecords(),
    'folder.d/plain': 'no suffix',
    'other/partition.metadata': 'version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ',
    'other/leader-epoch-checkpoint': '0\n1\n0 0\n',
    [`other/${FIRST}.log.deleted`]: batchOf(['a']),
    'other/abc.log': batchOf(['a']),
  };
  for (const [name, content] of Object.entries(made)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
}
