/**
 * How many connections a broker takes: Kafka's ConnectionQuotas. An address that has its share is turned away at
 * once. When the broker or a listener is full, a connection waits to be let in, as Kafka's acceptor waits; only
 * the listener between brokers is served at once, at the cost of whoever has been idle longest elsewhere (KIP-402).
 */
export interface ConnectionLimitSettings {
  /** `max.connections` */
  readonly maxConnections: number;
  /** `listener.name.<name>.max.connections` */
  readonly maxPerListener?: Readonly<Record<string, number>>;
  /** `max.connection.creation.rate` */
  readonly maxCreationRate: number;
  /** `listener.name.<name>.max.connection.creation.rate` */
  readonly maxCreationRatePerListener?: Readonly<Record<string, number>>;
  /** `max.connections.per.ip` */
  readonly maxPerIp: number;
  /** `max.connections.per.ip.overrides` */
  readonly maxPerIpOverrides?: Readonly<Record<string, number>>;
}

export type Admission = 'admit' | 'wait' | 'refuse' | 'admit-and-close-oldest';

export const UNLIMITED = 0x7fff_ffff;

export class ConnectionLimits {
  #settings: ConnectionLimitSettings;
  #protectedListener: string | undefined;
  readonly #byIp = new Map<string, number>();
  readonly #byListener = new Map<string, number>();
  #total = 0;

  constructor(settings: Partial<ConnectionLimitSettings>) {
    this.#settings = complete(settings);
  }

  /** The listener between brokers, when it is not the only one. */
  protect(listener: string | undefined): void {
    this.#protectedListener = listener;
  }

  get total(): number {
    return this.#total;
  }

  ofListener(listener: string): number {
    return this.#byListener.get(listener) ?? 0;
  }

  change(settings: Partial<ConnectionLimitSettings>): void {
    this.#settings = complete(settings);
  }

  /** Connections per second. */
  rates(listener: string): { readonly ofBroker: number; readonly ofListener: number } {
    const { maxCreationRate, maxCreationRatePerListener } = this.#settings;
    return {
      ofBroker: maxCreationRate,
      ofListener: maxCreationRatePerListener?.[listener] ?? maxCreationRate,
    };
  }

  /** What to do with a new connection. Those that wait count for their address, not for the broker. */
  decide(listener: string, address: string): Admission {
    if (this.#ofIp(address) >= this.#maxOfIp(address)) return 'refuse';
    const listenerLimit = this.#settings.maxPerListener?.[listener] ?? UNLIMITED;
    if (this.ofListener(listener) >= listenerLimit) return 'wait';
    if (this.#total < this.#settings.maxConnections) return 'admit';
    return listener === this.#protectedListener ? 'admit-and-close-oldest' : 'wait';
  }

  /** True while the broker has more connections than it may: one too many was let in on the protected listener. */
  get isOver(): boolean {
    return this.#total > this.#settings.maxConnections;
  }

  isProtected(listener: string): boolean {
    return listener === this.#protectedListener;
  }

  countAddress(address: string): void {
    this.#byIp.set(address, this.#ofIp(address) + 1);
  }

  uncountAddress(address: string): void {
    decrease(this.#byIp, address);
  }

  countConnection(listener: string): void {
    this.#total += 1;
    this.#byListener.set(listener, this.ofListener(listener) + 1);
  }

  uncountConnection(listener: string): void {
    this.#total -= 1;
    decrease(this.#byListener, listener);
  }

  #ofIp(address: string): number {
    return this.#byIp.get(address) ?? 0;
  }

  #maxOfIp(address: string): number {
    return this.#settings.maxPerIpOverrides?.[address] ?? this.#settings.maxPerIp;
  }
}

function complete(settings: Partial<ConnectionLimitSettings>): ConnectionLimitSettings {
  return { maxConnections: UNLIMITED, maxCreationRate: UNLIMITED, maxPerIp: UNLIMITED, ...settings };
}

function decrease(counts: Map<string, number>, key: string): void {
  const left = (counts.get(key) ?? 0) - 1;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
}
