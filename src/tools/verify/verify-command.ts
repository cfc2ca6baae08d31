/**
 * `klassik verify`: tries a cluster of any Kafka with producers, consumers, groups and transactions, records what they
 * saw, and says whether that can have been right; or checks a history that was recorded before.
 *
 * Exit codes: 0 no violation, 1 a violation, 2 a wrong command line, 3 nothing can be said, because too little was tried
 * or the end of a partition could not be read.
 */
import { readFile, stat } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { openCluster } from '../../kit/index.ts';
import type { Runtime } from '../../runtime/index.ts';
import { createNodeRuntime } from '../../runtime/node/index.ts';
import { checkHistory, HistoryError, parseHistory, reportOf } from '../../verify/index.ts';
import type { RunSettings, Verdict } from '../../verify/index.ts';
import { atLeastOne, keyAndValue, wholeNumber } from '../argument-values.ts';
import { messageOf, UsageError, type ToolIo } from '../cli/index.ts';
import { nodeClientRuntime } from '../client/index.ts';
import { parseClusterDescription } from './cluster-description.ts';
import { describedFaults, faultsOfCluster, type PossibleFault } from './faults.ts';
import { HistoryFile } from './history-file.ts';
import { HistoryRecorder } from './history-recorder.ts';
import { runNemesis } from './nemesis.ts';
import { runWorkload } from './run-workload.ts';
import type { WorkloadSettings } from './workload-world.ts';

interface VerifyOptions {
  readonly bootstrapServer?: string;
  readonly history?: string;
  readonly record: string;
  readonly seconds: number;
  readonly drainSeconds: number;
  readonly rate: number;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly acks: 'all' | '1' | '0';
  readonly idempotence: boolean;
  readonly isolation: 'read_committed' | 'read_uncommitted';
  readonly producers: number;
  readonly readers: number;
  readonly members: number;
  readonly copiers: number;
  readonly topicConfig: Readonly<Record<string, string>>;
  readonly keepTopics?: boolean;
  readonly nemesis?: string;
  readonly cluster?: string;
  readonly interval: number;
  readonly output: 'text' | 'json';
}

const EXIT = { right: 0, violated: 1, usage: 2, undecided: 3 } as const;
const ACKS = { all: -1, '1': 1, '0': 0 } as const;

