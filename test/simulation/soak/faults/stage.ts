/**
 * The cluster as faults see it: which brokers are meant to run, and what it takes to bring one back. A broker that ends
 * by itself, because its disk failed or its start did, is started again like one that was killed, when its fault is over.
 */
import { hostOf, type SimulatedCluster } from '../../cluster.ts';

/** A start that fails, because ZooKeeper is away, is tried again after. */
const RESTART_MS = 1000;
const STOP_LOOK_MS = 100;
/** Sessions end after 6 s, and a controller that is elected then has all brokers to look at. */
const OUT_OF_SYNC_MS = 60_000;

export class Stage {
  readonly cluster: SimulatedCluster;
  readonly brokerIds: readonly number[];
  /** Faults that keep a broker down; it starts when none does. */
  readonly #down = new Map<number, number>();
  readonly #starting = new Set<number>();

  constructor(cluster: SimulatedCluster) {
    this.cluster = cluster;
    this.brokerIds = [...cluster.brokers.keys()];
  }

  get zooKeeperHosts(): readonly string[] {
    return this.cluster.zooKeeper.hosts;
  }

  /** The broker that a draw chooses. */
  brokerOf(draw: number): number {
    return this.brokerIds[Math.floor(draw * this.brokerIds.length)]!;
  }

  othersOf(id: number): number[] {
    return this.brokerIds.filter((other) => other !== id);
  }

  isUp(id: number): boolean {
    return this.cluster.world.isUp(hostOf(id));
  }

  /** The controller that ZooKeeper names, or a broker by the draw. */
  controllerOr(draw: number): number {
    const data = this.cluster.zooKeeper.tree.find('/controller')?.data?.toString() ?? '{}';
    const { brokerid } = JSON.parse(data) as { readonly brokerid?: number };
    return brokerid ?? this.brokerOf(draw);
  }

  /** Brokers, the controller more often than others, since it has more to lose. */
  victimOf(draw: number, choice: number): number {
    return choice < 0.3 ? this.controllerOr(draw) : this.brokerOf(draw);
  }

  /** Takes a broker down, by `end`; gives what brings it back, once no other fault keeps it down. */
  async takeDown(id: number, end: () => Promise<void> | void): Promise<() => Promise<void>> {
    this.#down.set(id, (this.#down.get(id) ?? 0) + 1);
    await end();
    return async () => {
      this.#down.set(id, this.#down.get(id)! - 1);
      await this.start(id);
    };
  }

  /** A controlled shutdown. Another fault may kill the process meanwhile, which then never tells that it has stopped. */
  async stop(id: number): Promise<void> {
    if (!this.isUp(id)) return;
    const stopping = { isOver: false };
    const over = (): void => void (stopping.isOver = true);
    void this.cluster.stopBroker(id).then(over, over);
    const { timers } = this.cluster.world.runtimeFor('chaos');
    while (!stopping.isOver && this.isUp(id)) await timers.sleep(STOP_LOOK_MS);
  }

  /** Until the broker runs, or is to be down again. */
  async start(id: number): Promise<void> {
    if (this.#starting.has(id)) return;
    this.#starting.add(id);
    const { world } = this.cluster;
    const { timers } = world.runtimeFor('chaos');
    while ((this.#down.get(id) ?? 0) === 0 && !this.isUp(id)) {
      const started = this.cluster.startBroker(id).then(
        () => true,
        () => false,
      );
      // A process that dies while it starts never answers.
      const isDead = async (): Promise<boolean> => {
        for (;;) {
          await timers.sleep(RESTART_MS);
          if (!this.isUp(id)) return false;
        }
      };
      if (!(await Promise.race([started, isDead()]))) world.kill(hostOf(id));
      await timers.sleep(RESTART_MS);
    }
    this.#starting.delete(id);
  }

  /**
   * Until the broker is in no ISR. A machine takes longer to boot than its session to end; one that is back before a new
   * controller looks leads on, in the same leader epoch, with what is left to it, with the original as well.
   */
  async untilOutOfSync(id: number): Promise<void> {
    const { timers } = this.cluster.world.runtimeFor('chaos');
    for (let waitedMs = 0; waitedMs < OUT_OF_SYNC_MS && this.#isInSync(id); waitedMs += RESTART_MS)
      await timers.sleep(RESTART_MS);
  }

  #isInSync(id: number): boolean {
    const topics = this.cluster.zooKeeper.tree.find('/brokers/topics')?.children ?? [];
    return [...topics].some((topic) =>
      this.cluster.partitionStates(topic).some(({ isr }) => isr.includes(id)),
    );
  }

  /** Whether the ISR of every partition has all its replicas. */
  isWhole(): boolean {
    const { tree } = this.cluster.zooKeeper;
    if (this.brokerIds.some((id) => tree.find(`/brokers/ids/${id}`) === undefined)) return false;
    for (const topic of tree.find('/brokers/topics')?.children ?? []) {
      const data = tree.find(`/brokers/topics/${topic}`)?.data?.toString() ?? '{}';
      const { partitions = {} } = JSON.parse(data) as {
        readonly partitions?: Readonly<Record<string, readonly number[]>>;
      };
      const states = this.cluster.partitionStates(topic);
      const replicas = Object.values(partitions);
      if (states.length !== replicas.length) return false;
      const isShort = states.some(
        ({ isr, leader }, index) => leader < 0 || isr.length < replicas[index]!.length,
      );
      if (isShort) return false;
    }
    return true;
  }
}
