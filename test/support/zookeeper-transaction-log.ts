/**
 * Reads ZooKeeper's transaction log: every write the server has taken, in order, with the session it came from. A file
 * is a header (magic "ZKLG", version, database id), then per transaction a checksum, a length, the transaction's header
 * and record, and the byte 0x42; zeros fill it up. What a client only reads leaves no trace here.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Operation {
  readonly op: 'create' | 'create ephemeral' | 'delete' | 'setData' | 'check' | 'setAcl' | 'error';
  readonly path: string;
  readonly data: string;
  /** Of the znode once the operation is done; a check counts as one that leaves it one higher. */
  readonly version: number | null;
}

export interface Transaction {
  readonly sessionId: bigint;
  readonly zxid: bigint;
  /** When the server took it, by its clock. */
  readonly timeMs: number;
  readonly kind: 'open session' | 'close session' | 'write';
  /** What a session that opens was granted. */
  readonly sessionTimeoutMs?: number;
  /** One, or the steps of a multi. */
  readonly operations: readonly Operation[];
}

const MAGIC = 0x5a4b4c47;
const FILE_HEADER_BYTES = 16;
const END_OF_RECORD = 0x42;
/** Behind the session and the client's own number of the request. */
const ZXID_POSITION = 12;

/** Types of transactions, as ZooKeeper numbers them. */
const TYPE = {
  error: -1,
  create: 1,
  delete: 2,
  setData: 5,
  setAcl: 7,
  check: 13,
  multi: 14,
  create2: 15,
  createContainer: 19,
  createTtl: 21,
  createSession: -10,
  closeSession: -11,
} as const;

/** The transactions in the log files of a server's data folder: all, or those behind the one with that zxid. */
export async function readTransactions(dataDir: string, afterZxid = 0n): Promise<Transaction[]> {
  const folder = join(dataDir, 'version-2');
  const names = (await readdir(folder)).filter((name) => name.startsWith('log.'));
  const firstZxid = (name: string | undefined): number =>
    Number.parseInt(name?.slice('log.'.length) ?? '', 16);
  names.sort((left, right) => firstZxid(left) - firstZxid(right));
  // A file ends where the next one begins.
  const wanted = names.filter((_name, index) => !(firstZxid(names[index + 1]) <= Number(afterZxid) + 1));
  const files = await Promise.all(wanted.map((name) => readFile(join(folder, name))));
  return files.flatMap((file) => transactionsOf(file, afterZxid));
}

export function transactionsOf(file: Buffer, afterZxid = 0n): Transaction[] {
  if (file.length < FILE_HEADER_BYTES || file.readInt32BE(0) !== MAGIC)
    throw new Error('this is no transaction log of ZooKeeper');
  const transactions: Transaction[] = [];
  let position = FILE_HEADER_BYTES;
  while (position + 12 <= file.length) {
    const length = file.readInt32BE(position + 8);
    const end = position + 12 + length;
    if (length <= 0 || end >= file.length || file[end] !== END_OF_RECORD) break;
    const zxid = file.readBigInt64BE(position + 12 + ZXID_POSITION);
    if (zxid > afterZxid) transactions.push(transactionOf(new Jute(file.subarray(position + 12, end))));
    position = end + 1;
  }
  return transactions;
}

function transactionOf(jute: Jute): Transaction {
  const sessionId = jute.int64();
  jute.int32(); // the client's own number of the request
  const zxid = jute.int64();
  const timeMs = Number(jute.int64());
  const type = jute.int32();
  const common = { sessionId, zxid, timeMs, operations: [] };
  if (type === TYPE.createSession) return { ...common, kind: 'open session', sessionTimeoutMs: jute.int32() };
  if (type === TYPE.closeSession) return { ...common, kind: 'close session' };
  const operations = type === TYPE.multi ? stepsOf(jute) : [operationOf(type, jute)];
  return { ...common, kind: 'write', operations };
}

function stepsOf(jute: Jute): Operation[] {
  return Array.from({ length: jute.int32() }, () => operationOf(jute.int32(), new Jute(jute.buffer())));
}

function operationOf(type: number, jute: Jute): Operation {
  switch (type) {
    case TYPE.create:
    case TYPE.create2: {
      const path = jute.string();
      const data = jute.buffer().toString();
      jute.acl();
      return { op: jute.boolean() ? 'create ephemeral' : 'create', path, data, version: 0 };
    }
    case TYPE.createContainer:
    case TYPE.createTtl:
      return { op: 'create', path: jute.string(), data: jute.buffer().toString(), version: 0 };
    case TYPE.delete:
      return { op: 'delete', path: jute.string(), data: '', version: null };
    case TYPE.setData:
      return { op: 'setData', path: jute.string(), data: jute.buffer().toString(), version: jute.int32() };
    case TYPE.check:
      return { op: 'check', path: jute.string(), data: '', version: jute.int32() };
    case TYPE.setAcl: {
      const path = jute.string();
      jute.acl();
      return { op: 'setAcl', path, data: '', version: jute.int32() };
    }
    case TYPE.error:
      return { op: 'error', path: '', data: String(jute.int32()), version: null };
    default:
      throw new Error(`transactions of type ${type} are not known here`);
  }
}

/** ZooKeeper's own encoding: big-endian numbers, lengths in front of what varies. */
class Jute {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int32(): number {
    this.#position += 4;
    return this.#bytes.readInt32BE(this.#position - 4);
  }

  int64(): bigint {
    this.#position += 8;
    return this.#bytes.readBigInt64BE(this.#position - 8);
  }

  boolean(): boolean {
    return this.#bytes.readInt8(this.#position++) !== 0;
  }

  /** A length of -1 is null, here the same as empty. */
  buffer(): Buffer {
    const length = Math.max(0, this.int32());
    this.#position += length;
    return this.#bytes.subarray(this.#position - length, this.#position);
  }

  string(): string {
    return this.buffer().toString();
  }

  acl(): void {
    for (let left = this.int32(); left > 0; left--) {
      this.int32();
      this.string();
      this.string();
    }
  }
}
