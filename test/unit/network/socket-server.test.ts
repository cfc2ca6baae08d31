import { describe, expect, test } from '@jest/globals';
import type { Fact } from '../../../src/observe/index.ts';
import { FactStream } from '../../../src/observe/index.ts';
import { frameOf, startServer, TestClient } from './support.ts';
import type { Request } from './support.ts';

const EXPIRED = 'kafka.network:type=SocketServer,name=ExpiredConnectionsKilledCount';
const CONTROL_PLANE_EXPIRED = EXPIRED.replace('=Expired', '=ControlPlaneExpired');

const echo = (request: Request): void => request.respond([frameOf(request.frame)]);

describe('requests of one connection', () => {
  test('are handed out one at a time and answered in their order', async () => {
    const { world, requests, connect } = await startServer();
    const client = await connect();
    client.send('one', 'two', 'three');
    await world.run(100);
    expect(requests.map(({ frame }) => frame.toString())).toEqual(['one']);
    expect(requests[0]!.connection.isMuted).toBe(true);
    for (const answer of ['1', '2', '3']) {
      requests.at(-1)!.respond([Buffer.from(answer)]);
      await world.run(100);
    }
    expect(requests.map(({ frame }) => frame.toString())).toEqual(['one', 'two', 'three']);
    expect(client.received).toBe('123');
  });

  test('are answered in order also by a server that answers at once, thousands in one go', async () => {
    const { world, connect } = await startServer({ onRequest: echo });
    const client = await connect();
    const payloads = Array.from({ length: 5000 }, (_, index) => `request ${index}`);
    client.send(...payloads);
    const expected = Buffer.concat(payloads.map(frameOf)).toString('latin1');
    await world.runUntil(() => client.received.length >= expected.length);
    expect(client.received).toBe(expected);
  });

  test.each([
    { listener: 'of clients', controlPlaneListener: undefined, most: 2 },
    { listener: 'of the controller', controlPlaneListener: 'PLAINTEXT', most: 20 },
  ])('$listener, are at most $most in a turn of the event loop when each takes long', async (row) => {
    const { controlPlaneListener, most } = row;
    let nowMs = 0;
    let inTurn = 0;
    const perTurn: number[] = [];
    const { world, connect } = await startServer(
      {
        onRequest: (request) => {
          if (inTurn++ === 0)
            world.scheduler.endOfTurn(() => {
              perTurn.push(inTurn);
              inTurn = 0;
            });
          nowMs += 5;
          echo(request);
        },
        controlPlaneListener,
      },
      { clock: { wallMs: () => 0, monotonicMs: () => nowMs } },
    );
    const client = await connect();
    const payloads = Array.from({ length: 20 }, (_, index) => `request ${index}`);
    client.send(...payloads);
    const expected = Buffer.concat(payloads.map(frameOf)).toString('latin1');
    await world.runUntil(() => client.received.length >= expected.length);
    expect(client.received).toBe(expected);
    expect(Math.max(...perTurn)).toBe(most);
    expect(perTurn.length).toBeGreaterThanOrEqual(payloads.length / most);
  });

  test('that expect no response let the next one through', async () => {
    const { world, requests, connect } = await startServer();
    const client = await connect();
    client.send('acks=0', 'next');
    await world.run(100);
    requests[0]!.respond(null);
    await world.run(100);
    expect(requests).toHaveLength(2);
    expect(client.received).toBe('');
  });

  describe('of one API, when each lets the same follow,', () => {
    const produce = (name: string): Buffer => Buffer.concat([Buffer.from([0, 0]), Buffer.from(name)]);
    const fetch = (name: string): Buffer => Buffer.concat([Buffer.from([0, 1]), Buffer.from(name)]);
    const namesOf = (requests: readonly Request[]): string[] =>
      requests.map(({ frame }) => frame.subarray(2).toString());

    test('are begun before those in front are answered, five at most', async () => {
      const { world, requests, connect } = await startServer({
        onRequest: (request) => {
          requests.push(request);
          request.letSameFollow();
        },
      });
      const client = await connect();
      client.send(...['a', 'b', 'c', 'd', 'e', 'f'].map(produce));
      await world.run(100);
      expect(namesOf(requests)).toEqual(['a', 'b', 'c', 'd', 'e']);
      requests[0]!.respond([Buffer.from('A')]);
      await world.run(100);
      expect(namesOf(requests)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    });

    test('are answered in the order in which they came', async () => {
      const { world, requests, connect } = await startServer({
        onRequest: (request) => {
          requests.push(request);
          request.letSameFollow();
        },
      });
      const client = await connect();
      client.send(...['a', 'b', 'c'].map(produce));
      await world.run(100);
      requests[2]!.respond([Buffer.from('C')]);
      requests[1]!.respond(null);
      await world.run(100);
      expect(client.received).toBe('');
      requests[0]!.respond([Buffer.from('A')]);
      await world.run(100);
      expect(client.received).toBe('AC');
    });

    test('are not overtaken by one of another API', async () => {
      const { world, requests, connect } = await startServer({
        onRequest: (request) => {
          requests.push(request);
          request.letSameFollow();
        },
      });
      const client = await connect();
      client.send(produce('a'), fetch('b'), produce('c'));
      await world.run(100);
      expect(namesOf(requests)).toEqual(['a']);
      requests[0]!.respond([Buffer.from('A')]);
      await world.run(100);
      expect(namesOf(requests)).toEqual(['a', 'b']);
    });

    test('follow only once the last of them lets them', async () => {
      const { world, requests, connect } = await startServer();
      const client = await connect();
      client.send(...['a', 'b', 'c'].map(produce));
      await world.run(100);
      requests[0]!.letSameFollow();
      await world.run(100);
      expect(namesOf(requests)).toEqual(['a', 'b']);
      requests[0]!.respond([Buffer.from('A')]);
      await world.run(100);
      expect(namesOf(requests)).toEqual(['a', 'b']);
      requests[1]!.letSameFollow();
      await world.run(100);
      expect(namesOf(requests)).toEqual(['a', 'b', 'c']);
    });

    test('wait while those in hand are large', async () => {
      const { world, requests, connect } = await startServer({
        onRequest: (request) => {
          requests.push(request);
          request.letSameFollow();
        },
      });
      const client = await connect();
      const large = 'x'.repeat(600_000);
      client.send(...[large, large, 'small'].map(produce));
      await world.runUntil(() => requests.length === 2);
      await world.run(100);
      expect(requests).toHaveLength(2);
      requests[0]!.respond([Buffer.from('A')]);
      await world.run(100);
      expect(requests).toHaveLength(3);
    });

    test('are given up with their connection, and their memory is free again', async () => {
      const { world, requests, connect } = await startServer({
        queuedMaxRequestBytes: 10,
        onRequest: (request) => {
          requests.push(request);
          request.letSameFollow();
        },
      });
      const client = await connect();
      client.send(...['a', 'b', 'c'].map(produce));
      await world.run(100);
      expect(requests).toHaveLength(3);
      requests[1]!.respond([Buffer.from('B')]);
      requests[0]!.respond([Buffer.from('A')], { thenClose: 'enough' });
      await world.run(100);
      expect([client.received, client.closed]).toEqual(['A', true]);
      requests[2]!.respond([Buffer.from('C')]);
      const other = await connect();
      other.send(...['d', 'e', 'f'].map(produce));
      await world.run(100);
      expect(namesOf(requests)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    });
  });

  test('wait out a throttle after the response was sent', async () => {
    const { world, requests, connect } = await startServer();
    const client = await connect();
    client.send('one', 'two');
    await world.run(100);
    requests[0]!.respond([Buffer.from('1')], { throttleMs: 5000 });
    await world.run(4900);
    expect([client.received, requests.length]).toEqual(['1', 1]);
    await world.run(200);
    expect(requests).toHaveLength(2);
  });

  test('tell when their response has left, and never when its connection closed before', async () => {
    const { world, requests, connect } = await startServer();
    const [stays, leaves] = [await connect(), await connect('other')];
    stays.send('one');
    leaves.send('two');
    await world.run(100);
    leaves.socket.destroy();
    await world.run(100);
    const sent: string[] = [];
    for (const request of requests) {
      const payload = request.frame.toString();
      request.respond([Buffer.from('1')], { onSent: () => sent.push(payload) });
    }
    await world.run(100);
    expect(sent).toEqual(['one']);
  });

  test('do not hold up those of other connections', async () => {
    const { world, requests, connect } = await startServer();
    const [first, second] = [await connect(), await connect()];
    first.send('slow');
    second.send('fast');
    await world.run(100);
    requests.find(({ frame }) => frame.toString() === 'fast')!.respond([Buffer.from('done')]);
    await world.run(100);
    expect([first.received, second.received]).toEqual(['', 'done']);
  });

  test('may be answered twice or after the connection closed without effect', async () => {
    const { world, requests, connect } = await startServer();
    const client = await connect();
    client.send('one', 'two');
    await world.run(100);
    requests[0]!.respond([Buffer.from('1')]);
    requests[0]!.respond([Buffer.from('again')]);
    await world.run(100);
    client.socket.destroy();
    await world.run(100);
    requests[1]!.respond([Buffer.from('late')]);
    expect(client.received).toBe('1');
  });
});

describe('starting', () => {
  test('connections are taken before requests are processed', async () => {
    const { world, server, requests, connect } = await startServer({}, { processing: false });
    const client = await connect();
    client.send('early');
    await world.run(100);
    expect([server.connectionCount, requests.length]).toEqual([1, 0]);
    server.startProcessing();
    await world.run(100);
    expect(requests.map(({ frame }) => frame.toString())).toEqual(['early']);
  });

  test('a port that is taken fails the start and leaves no listener behind', async () => {
    const { world, port } = await startServer();
    const listeners = [
      { listenerName: 'A', host: '', port: 31_000 },
      { listenerName: 'B', host: '', port },
    ];
    const other = world.runtimeFor('broker');
    await expect(startOn(other)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const again = await other.network.listen({ host: '', port: 31_000 }, () => undefined);
    expect(again.port).toBe(31_000);

    async function startOn(runtime: typeof other): Promise<unknown> {
      const { SocketServer } = await import('../../../src/network/index.ts');
      const { Metrics } = await import('../../../src/metrics/index.ts');
      return new SocketServer({
        runtime,
        metrics: new Metrics(runtime.clock),
        listeners,
        openSession: () => undefined,
        onRequest: () => undefined,
      }).bind();
    }
  });
});

test('a connection is known by its two ends, its listener and its session, and told about in facts', async () => {
  const facts = new FactStream({ broker: 1, nowMs: () => 0 });
  const seen: Fact[] = [];
  facts.subscribe((fact) => seen.push(fact));
  const { world, requests, port, connect } = await startServer({ facts });
  const client = await connect();
  client.send('hello');
  await world.run(10);
  const { connection } = requests[0]!;
  expect(connection.id).toBe(`10.0.0.2:${port}-10.0.0.1:${client.socket.localPort}-0`);
  expect([connection.listenerName, connection.session.opened]).toEqual(['PLAINTEXT', connection.openedAtMs]);
  connection.close('the test says so');
  await world.run(10);
  expect(client.closed).toBe(true);
  expect(seen).toMatchObject([
    { kind: 'connection-opened', connection: connection.id, listener: 'PLAINTEXT' },
    { kind: 'connection-closed', connection: connection.id, reason: 'the test says so' },
  ]);
});

describe('bounds', () => {
  test('a connection that is idle for too long is closed, an active one is not', async () => {
    const { world, server, metrics, connect } = await startServer({
      onRequest: echo,
      connectionsMaxIdleMs: 10_000,
    });
    const [idle, active] = [await connect(), await connect()];
    for (let second = 0; second < 15; second++) {
      active.send('ping');
      await world.run(1000);
    }
    expect([idle.closed, active.closed, server.connectionCount]).toEqual([true, false, 1]);
    expect(metrics.get(EXPIRED)).toMatchObject({ value: 1 });
    expect(metrics.get(CONTROL_PLANE_EXPIRED)).toMatchObject({ value: 0 });
  });

  test('what was idle on the listener of the controller is counted by itself', async () => {
    const listeners = ['CLIENTS', 'CONTROL'].map((listenerName) => ({ listenerName, host: '', port: 0 }));
    const { world, server, metrics } = await startServer({
      listeners,
      controlPlaneListener: 'CONTROL',
      connectionsMaxIdleMs: 10_000,
    });
    await TestClient.connect(world, 'controller', server.ports().get('CONTROL')!);
    await world.run(15_000);
    expect(metrics.get(EXPIRED)).toMatchObject({ value: 0 });
    expect(metrics.get(CONTROL_PLANE_EXPIRED)).toMatchObject({ value: 1 });
  });

  test('an address has its share of connections, which is free again when they close', async () => {
    const limits = { maxPerIp: 2, maxPerIpOverrides: { '10.0.0.3': 1 } };
    const { world, server, connect } = await startServer({ limits });
    const clients = [await connect('a'), await connect('a'), await connect('a')];
    await world.run(10);
    expect(clients.map(({ closed }) => closed)).toEqual([false, false, true]);
    const special = [await connect('b'), await connect('b')];
    await world.run(10);
    expect(special.map(({ closed }) => closed)).toEqual([false, true]);
    clients[0]!.socket.end();
    await world.run(10);
    const next = await connect('a');
    await world.run(10);
    expect([next.closed, server.connectionCount]).toEqual([false, 3]);
  });

  test('beyond max.connections a connection waits until another one closes', async () => {
    const { world, server, connect } = await startServer({ onRequest: echo, limits: { maxConnections: 1 } });
    const [first, second] = [await connect(), await connect()];
    second.send('patient');
    await world.run(1000);
    expect([server.connectionCount, second.received]).toEqual([1, '']);
    first.socket.end();
    await world.run(1000);
    expect([second.closed, second.received.slice(4)]).toEqual([false, 'patient']);
  });

  test('beyond max.connections the listener between brokers is served at the cost of the most idle client', async () => {
    const listeners = ['CLIENTS', 'BROKERS'].map((listenerName) => ({ listenerName, host: '', port: 0 }));
    const { world, server, connect } = await startServer({
      listeners,
      protectedListener: 'BROKERS',
      limits: { maxConnections: 2 },
    });
    const idle = await connect();
    await world.run(10);
    const active = await connect();
    await world.run(10);
    const broker = await TestClient.connect(world, 'other-broker', server.ports().get('BROKERS')!);
    await world.run(10);
    expect([idle.closed, active.closed, broker.closed]).toEqual([true, false, false]);
  });

  test('connections that come too fast wait, and those between brokers wait for nobody else', async () => {
    const listeners = ['CLIENTS', 'BROKERS'].map((listenerName) => ({ listenerName, host: '', port: 0 }));
    const limits = { maxCreationRate: 2 };
    const { world, server, connect } = await startServer({ listeners, protectedListener: 'BROKERS', limits });
    for (let count = 0; count < 25; count++) await connect();
    const burst = server.connectionCount;
    // Ten seconds' worth may come at once; after that it is as many as are wanted, and a little faster at first.
    expect([burst >= 20, burst < 25]).toEqual([true, true]);
    await TestClient.connect(world, 'other-broker', server.ports().get('BROKERS')!);
    expect(server.connectionCount).toBe(burst + 1);
    await world.run(1100);
    expect(server.connectionCount).toBeGreaterThan(burst + 1);
    expect(server.connectionCount).toBeLessThan(26);
    await world.run(10_000);
    expect(server.connectionCount).toBe(26);
  });

  test('with a higher rate those that wait are let in after a second', async () => {
    const { world, server, connect } = await startServer({ limits: { maxCreationRate: 1 } });
    for (let count = 0; count < 20; count++) await connect();
    expect(server.connectionCount).toBeLessThan(13);
    server.changeLimits({ maxCreationRate: 1000 });
    await world.run(1100);
    expect(server.connectionCount).toBe(20);
  });

  test('a length that cannot be closes the connection, and no other', async () => {
    const { world, server, connect } = await startServer({ onRequest: echo, socketRequestMaxBytes: 1000 });
    const [hostile, honest] = [await connect(), await connect()];
    hostile.socket.write([Buffer.from('GET / HTTP/1.1\r\n')]);
    honest.send('hello');
    await world.run(100);
    expect([hostile.closed, hostile.received, honest.received.slice(4)]).toEqual([true, '', 'hello']);
    expect(server.connectionCount).toBe(1);
  });

  test('requests beyond queued.max.request.bytes wait for memory, and each gets its turn', async () => {
    const { world, requests, metrics, connect } = await startServer({ queuedMaxRequestBytes: 1500 });
    const clients: TestClient[] = [];
    for (const host of ['a', 'b', 'c', 'd']) {
      const client = await connect(host);
      client.send(Buffer.alloc(1000));
      await world.run(100);
      clients.push(client);
    }
    const used = 'kafka.network:type=SocketServer,name=MemoryPoolUsed';
    expect([requests.length, metrics.get(used)]).toMatchObject([2, { value: 2000 }]);
    clients[2]!.socket.destroy();
    await world.run(100);
    requests[0]!.releaseMemory();
    await world.run(100);
    expect(requests).toHaveLength(3);
    for (const request of requests) request.respond([Buffer.from('1')]);
    await world.run(100);
    expect(metrics.get(used)).toMatchObject({ value: 0 });
    expect(clients.map(({ received }) => received)).toEqual(['1', '1', '', '1']);
  });

  test('a client that does not read its responses is not served further', async () => {
    let handled = 0;
    const big = Buffer.alloc(100_000);
    const { world, connect } = await startServer({
      onRequest: (request) => {
        handled += 1;
        request.respond([big]);
      },
    });
    const client = await connect();
    client.socket.pause();
    client.send(...Array<string>(200).fill('give'));
    await world.run(10_000);
    expect(handled).toBeLessThan(20);
    client.socket.resume();
    await world.runUntil(() => client.received.length === 200 * big.length);
    expect(handled).toBe(200);
  });

  test('a client that sends faster than it is served is held back', async () => {
    const { world, requests, connect } = await startServer();
    const client = await connect();
    for (let count = 0; count < 50; count++) client.send(Buffer.alloc(100_000));
    await world.run(10_000);
    expect(requests).toHaveLength(1);
    expect(client.socket.pendingBytes).toBeGreaterThan(4_000_000);
  });
});

describe('ending', () => {
  test('a response can be the last thing a connection says', async () => {
    const { world, requests, connect } = await startServer();
    const client = await connect();
    client.send('bad credentials', 'never read');
    await world.run(100);
    requests[0]!.respond([Buffer.from('refused')], { thenClose: 'authentication failed' });
    await world.run(100);
    expect([client.received, client.closed, requests.length]).toEqual(['refused', true, 1]);
  });

  test('when processing stops, requests at hand can be answered and no new ones come', async () => {
    const { world, server, requests, connect } = await startServer();
    const client = await connect();
    client.send('one', 'two');
    await world.run(100);
    server.stopProcessing();
    requests[0]!.respond([Buffer.from('1')]);
    await world.run(100);
    expect([client.received, requests.length]).toEqual(['1', 1]);
  });

  test('shutdown closes every listener and connection', async () => {
    const { world, server, connect } = await startServer({ limits: { maxConnections: 1 } });
    const [open, waiting] = [await connect(), await connect()];
    await server.shutdown();
    await world.run(100);
    expect([open.closed, waiting.closed, server.connectionCount]).toEqual([true, true, 0]);
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('a listener that is removed takes its connections with it and leaves the others', async () => {
    const { world, server, connect } = await startServer({ onRequest: echo });
    const port = await server.addListener({ listenerName: 'EXTRA', host: '', port: 0 });
    const extra = await TestClient.connect(world, 'client', port);
    const plain = await connect();
    await server.removeListener('EXTRA');
    plain.send('still here');
    await world.run(100);
    expect([extra.closed, plain.received.slice(4)]).toEqual([true, 'still here']);
  });

  test('a handler that throws closes its connection', async () => {
    const { world, connect } = await startServer({
      onRequest: () => {
        throw new Error('a bug');
      },
    });
    const client = await connect();
    client.send('boom');
    await world.run(100);
    expect(client.closed).toBe(true);
  });
});