export function addVerifyCommand(program: Command, io: ToolIo, setExitCode: (code: number) => void): void {
  const command = program
    .command('verify')
    .description('try a cluster with producers, consumers, groups and transactions, and check what they saw')
    .option('--bootstrap-server <servers>', 'brokers to begin with, as host:port,host:port; any Kafka')
    .option('--history <file>', 'check a history that was recorded before, and try nothing')
    .option('--record <file>', 'where the history is recorded', 'klassik-verify.jsonl')
    .option('--seconds <count>', 'how long to try', wholeNumber, 30)
    .option(
      '--drain-seconds <count>',
      'how long to wait for the ends of the partitions after that',
      wholeNumber,
      60,
    )
    .option('--rate <count>', 'operations a second of all workers together', atLeastOne, 100)
    .option('--partitions <count>', 'of each of the two topics', atLeastOne, 2)
    .option('--replication-factor <count>', 'of the topics; -1: as many as brokers, at most 3', Number, -1)
    .addOption(new Option('--acks <acks>', 'of producers').choices(['all', '1', '0']).default('all'))
    .option('--no-idempotence', 'producers without sequences, which do not retry')
    .addOption(
      new Option('--isolation <level>', 'of consumers')
        .choices(['read_committed', 'read_uncommitted'])
        .default('read_committed'),
    )
    .option('--producers <count>', 'workers that send', wholeNumber, 3)
    .option('--readers <count>', 'workers that read what they choose', wholeNumber, 2)
    .option('--members <count>', 'workers that read as a group', wholeNumber, 2)
    .option('--copiers <count>', 'workers that read and write in transactions', wholeNumber, 2)
    .option('--topic-config <key=value>', 'of the topics; may be repeated', keyAndValue, {})
    .option('--keep-topics', 'leave the topics there')
    .option(
      '--nemesis <kinds>',
      'hurt the cluster meanwhile: kinds of faults such as kill,pause,expire, or all',
    )
    .option(
      '--cluster <path>',
      'what can be done to it: the folder of "klassik up --detach", or a description',
    )
    .option('--interval <seconds>', 'how long a fault lasts on average, and the rest after it', atLeastOne, 8)
    .addOption(
      new Option('-o, --output <format>', 'how the verdict is printed')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addHelpText('after', HELP);
  command.action(async (options: VerifyOptions) => {
    try {
      setExitCode(await verify(options, io));
    } catch (thrown) {
      io.err(`${messageOf(thrown)}\n`);
      setExitCode(thrown instanceof UsageError ? EXIT.usage : EXIT.undecided);
    }
  });
}

const HELP = `
A description is a file of JSON with commands that begin and end each kind of fault; docs/verify.md shows one.
Exit codes: 0 no violation was found, 1 one was, 2 wrong command line, 3 nothing can be said.
Ctrl-C ends the trying; what was seen until then is checked.`;

async function verify(options: VerifyOptions, io: ToolIo): Promise<number> {
  const { history, bootstrapServer } = options;
  if ((history === undefined) === (bootstrapServer === undefined))
    throw new UsageError(
      'Give either --bootstrap-server, to try a cluster, or --history, to check a file',
      false,
    );
  if (history !== undefined) return tell(checkHistory(await readHistory(history)), options, io, []);
  return tryCluster(options, bootstrapServer ?? '', io);
}

async function readHistory(file: string): Promise<ReturnType<typeof parseHistory>> {
  try {
    return parseHistory(await readFile(file, 'utf8'));
  } catch (thrown) {
    if (thrown instanceof HistoryError) throw new HistoryError(`${file}: ${thrown.message}`);
    throw thrown;
  }
}

async function tryCluster(options: VerifyOptions, bootstrap: string, io: ToolIo): Promise<number> {
  const faults = await wantedFaults(options, createNodeRuntime());
  const runtime = nodeClientRuntime();
  const onProgress = (message: string): void => io.err(`${message}\n`);
  const described = runSettings(options, bootstrap);
  const file = await HistoryFile.create(options.record, described);
  const recorder = new HistoryRecorder(described, runtime.clock, (event) => file.add(event));
  io.err(`recording to ${options.record}\n`);
  let undrained: string[];
  try {
    undrained = await runWorkload({
      settings: workloadSettings(options, bootstrap, `klassik-verify-${runtime.random.uuid().slice(0, 8)}`),
      recorder,
      runtime,
      durationMs: options.seconds * 1000,
      drainTimeoutMs: options.drainSeconds * 1000,
      replicationFactor: options.replicationFactor,
      topicConfigs: options.topicConfig,
      keepTopics: options.keepTopics === true,
      signal: io.signal,
      onProgress,
      ...(faults.length === 0
        ? {}
        : {
            calmMs: options.interval * 1000,
            nemesis: (isOver) =>
              runNemesis({
                faults,
                intervalMs: options.interval * 1000,
                runtime,
                recorder,
                isOver,
                onProgress,
              }),
          }),
    });
  } finally {
    await file.close();
  }
  return tell(checkHistory(recorder), options, io, undrained);
}

async function wantedFaults({ nemesis, cluster }: VerifyOptions, runtime: Runtime): Promise<PossibleFault[]> {
  if (nemesis === undefined) return [];
  if (cluster === undefined)
    throw new UsageError('--nemesis needs --cluster: how the cluster can be hurt, and mended', false);
  const isFolder = (await stat(cluster)).isDirectory();
  const possible = isFolder
    ? faultsOfCluster(await openCluster(cluster), runtime)
    : describedFaults(parseClusterDescription(await readFile(cluster, 'utf8')), runtime);
  const kinds = new Set(possible.map(({ kind }) => kind));
  const wanted = nemesis === 'all' ? kinds : new Set(nemesis.split(',').map((each) => each.trim()));
  const unknown = [...wanted].find((kind) => !kinds.has(kind));
  if (unknown !== undefined)
    throw new UsageError(`${cluster} knows no fault "${unknown}", only ${[...kinds].join(', ')}`, false);
  return possible.filter(({ kind }) => wanted.has(kind));
}

/** A sequence is of no use to a producer that does not wait for all replicas, and Kafka's own allows none. */
function isIdempotent({ acks, idempotence }: VerifyOptions): boolean {
  return idempotence && acks === 'all';
}

function runSettings(options: VerifyOptions, bootstrap: string): RunSettings {
  const { acks, isolation } = options;
  return {
    bootstrap,
    startedAt: new Date().toISOString(),
    acks,
    idempotent: isIdempotent(options),
    isolation,
  };
}

function workloadSettings(options: VerifyOptions, bootstrap: string, name: string): WorkloadSettings {
  const { partitions, rate, isolation, producers, readers, members, copiers } = options;
  return {
    bootstrapServers: bootstrap.split(',').map((each) => each.trim()),
    name,
    partitions,
    acks: ACKS[options.acks],
    idempotent: isIdempotent(options),
    readCommitted: isolation === 'read_committed',
    workers: { producers, readers, members, copiers },
    rate,
  };
}

function tell(verdict: Verdict, { output }: VerifyOptions, io: ToolIo, undrained: readonly string[]): number {
  const { violations, tried } = verdict;
  const reasons = [
    ...(tried.recordsAcknowledged === 0 ? ['no record was acknowledged'] : []),
    ...(undrained.length > 0
      ? [`these partitions could not be read to their ends: ${undrained.join(', ')}`]
      : []),
  ];
  const code = violations.length > 0 ? EXIT.violated : reasons.length > 0 ? EXIT.undecided : EXIT.right;
  if (output === 'json') io.out(`${JSON.stringify({ ...verdict, undecided: reasons })}\n`);
  else {
    io.out(reportOf(verdict));
    for (const reason of reasons) io.out(`Nothing can be said for sure: ${reason}.\n`);
  }
  return code;
}
