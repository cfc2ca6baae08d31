/**
 * What ZooKeeper itself tells of a step of a cluster: each write with its time, from the transaction log that lies on
 * disk already, and how many packets it has received. To read it disturbs neither side, and its clock is one for both.
 */
import { join } from 'node:path';
import { fourLetterWord } from '../../../src/kit/index.ts';
import { readTransactions, type Transaction } from '../../../test/support/zookeeper-transaction-log.ts';

/** Where a step began. */
export interface Mark {
  readonly zxid: bigint;
  readonly packets: number;
}

/** A write to a partition's state, or its creation. */
export interface StateWrite {
  readonly timeMs: number;
  readonly topic: string;
  readonly partition: number;
  readonly leader: number;
}

export class ZooKeeperRecord {
  readonly #dataDir: string;
  readonly #port: number;

  constructor({ dir, connect }: { readonly dir: string; readonly connect: string }) {
    this.#dataDir = join(dir, 'data');
    this.#port = Number(connect.split(':').at(-1));
  }

  async mark(): Promise<Mark> {
    const zxid = /^Zxid: (0x[0-9a-f]+)$/m.exec(await fourLetterWord(this.#port, 'srvr'))?.[1];
    if (zxid === undefined) throw new Error('ZooKeeper does not tell its zxid');
    return { zxid: BigInt(zxid), packets: await this.#packets() };
  }

  async packetsSince({ packets }: Mark): Promise<number> {
    return (await this.#packets()) - packets;
  }

  since({ zxid }: Mark): Promise<Transaction[]> {
    return readTransactions(this.#dataDir, zxid);
  }

  async #packets(): Promise<number> {
    return Number(/^zk_packets_received\t(\d+)/m.exec(await fourLetterWord(this.#port, 'mntr'))?.[1]);
  }
}

/** Who created an ephemeral znode, and when. The last one, should there be several. */
export function creationOf(
  transactions: readonly Transaction[],
  path: string,
): { readonly sessionId: bigint; readonly timeMs: number } | undefined {
  return transactions.findLast(({ operations }) =>
    operations.some((step) => step.op === 'create ephemeral' && step.path === path),
  );
}

/** The writes to partition states below a chroot, in their order. */
export function stateWrites(transactions: readonly Transaction[], chroot: string): StateWrite[] {
  const pattern = /^\/brokers\/topics\/([^/]+)\/partitions\/(\d+)\/state$/;
  return transactions.flatMap(({ timeMs, operations }) =>
    operations.flatMap(({ op, path, data }) => {
      if ((op !== 'setData' && op !== 'create') || !path.startsWith(`${chroot}/`)) return [];
      const found = pattern.exec(path.slice(chroot.length));
      if (found === null) return [];
      const { leader } = JSON.parse(data) as { leader: number };
      return [{ timeMs, topic: found[1] ?? '', partition: Number(found[2]), leader }];
    }),
  );
}

/** When ZooKeeper ended a session, and with it all that was ephemeral. */
export function endOfSession(transactions: readonly Transaction[], session: bigint): number {
  const closed = transactions.find(
    ({ kind, sessionId }) => kind === 'close session' && sessionId === session,
  );
  if (closed === undefined) throw new Error('the session of the broker that was killed has not ended');
  return closed.timeMs;
}
