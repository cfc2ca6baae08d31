/**
 * How sockets are read: all of a process into one buffer, which lives as long as the process. Left alone, Node gives
 * every read 64 KB of its own; V8 counts those as its heap, and a broker that takes a gigabyte has then made sixteen
 * thousand buffers and V8 thirty full collections, a quarter of what producing costs (docs/benchmarks.md). The price:
 * who is handed a chunk must have copied what it needs of it when it returns.
 */
import { Socket, type OnReadOpts } from 'node:net';

/** What a read can bring at most: a few default batches of a producer (16 KB), and no more than a second-level cache. */
const READ_BYTES = 128 * 1024;

let shared: Buffer | undefined;

/** Told each chunk, which is only lent. */
export type ChunkHandler = (chunk: Buffer) => void;

/** Options for a socket that reads into the shared buffer and tells `reader.onChunk`. */
export function readIntoSharedBuffer(reader: { onChunk: ChunkHandler }): OnReadOpts {
  const buffer = (shared ??= Buffer.allocUnsafeSlow(READ_BYTES));
  return {
    buffer,
    callback: (bytes) => {
      reader.onChunk(buffer.subarray(0, bytes));
      return true;
    },
  };
}

/**
 * The connection of an accepted socket, on a socket that reads into the shared buffer. `createServer` has no option
 * for that, so the handle changes hands before anything was read; undefined where Node no longer lets it.
 */
export function withSharedBuffer(accepted: Socket, reader: { onChunk: ChunkHandler }): Socket | undefined {
  const handle: unknown = Reflect.get(accepted, '_handle');
  if (typeof handle !== 'object' || handle === null) return undefined;
  Reflect.set(accepted, '_handle', null);
  // Neither option is in the types, `handle` not even in the manual.
  const options = { handle, onread: readIntoSharedBuffer(reader) };
  const socket = Reflect.construct(Socket, [options]) as Socket;
  socket.pause();
  return socket;
}
