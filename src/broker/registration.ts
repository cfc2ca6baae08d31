/**
 * The broker's entry in /brokers/ids: what it says about itself, and how it comes to stand there.
 *
 * Invariants: the id belongs to whoever holds the ephemeral znode, so a broker never takes it from a living session;
 * two brokers never advertise the same address (contract 2.3). After an unclean stop the dead session holds the id
 * until ZooKeeper expires it: that is waited out, with a countdown, unless `strict` asks for the original's answer,
 * which is to give up at once.
 */
import type { Endpoint } from '../config/index.ts';
import type { Logger, Timers } from '../runtime/index.ts';
import type { BrokerEndpoint, BrokerRegistration, KafkaZkClient } from '../zookeeper/index.ts';
import { BrokerStartError } from './broker-start-error.ts';

const NO_JMX_PORT = -1;
const RETRY_MS = 1000;
/** ZooKeeper expires sessions in steps of its tick, so an expiry can come this much after the timeout. */
const EXPIRY_SLACK_MS = 6000;

/**
 * The registration of a broker whose sockets are open. A port of 0 was chosen by the system and is known only by
 * then; a listener without a host is advertised under the machine's name.
 */
export function registrationOf(options: {
  readonly brokerId: number;
  readonly rack: string | null;
  readonly advertisedListeners: readonly Endpoint[];
  readonly boundPorts: ReadonlyMap<string, number>;
  readonly hostName: string;
}): BrokerRegistration {
  const endpoints = options.advertisedListeners.map(
    ({ listenerName, securityProtocol, host, port }): BrokerEndpoint => ({
      listenerName,
      securityProtocol,
      host: host === '' ? options.hostName : host,
      port: port === 0 ? (options.boundPorts.get(listenerName) ?? 0) : port,
    }),
  );
  return { id: options.brokerId, endpoints, rack: options.rack, features: new Map(), jmxPort: NO_JMX_PORT };
}

/** Registers, waiting for a dead predecessor's session to expire; resolves with the broker epoch. */
export async function registerBroker(options: {
  readonly zkClient: KafkaZkClient;
  readonly registration: BrokerRegistration;
  readonly sessionTimeoutMs: number;
  readonly strict: boolean;
  readonly timers: Timers;
  readonly logger: Logger;
}): Promise<number> {
  const { zkClient, registration, strict, timers, logger } = options;
  await refuseTakenAddresses(zkClient, registration);
  let remainingMs = options.sessionTimeoutMs + EXPIRY_SLACK_MS;
  for (;;) {
    const outcome = await zkClient.brokers.registerBroker(registration);
    if (outcome.kind === 'registered') return outcome.brokerEpoch;
    if (strict || remainingMs <= 0) throw ownedByAnotherSession(registration.id, outcome.owner, strict);
    logger.warn(
      `broker id ${registration.id} is still registered by session 0x${outcome.owner.toString(16)}; ` +
        `waiting for it to expire, at most ${Math.ceil(remainingMs / 1000)} s more (--strict gives up at once)`,
    );
    await timers.sleep(RETRY_MS);
    remainingMs -= RETRY_MS;
  }
}

function ownedByAnotherSession(id: number, owner: bigint, strict: boolean): BrokerStartError {
  const waited = strict ? '' : ' and its session did not expire';
  return new BrokerStartError(
    `/brokers/ids/${id} exists and belongs to session 0x${owner.toString(16)}${waited}: ` +
      'another broker with this id is running. Give this one another broker.id, or stop the other',
  );
}

async function refuseTakenAddresses(zkClient: KafkaZkClient, own: BrokerRegistration): Promise<void> {
  const addresses = new Set(own.endpoints.map(({ host, port }) => `${host}:${port}`));
  for (const { id, endpoints } of await zkClient.brokers.getAllBrokersInCluster()) {
    const taken = endpoints.find(({ host, port }) => addresses.has(`${host}:${port}`));
    if (id === own.id || taken === undefined) continue;
    throw new BrokerStartError(
      `${taken.host}:${taken.port} is already registered by broker ${id}: ` +
        'set advertised.listeners of one of the two to an address of its own',
    );
  }
}
