/**
 * What Kafka relies on in ZooKeeper, as sentences that hold of the real server and of the simulated ones. Where a
 * session reads what another has written it syncs first, as any two sessions must.
 */
import { describe, test } from '@jest/globals';
import { accessSentences } from './access.ts';
import { sessionSentences } from './sessions.ts';
import { ZooKeeperStage } from './stage.ts';
import type { ZooKeeperPlace } from './stage.ts';
import { transactionSentences } from './transactions.ts';
import { watchSentences } from './watches.ts';
import { znodeSentences } from './znodes.ts';

/** A sentence and its proof; it gets a piece of ZooKeeper for itself. */
export type Sentences = Readonly<Record<string, (stage: ZooKeeperStage) => Promise<void>>>;

export type { ZooKeeperPlace } from './stage.ts';

const CHAPTERS: Readonly<Record<string, Sentences>> = {
  znodes: znodeSentences,
  transactions: transactionSentences,
  watches: watchSentences,
  sessions: sessionSentences,
  'access control': accessSentences,
};

export function describeZooKeeper(name: string, makePlace: () => Promise<ZooKeeperPlace>): void {
  describe(name, () => {
    describe.each(Object.entries(CHAPTERS))('%s', (_chapter, sentences) => {
      test.each(Object.entries(sentences))('%s', async (_sentence, proof) => {
        const stage = new ZooKeeperStage(await makePlace());
        try {
          await stage.place.run(proof(stage));
        } finally {
          await stage.close();
        }
      });
    });
  });
}
