/** A partition's state as it stands in ZooKeeper, and whose it is. */
export interface StateInZooKeeper {
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  readonly controllerEpoch: number;
  readonly version: number;
}

const PATH = /^\/brokers\/topics\/([^/]+)\/partitions\/(\d+)\/state$/;

/** Undefined for any other path. */
export function stateOfPath(
  path: string,
): { readonly topic: string; readonly partition: number } | undefined {
  const [, topic, partition] = PATH.exec(path) ?? [];
  return topic === undefined ? undefined : { topic, partition: Number(partition) };
}

export function stateOf(data: Buffer, version: number): StateInZooKeeper {
  const state = JSON.parse(data.toString()) as {
    leader: number;
    leader_epoch: number;
    isr: number[];
    controller_epoch: number;
  };
  return {
    leader: state.leader,
    leaderEpoch: state.leader_epoch,
    isr: state.isr,
    controllerEpoch: state.controller_epoch,
    version,
  };
}
