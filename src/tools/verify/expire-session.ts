/**
 * Ends the ZooKeeper session of a broker behind its back, as if it had not been heard of for the session timeout. Who
 * knows a session's id and password may close it; and ZooKeeper makes the password out of the id alone: 16 bytes of
 * Java's Random, seeded with the id and a constant that is the same in every server.
 *
 * The broker learns it when it reconnects: its session has expired, its registration is gone, and it must begin anew.
 */
import type { Runtime } from '../../runtime/index.ts';
import { openZooKeeperSession, type ZooKeeperSession } from '../../zookeeper/index.ts';

const SUPER_SECRET = 0xb341_5c00n;
const PASSWORD_BYTES = 16;
const SESSION_TIMEOUT_MS = 10_000;
const CALL_TIMEOUT_MS = 10_000;

export async function expireBrokerSession(
  connect: string,
  brokerId: number,
  runtime: Runtime,
): Promise<void> {
  const asking = open(connect, runtime);
  let sessionId: bigint;
  try {
    sessionId = (await asking.getData(`/brokers/ids/${brokerId}`)).stat.ephemeralOwner;
  } finally {
    await asking.close();
  }
  const taken = open(connect, runtime, { sessionId, password: sessionPassword(sessionId) });
  // An answer shows that the session is ours now; closing one that never was would do nothing.
  await taken.getData('/').finally(() => taken.close());
}

function open(
  connect: string,
  { network, clock, timers, random, logger }: Runtime,
  resume?: { readonly sessionId: bigint; readonly password: Buffer },
): ZooKeeperSession {
  return openZooKeeperSession({
    connect,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    callTimeoutMs: CALL_TIMEOUT_MS,
    network,
    clock,
    timers,
    random,
    logger,
    ...(resume === undefined ? {} : { resume }),
  });
}

export function sessionPassword(sessionId: bigint): Buffer {
  const next = javaRandom(sessionId ^ SUPER_SECRET);
  const password = Buffer.alloc(PASSWORD_BYTES);
  for (let at = 0; at < PASSWORD_BYTES; at += 4) password.writeUInt32LE(next(), at);
  return password;
}

const MULTIPLIER = 0x5deec_e66dn;
const INCREMENT = 0xbn;
const STATE_BITS = 48;

/** java.util.Random: the upper 32 of 48 bits that a multiplication moves on. */
function javaRandom(seed: bigint): () => number {
  let state = BigInt.asUintN(STATE_BITS, seed ^ MULTIPLIER);
  return () => {
    state = BigInt.asUintN(STATE_BITS, state * MULTIPLIER + INCREMENT);
    return Number(state >> BigInt(STATE_BITS - 32));
  };
}
