/** Sentences about sessions: how long they may be silent, that they outlive connections, and what ends them. */
import { expect } from '@jest/globals';
import type { Sentences } from './index.ts';
import { codeOf, data } from './stage.ts';

export const sessionSentences: Sentences = {
  'are granted a timeout between the bounds of the server': async (stage) => {
    const { min, max } = stage.place.sessionTimeoutMs;
    const granted: number[] = [];
    for (const sessionTimeoutMs of [min - 1, min + 1, max - 1, max + 1]) {
      const wire = await stage.wire('client', { sessionTimeoutMs });
      granted.push(wire.handshake!.sessionTimeoutMs);
    }
    expect(granted).toEqual([min, min + 1, max - 1, max]);
  },

  'live on over a new connection, with their ephemeral znodes': async (stage) => {
    const session = await stage.open('client');
    await session.create('/e', data('1'), 'ephemeral');
    const { sessionId } = session;
    for (let round = 0; round < 3; round++) {
      stage.cut('client');
      await stage.until(() => session.state !== 'connected', 'the connection is gone');
      stage.mend('client');
      expect((await session.exists('/e'))?.ephemeralOwner).toBe(sessionId);
    }
    expect(session.sessionId).toBe(sessionId);
    await session.setData('/e', data('2'), 0);
  },

  'are taken up by whoever knows the password, and by nobody else': async (stage) => {
    const first = await stage.wire('first');
    const { sessionId, password } = first.handshake!;
    const stranger = await stage.wire('stranger', { sessionId, password: Buffer.alloc(16, 7) });
    expect(stranger.handshake).toMatchObject({ sessionTimeoutMs: 0, sessionId: 0n });
    await stage.until(() => stranger.isClosed, 'the stranger is shown the door');
    // Whoever asks for a session breaks the connection it had, and no more: the session lives.
    await stage.until(() => first.isClosed, 'who held the session is told');
    const heir = await stage.wire('heir', { sessionId, password });
    expect(heir.handshake).toMatchObject({ sessionId, sessionTimeoutMs: first.handshake!.sessionTimeoutMs });
  },

  'that are no more, or never were, are refused': async (stage) => {
    const session = await stage.open('client');
    const wire = await stage.wire('unknown', { sessionId: session.sessionId + 0x1234n });
    expect(wire.handshake).toMatchObject({ sessionTimeoutMs: 0, sessionId: 0n });
    await stage.until(() => wire.isClosed, 'it is closed');
  },

  'are not taken up by a server that knows less than their client': async (stage) => {
    const wire = await stage.wire('client', { lastZxid: 1n << 60n });
    expect(wire.handshake).toBeUndefined();
    expect(wire.isClosed).toBe(true);
  },

  'that are closed take their ephemeral znodes along at once, and nothing else': async (stage) => {
    const [session, other] = [await stage.open('client'), await stage.open('other')];
    await session.create('/p', null, 'persistent');
    await session.create('/p/e1', null, 'ephemeral');
    await session.create('/p/e-', null, 'ephemeral-sequential');
    await session.create('/p/n-', null, 'persistent-sequential');
    await other.sync('/p');
    await other.create('/p/of-other', null, 'ephemeral');
    await session.close();
    await other.sync('/p');
    const { children, stat } = await other.getChildren('/p');
    expect([...children].sort()).toEqual(['n-0000000002', 'of-other']);
    // Made four, lost two.
    expect(stat.childrenVersion).toBe(6);
  },

  'whose client is silent for too long expire, and the client hears of it when it is back': async (stage) => {
    const session = await stage.open('client', { sessionTimeoutMs: stage.place.sessionTimeoutMs.min });
    const other = await stage.open('other');
    await session.create('/e', null, 'ephemeral');
    await other.sync('/e');
    expect(await other.exists('/e')).not.toBeNull();
    stage.cut('client');
    await stage.until(async () => {
      await other.sync('/e');
      return (await other.exists('/e')) === null;
    }, 'the ephemeral znode is gone');
    expect(session.state).not.toBe('expired');
    stage.mend('client');
    await stage.until(() => session.state === 'expired', 'the client knows');
    expect(await codeOf(session.exists('/'))).toBe('SessionExpired');
  },
};
