/**
 * One client's connection to one server. Its answers go out in the order of its requests: what can be answered at once
 * waits behind a write that the server has not applied yet, and so a client never reads its own writes' past.
 */
import { FrameReader } from '../../../../src/network/index.ts';
import type { Connection } from '../../../../src/runtime/index.ts';
import { allows, PERMISSION } from './acl.ts';
import type { Identity } from './acl.ts';
import type { JuteWriter } from './jute.ts';
import { notificationOf } from './messages.ts';
import type { Watcher } from './watches.ts';

const MAX_FRAME_BYTES = 4 * 1024 * 1024;

/** A request without an answer; `dueAt` is how many transactions its server must have applied for it. */
export interface Pending {
  dueAt: number;
  answer: () => void;
}

interface Service {
  connect(client: ClientConnection, frame: Buffer): void;
  request(client: ClientConnection, frame: Buffer): void;
  closed(client: ClientConnection): void;
}

export class ClientConnection {
  /** 0n until the session is granted. */
  session = 0n;
  identities: readonly Identity[] = [];
  /** It has asked for the end of its session. */
  isEnding = false;
  readonly #connection: Connection;
  readonly #reader = new FrameReader({ maxBytes: MAX_FRAME_BYTES });
  readonly #pending: Pending[] = [];
  #hasAskedToConnect = false;
  readonly watcher: Watcher = (event, path, acl = []) => {
    if (allows(acl, PERMISSION.read, this.identities)) this.write(notificationOf(event, path));
  };

  constructor(connection: Connection, service: Service) {
    this.#connection = connection;
    connection.onClose(() => service.closed(this));
    connection.onData((chunk) => {
      for (const frame of this.#reader.push(chunk)) {
        if (this.#hasAskedToConnect) service.request(this, frame);
        else service.connect(this, frame);
        this.#hasAskedToConnect = true;
      }
    });
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  /** Takes a place among the answers. */
  expect(pending: Pending): Pending {
    this.#pending.push(pending);
    return pending;
  }

  /** Answers what is due when its server has applied so many transactions. */
  answer(position: number): void {
    while (this.#pending.length > 0 && this.#pending[0]!.dueAt <= position) this.#pending.shift()!.answer();
  }

  write(message: JuteWriter): void {
    this.#connection.write([message.frame()]);
  }

  end(): void {
    this.#connection.end();
  }

  close(): void {
    this.#connection.destroy();
  }
}
