import { afterEach, describe, expect, test } from '@jest/globals';
import { Deferred } from '../../../../src/common/index.ts';
import type { Connection, Listener } from '../../../../src/runtime/index.ts';
import { createNodeRuntime } from '../../../../src/runtime/node/index.ts';

const { network } = createNodeRuntime();
const listeners: Listener[] = [];
const connections: Connection[] = [];

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.destroy();
  for (const listener of listeners.splice(0)) await listener.close();
});

async function pair(): Promise<{ client: Connection; server: Connection; port: number }> {
  const accepted = new Deferred<Connection>();
  const listener = await network.listen({ host: '127.0.0.1', port: 0 }, (connection) =>
    accepted.resolve(connection),
  );
  listeners.push(listener);
  const client = await network.connect({ host: '127.0.0.1', port: listener.port, timeoutMs: 5000 });
  const server = await accepted.promise;
  connections.push(client, server);
  return { client, server, port: listener.port };
}

function collected(connection: Connection, bytes: number): Promise<Buffer> {
  const whole = new Deferred<Buffer>();
  const chunks: Buffer[] = [];
  let collectedBytes = 0;
  connection.onData((chunk) => {
    chunks.push(Buffer.from(chunk));
    collectedBytes += chunk.length;
    if (collectedBytes >= bytes) whole.resolve(Buffer.concat(chunks));
  });
  return whole.promise;
}

function closed(connection: Connection): Promise<Error | undefined> {
  const end = new Deferred<Error | undefined>();
  connection.onClose((error) => end.resolve(error));
  return end.promise;
}

describe('a connection', () => {
  test('knows both ends and carries many buffers as one message', async () => {
    const { client, server, port } = await pair();
    expect([server.remoteAddress, server.remotePort]).toEqual(['127.0.0.1', client.localPort]);
    expect([client.remoteAddress, client.remotePort]).toEqual(['127.0.0.1', port]);
    const receiving = collected(server, 11);
    client.write([Buffer.from('hello'), Buffer.from(' '), Buffer.from('world')]);
    expect((await receiving).toString()).toBe('hello world');
  });

  test('tells IPv4 addresses as such, also on a listener for every interface', async () => {
    const accepted = new Deferred<Connection>();
    const listener = await network.listen({ host: '', port: 0 }, (connection) =>
      accepted.resolve(connection),
    );
    listeners.push(listener);
    connections.push(await network.connect({ host: '127.0.0.1', port: listener.port, timeoutMs: 5000 }));
    const server = await accepted.promise;
    connections.push(server);
    expect(server.remoteAddress).toBe('127.0.0.1');
  });

  test('says when nobody looks at the buffers of a write any more, and not before', async () => {
    const { client, server } = await pair();
    server.pause();
    const buffers = [Buffer.alloc(20_000_000, 'a'), Buffer.alloc(1_000_000, 'b')];
    const sent = new Deferred<void>();
    let isSent = false;
    client.write(buffers, () => {
      isSent = true;
      for (const buffer of buffers) buffer.fill('x');
      sent.resolve();
    });
    // More than the system's socket buffers hold: it cannot have been taken.
    await new Promise((resolve) => setImmediate(resolve));
    expect(isSent).toBe(false);
    const receiving = collected(server, 21_000_000);
    server.resume();
    const received = await receiving;
    await sent.promise;
    expect(
      received.equals(Buffer.concat([Buffer.alloc(20_000_000, 'a'), Buffer.alloc(1_000_000, 'b')])),
    ).toBe(true);
  });

  test('says when to hold back and when to go on', async () => {
    const { client, server } = await pair();
    const drained = new Deferred<void>();
    client.onDrain(() => drained.resolve());
    server.pause();
    let flowing = true;
    for (let count = 0; count < 200 && flowing; count++) flowing = client.write([Buffer.alloc(1 << 20)]);
    expect([flowing, client.pendingBytes > 0]).toEqual([false, true]);
    server.onData(() => undefined);
    server.resume();
    await drained.promise;
    expect(client.pendingBytes).toBe(0);
  });

  test('sends what is waiting before it ends, and tells each side once', async () => {
    const { client, server } = await pair();
    const ends = [closed(client), closed(server)];
    client.onData(() => undefined);
    const receiving = collected(server, 5_000_000);
    client.write([Buffer.alloc(5_000_000)]);
    client.end();
    expect((await receiving).length).toBe(5_000_000);
    expect(await Promise.all(ends)).toEqual([undefined, undefined]);
    expect(client.write([Buffer.from('dropped')])).toBe(true);
  });

  test('tells a handler that comes too late that it is closed', async () => {
    const { client, server } = await pair();
    const serverEnd = closed(server);
    server.onData(() => undefined);
    client.destroy();
    await serverEnd;
    expect(await closed(client)).toBeUndefined();
  });
});

test('what is read is lent: the next read of any connection overwrites it', async () => {
  const [first, second] = [await pair(), await pair()];
  const lent = new Deferred<Buffer>();
  first.server.onData((chunk) => lent.resolve(chunk));
  first.client.write([Buffer.from('one')]);
  const chunk = await lent.promise;
  const receiving = collected(second.server, 3);
  second.client.write([Buffer.from('two')]);
  expect((await receiving).toString()).toBe('two');
  expect(chunk.toString()).toBe('two');
});

describe('connecting and listening', () => {
  test('fail with the error of the system', async () => {
    const { port } = await pair();
    await expect(network.listen({ host: '127.0.0.1', port }, () => undefined)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    await listeners.pop()!.close();
    await expect(network.connect({ host: '127.0.0.1', port, timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  test('a closed listener leaves its connections alone', async () => {
    const { client, server } = await pair();
    await listeners.pop()!.close();
    const receiving = collected(client, 5);
    server.write([Buffer.from('still')]);
    expect((await receiving).toString()).toBe('still');
  });
});
