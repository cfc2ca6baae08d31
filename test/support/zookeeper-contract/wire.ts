/** A connection to ZooKeeper of bare frames, for what a session hides: handshakes, zxids, and the order of all that comes. */
import {
  handshakeFrame,
  readHandshake,
  readReply,
  requestFrame,
} from '../../../src/zookeeper/engine/records.ts';
import type { Reply, Request } from '../../../src/zookeeper/engine/records.ts';
import { FrameReader } from '../../../src/zookeeper/engine/frame-reader.ts';
import type { Connection } from '../../../src/runtime/index.ts';

export interface WireOptions {
  readonly lastZxid?: bigint;
  readonly sessionTimeoutMs?: number;
  readonly sessionId?: bigint;
  readonly password?: Buffer;
}

const MAX_FRAME_BYTES = 1 << 20;
const PASSWORD_BYTES = 16;

export class Wire {
  /** Everything that came after the handshake. */
  readonly replies: Reply[] = [];
  handshake: ReturnType<typeof readHandshake> | undefined;
  isClosed = false;
  readonly #connection: Connection;
  #xid = 0;

  constructor(connection: Connection, options: WireOptions) {
    this.#connection = connection;
    const frames = new FrameReader(MAX_FRAME_BYTES);
    connection.onClose(() => (this.isClosed = true));
    connection.onData((chunk) => {
      for (const frame of frames.push(chunk))
        if (this.handshake === undefined) this.handshake = readHandshake(frame);
        else this.replies.push(readReply(frame));
    });
    const hello = {
      lastZxid: 0n,
      sessionTimeoutMs: 0,
      sessionId: 0n,
      password: Buffer.alloc(PASSWORD_BYTES),
    };
    connection.write([handshakeFrame({ ...hello, ...options })]);
  }

  /** All in one piece, so that none waits for the answer to another; gives their numbers. */
  send(requests: readonly Request[]): number[] {
    const sent = requests.map((request) => ({ xid: ++this.#xid, request }));
    this.#connection.write(sent.map(({ xid, request }) => requestFrame(xid, request)));
    return sent.map(({ xid }) => xid);
  }

  close(): void {
    this.#connection.destroy();
  }
}
