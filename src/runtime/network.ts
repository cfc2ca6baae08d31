/** Byte streams between processes. TLS will come in behind the same two interfaces. */
export interface Network {
  /** `port` 0 lets the system choose. Rejects with the system error (EADDRINUSE, ...). */
  listen(address: ListenAddress, onConnection: (connection: Connection) => void): Promise<Listener>;
  /** Resolves once connected; rejects with the system error, or with code ETIMEDOUT after `timeoutMs`. */
  connect(address: ConnectAddress): Promise<Connection>;
}

export interface ListenAddress {
  /** Empty: every interface. */
  readonly host: string;
  readonly port: number;
  readonly backlog?: number;
}

export interface ConnectAddress {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

export interface Listener {
  readonly port: number;
  /** Stops accepting; connections that were accepted live on. */
  close(): Promise<void>;
}

/**
 * One open connection. Handlers are set once, right after it was received; `onClose` is called exactly once, after
 * which nothing else is called and writes are dropped.
 */
export interface Connection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** The chunk is only lent: its bytes change once the handler has returned. */
  onData(handler: (chunk: Buffer) => void): void;
  onClose(handler: (error: Error | undefined) => void): void;
  /** Called when the bytes waiting to be sent fell below the low mark after `write` returned false. */
  onDrain(handler: () => void): void;
  /**
   * Sends the buffers as one write, by reference: they must not change until `onSent`, which is called when the
   * operating system has taken them all, and never if the connection closed before. False: hold back until onDrain.
   */
  write(buffers: readonly Buffer[], onSent?: () => void): boolean;
  /** Bytes accepted by `write` and not yet taken by the operating system. */
  readonly pendingBytes: number;
  pause(): void;
  resume(): void;
  /** Sends what is waiting, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}
