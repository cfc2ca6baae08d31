import { describe, expect, test } from '@jest/globals';
import { NetworkClient, ReconnectingClient } from '../../../src/network/index.ts';
import type { NetworkClientOptions } from '../../../src/network/index.ts';
import { ApiKeys, decodeRequestHeader, encodeResponse, ErrorCode } from '../../../src/protocol/index.ts';
import { HeartbeatRequest, HeartbeatResponse } from '../../../src/protocol/messages/12-heartbeat.ts';
import { ApiVersionsRequest, ApiVersionsResponse } from '../../../src/protocol/messages/18-api-versions.ts';
import { frameOf, startServer } from './support.ts';
import type { Request, TestServer } from './support.ts';

const HEARTBEAT = { groupId: 'g', generationId: 1, memberId: 'm', groupInstanceId: null };

function answerHeartbeat(request: Request, generation = 0): void {
  const { correlationId } = decodeRequestHeader(request.frame);
  request.respond(
    encodeResponse(HeartbeatResponse, 4, correlationId, { throttleTimeMs: generation, errorCode: 0 }),
  );
}

/** Answers ApiVersions as a broker that knows it up to `maxVersion`, and everything else as a heartbeat. */
function brokerKnowing(maxVersion: number) {
  return (request: Request): void => {
    const { apiKey, apiVersion, correlationId } = decodeRequestHeader(request.frame);
    if (apiKey !== ApiKeys.ApiVersions) {
      answerHeartbeat(request);
      return;
    }
    const isKnown = apiVersion <= maxVersion;
    request.respond(
      encodeResponse(ApiVersionsResponse, isKnown ? apiVersion : 0, correlationId, {
        errorCode: isKnown ? 0 : ErrorCode.UNSUPPORTED_VERSION,
        apiKeys: [
          { apiKey: ApiKeys.ApiVersions, minVersion: 0, maxVersion },
          { apiKey: ApiKeys.Heartbeat, minVersion: 0, maxVersion: 3 },
        ],
      }),
    );
  };
}

function connect(
  { world, port }: TestServer,
  options: Partial<NetworkClientOptions> = {},
): Promise<NetworkClient> {
  const connecting = NetworkClient.connect(
    world.runtimeFor('client'),
    { host: 'broker', port },
    { clientId: 'c', ...options },
  );
  return world.settle(connecting);
}

function heartbeat(client: NetworkClient, timeoutMs?: number): Promise<HeartbeatResponse> {
  return client.send(
    HeartbeatRequest,
    HeartbeatResponse,
    4,
    HEARTBEAT,
    timeoutMs === undefined ? {} : { timeoutMs },
  );
}

describe('a call', () => {
  test('ends with its own response when several are under way', async () => {
    let count = 0;
    const broker = await startServer({ onRequest: (request) => answerHeartbeat(request, ++count) });
    const client = await connect(broker);
    const answers = await broker.world.settle(
      Promise.all([heartbeat(client), heartbeat(client), heartbeat(client)]),
    );
    expect(answers.map(({ throttleTimeMs }) => throttleTimeMs)).toEqual([1, 2, 3]);
    expect(client.inFlight).toBe(0);
  });

  test('ends when its time is up, and the connection with it', async () => {
    const broker = await startServer();
    const client = await connect(broker);
    const [impatient, patient] = [heartbeat(client, 1000), heartbeat(client, 9000)];
    const outcome = Promise.allSettled([impatient, patient]);
    expect(await broker.world.settle(outcome)).toMatchObject([
      { reason: { failure: 'TIMED_OUT' } },
      { reason: { failure: 'TIMED_OUT' } },
    ]);
    expect([client.isOpen, Math.round(broker.world.nowMs / 1000)]).toEqual([false, 1]);
    await expect(heartbeat(client)).rejects.toMatchObject({ failure: 'TIMED_OUT' });
  });

  test('ends when the connection is lost', async () => {
    const broker = await startServer();
    const client = await connect(broker);
    const calling = heartbeat(client);
    broker.world.runtimeFor('client').timers.after(50, () => broker.world.kill('broker'));
    await expect(broker.world.settle(calling)).rejects.toMatchObject({ failure: 'DISCONNECTED' });
    await client.closed;
  });

  test('ends when the answer is not the one to it', async () => {
    const broker = await startServer({
      onRequest: (request) => request.respond(encodeResponse(HeartbeatResponse, 4, 4711, { errorCode: 0 })),
    });
    const client = await connect(broker);
    await expect(broker.world.settle(heartbeat(client))).rejects.toMatchObject({ failure: 'BAD_RESPONSE' });
  });

  test('ends when the answer cannot be read', async () => {
    const broker = await startServer({ onRequest: (request) => request.respond([frameOf(Buffer.alloc(5))]) });
    const client = await connect(broker);
    await expect(broker.world.settle(heartbeat(client))).rejects.toMatchObject({ failure: 'BAD_RESPONSE' });
  });

  test('is refused when too many wait', async () => {
    const broker = await startServer();
    const client = await connect(broker, { maxInFlight: 1 });
    const waiting = heartbeat(client);
    await expect(heartbeat(client)).rejects.toMatchObject({ failure: 'TOO_MANY_IN_FLIGHT' });
    client.close();
    await expect(waiting).rejects.toMatchObject({ failure: 'CLOSED' });
  });
});

