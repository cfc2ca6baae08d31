/**
 * What a nemesis can do to a cluster: for each broker and each ZooKeeper server, kinds of faults with a command that
 * begins each and one that ends it. A file says so of any cluster:
 *
 *     {
 *       "zookeeperConnect": "localhost:2181",
 *       "brokers": {
 *         "1": {
 *           "kill":  { "begin": "kill -9 $(cat /run/kafka-1.pid)", "end": "systemctl start kafka-1" },
 *           "pause": { "begin": "systemctl kill -s STOP kafka-1", "end": "systemctl kill -s CONT kafka-1" }
 *         }
 *       },
 *       "zookeepers": { "1": { "kill": { "begin": "...", "end": "..." } } }
 *     }
 *
 * The names of the kinds are the file's own: whatever can be begun and ended by command can be one ("cut" for links,
 * "fill" for a disk). With "zookeeperConnect" every broker also has "expire", which needs no command. A command must end
 * when it has done its work: what is to stay running is put into the background by the command.
 */
export interface CommandPair {
  readonly begin: string;
  readonly end: string;
}

export interface ClusterDescription {
  readonly zookeeperConnect: string | undefined;
  readonly targets: readonly {
    /** "broker 1" */
    readonly name: string;
    /** Of a broker its id. */
    readonly brokerId: number | undefined;
    readonly commands: ReadonlyMap<string, CommandPair>;
  }[];
}

export class DescriptionError extends Error {
  override readonly name = 'DescriptionError';
}

export function parseClusterDescription(text: string): ClusterDescription {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DescriptionError('the description of the cluster is not JSON');
  }
  const {
    brokers = {},
    zookeepers = {},
    zookeeperConnect,
  } = objectOf(value, 'the description of the cluster');
  if (zookeeperConnect !== undefined && typeof zookeeperConnect !== 'string')
    throw new DescriptionError('"zookeeperConnect" must be a text');
  const described = Object.entries(objectOf(brokers, '"brokers"')).map(([id, kinds]) => {
    if (!/^\d+$/.test(id)) throw new DescriptionError(`the broker "${id}" must be named by its id`);
    return { name: `broker ${id}`, brokerId: Number(id), commands: commandsOf(kinds, `broker ${id}`) };
  });
  const servers = Object.entries(objectOf(zookeepers, '"zookeepers"')).map(([id, kinds]) => {
    const name = `ZooKeeper ${id}`;
    return { name, brokerId: undefined, commands: commandsOf(kinds, name) };
  });
  return { zookeeperConnect, targets: [...described, ...servers] };
}

function commandsOf(value: unknown, target: string): ReadonlyMap<string, CommandPair> {
  return new Map(
    Object.entries(objectOf(value, target)).map(([kind, pair]) => {
      const { begin, end } = objectOf(pair, `"${kind}" of ${target}`);
      if (typeof begin !== 'string' || typeof end !== 'string')
        throw new DescriptionError(`"${kind}" of ${target} needs a command to "begin" and one to "end"`);
      return [kind, { begin, end }];
    }),
  );
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new DescriptionError(`${what} must be an object`);
  return { ...value };
}