describe('connecting', () => {
  test('fails with the reason when nobody listens or nobody answers', async () => {
    const { world, port } = await startServer();
    const client = world.runtimeFor('client');
    const options = { clientId: 'c', connectTimeoutMs: 500 };
    const nobody = NetworkClient.connect(client, { host: 'broker', port: port + 1 }, options);
    await expect(world.settle(nobody)).rejects.toMatchObject({
      failure: 'DISCONNECTED',
      cause: { code: 'ECONNREFUSED' },
    });
    world.network.cut('client', 'broker');
    const silent = NetworkClient.connect(client, { host: 'broker', port }, options);
    await expect(world.settle(silent)).rejects.toMatchObject({ cause: { code: 'ETIMEDOUT' } });
  });

  test('authenticates before anything else, and fails if that fails', async () => {
    const broker = await startServer({ onRequest: (request) => request.respond([frameOf('challenge')]) });
    const answers: string[] = [];
    const client = await connect(broker, {
      authenticate: async (connected) => {
        answers.push((await connected.sendRaw(Buffer.from('token'))).toString());
      },
    });
    expect([answers, client.isOpen]).toEqual([['challenge'], true]);
    const refused = connect(broker, { authenticate: () => Promise.reject(new Error('wrong password')) });
    await expect(refused).rejects.toThrow('wrong password');
  });

  test.each([0, 2, 3])(
    'negotiates with a broker that knows ApiVersions up to version %i',
    async (maxVersion) => {
      const broker = await startServer({ onRequest: brokerKnowing(maxVersion) });
      const client = await connect(broker);
      expect(client.negotiatedVersion(HeartbeatRequest)).toBeUndefined();
      await broker.world.settle(client.negotiate());
      expect(client.negotiatedVersion(HeartbeatRequest)).toBe(3);
      expect(client.negotiatedVersion(HeartbeatRequest, { min: 0, max: 1 })).toBe(1);
      expect(client.negotiatedVersion(HeartbeatRequest, { min: 4, max: 4 })).toBeUndefined();
      expect(client.negotiatedVersion(ApiVersionsRequest)).toBe(maxVersion);
      expect(client.negotiatedVersion(ApiKeys.Produce)).toBeUndefined();
    },
  );
});

describe('a reconnecting client', () => {
  const call = (client: ReconnectingClient): Promise<HeartbeatResponse> =>
    client.send(HeartbeatRequest, HeartbeatResponse, 4, HEARTBEAT);

  test('connects when it is first needed, once for all who wait, and anew when the connection was lost', async () => {
    const { world, server, metrics, port } = await startServer({ onRequest: brokerKnowing(3) });
    const client = new ReconnectingClient(
      world.runtimeFor('client'),
      { host: 'broker', port },
      { clientId: 'c' },
    );
    expect(client.isConnected).toBe(false);
    await world.settle(Promise.all([call(client), call(client)]));
    for (const connection of server.connections()) connection.close('by the test');
    await world.run(100);
    expect(client.isConnected).toBe(false);
    await world.settle(call(client));
    const created = metrics.get('kafka.server:type=socket-server-metrics#connection-creation-total', {
      listener: 'PLAINTEXT',
      networkProcessor: 0,
    });
    expect(created).toMatchObject({ value: 2 });
  });

  test('waits longer after each failure, up to a bound', async () => {
    const { world, port } = await startServer();
    const client = new ReconnectingClient(
      world.runtimeFor('client'),
      { host: 'broker', port: port + 1 },
      { clientId: 'c' },
    );
    const failedAtMs: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      await expect(world.settle(call(client))).rejects.toMatchObject({ failure: 'DISCONNECTED' });
      failedAtMs.push(world.nowMs);
    }
    const waitsMs = failedAtMs.slice(1).map((atMs, index) => atMs - failedAtMs[index]!);
    for (const [index, waitMs] of waitsMs.entries()) {
      const plainMs = Math.min(1000, 50 * 2 ** index);
      expect(waitMs).toBeGreaterThan(plainMs * 0.75);
      expect(waitMs).toBeLessThan(plainMs * 1.3 + 5);
    }
  });

  test('refuses calls once it is closed, also one that is just connecting', async () => {
    const { world, port } = await startServer({ onRequest: brokerKnowing(3) });
    const client = new ReconnectingClient(
      world.runtimeFor('client'),
      { host: 'broker', port },
      { clientId: 'c' },
    );
    const connecting = call(client);
    client.close();
    await expect(world.settle(connecting)).rejects.toMatchObject({ failure: 'CLOSED' });
    await expect(call(client)).rejects.toMatchObject({ failure: 'CLOSED' });
  });
});
