/**
 * kafka-reassign-partitions: moves partitions between brokers (KIP-455) and replicas between log dirs (KIP-113), as a
 * JSON file says. Exactly one action, and only the options that belong to it. What fails is told on standard output,
 * as in Kafka.
 */
import { readFileSync } from 'node:fs';
import { KafkaError } from '../../protocol/index.ts';
import { COMMAND_CONFIG, messageOf, UsageError, type ParsedOptions, type Tool } from '../cli/index.ts';
import type { ClusterClient } from '../client/index.ts';
import { connect } from '../connect.ts';
import { cancel, execute, generate, list, TerseError, verify, type Out } from './actions.ts';
import { exceptionText } from './assignments.ts';

/** What an action must be told and what it may be told beside that. */
const ACTIONS = {
  generate: { required: ['topics-to-move-json-file', 'broker-list'], permitted: ['disable-rack-aware'] },
  execute: {
    required: ['reassignment-json-file'],
    permitted: ['additional', 'throttle', 'replica-alter-log-dirs-throttle', 'timeout'],
  },
  verify: { required: ['reassignment-json-file'], permitted: ['preserve-throttles'] },
  cancel: { required: ['reassignment-json-file'], permitted: ['preserve-throttles', 'timeout'] },
  list: { required: [], permitted: [] },
} as const satisfies Record<string, { required: readonly string[]; permitted: readonly string[] }>;

type Action = keyof typeof ACTIONS;

const EVERYWHERE: readonly string[] = ['bootstrap-server', 'command-config'];
const DEFAULT_TIMEOUT_MS = 10_000;

export const reassignPartitionsTool: Tool = {
  name: 'reassign-partitions',
  summary: 'This tool helps to move topic partitions between replicas.',
  options: [
    {
      name: 'bootstrap-server',
      argument: 'Server(s) to use for bootstrapping',
      doc: 'REQUIRED: brokers to begin with, as host:port,host:port.',
    },
    COMMAND_CONFIG,
    { name: 'generate', doc: 'Propose a plan for topics and brokers. Nothing is moved.' },
    { name: 'execute', doc: 'Begin to move what --reassignment-json-file says.' },
    {
      name: 'verify',
      doc: 'Show how far the moves of --reassignment-json-file are; when all are through, throttles are removed.',
    },
    { name: 'cancel', doc: 'Call off the moves of --reassignment-json-file that are under way.' },
    { name: 'list', doc: 'List all moves that are under way.' },
    {
      name: 'reassignment-json-file',
      argument: 'manual assignment json file path',
      doc: 'The plan: {"partitions": [{"topic": "foo", "partition": 1, "replicas": [1,2,3], "log_dirs": ["dir1","any","any"]}], "version": 1}. "log_dirs" may be left out.',
    },
    {
      name: 'topics-to-move-json-file',
      argument: 'topics to reassign json file path',
      doc: 'For --generate: {"topics": [{"topic": "foo"}, {"topic": "foo1"}], "version": 1}.',
    },
    {
      name: 'broker-list',
      argument: 'brokerlist',
      doc: 'For --generate: the brokers to spread the topics over, as "0,1,2".',
    },
    { name: 'disable-rack-aware', doc: 'Do not look at racks.' },
    {
      name: 'throttle',
      argument: 'throttle',
      integer: true,
      doc: 'Bytes a second that moves between brokers may take; at least 1024. Resubmit with --additional to change it.',
    },
    {
      name: 'replica-alter-log-dirs-throttle',
      argument: 'replicaAlterLogDirsThrottle',
      integer: true,
      doc: 'Bytes a second that moves between log dirs may take; at least 1024.',
    },
    {
      name: 'timeout',
      argument: 'timeout',
      integer: true,
      doc: `How long to wait, in ms, until moves between log dirs can begin (default ${DEFAULT_TIMEOUT_MS}).`,
    },
    { name: 'additional', doc: 'Move in addition to what is under way already.' },
    { name: 'preserve-throttles', doc: 'Leave throttles as they are.' },
  ],
  async run(options, io) {
    const action = actionOf(options);
    const out: Out = (line, end = '\n') => {
      io.out(`${line}${end}`);
    };
    const client = await connect(options);
    try {
      await act(action, client, out, options);
      return 0;
    } catch (thrown) {
      if (thrown instanceof UsageError) throw thrown;
      const text = thrown instanceof KafkaError ? exceptionText(thrown) : messageOf(thrown);
      out(thrown instanceof TerseError ? text : `Error: ${text}`);
      return 1;
    } finally {
      await client.close();
    }
  },
};

function actionOf(options: ParsedOptions): Action {
  const all = Object.keys(ACTIONS) as Action[];
  const [action, ...more] = all.filter((name) => options.has(name));
  if (action === undefined || more.length > 0)
    throw new UsageError(
      `Command must include exactly one action: ${all.map((name) => `--${name}`).join(', ')}`,
    );
  if (!options.has('bootstrap-server'))
    throw new UsageError('Please specify either --bootstrap-server or --bootstrap-controller');
  const required: readonly string[] = ACTIONS[action].required;
  const permitted: readonly string[] = ACTIONS[action].permitted;
  for (const name of required) options.required(name);
  const allowed = [...EVERYWHERE, action, ...required, ...permitted];
  const wrong = reassignPartitionsTool.options.find(
    ({ name }) => options.has(name) && !allowed.includes(name),
  );
  if (wrong !== undefined)
    throw new UsageError(`Option "[${wrong.name}]" can't be used with action "[${action}]"`);
  return action;
}

function act(action: Action, client: ClusterClient, out: Out, options: ParsedOptions): Promise<void> {
  const timeoutMs = options.integer('timeout') ?? DEFAULT_TIMEOUT_MS;
  const preserveThrottles = options.has('preserve-throttles');
  const plan = (): string => fileOf(options, 'reassignment-json-file');
  switch (action) {
    case 'generate':
      return generate(client, out, {
        file: fileOf(options, 'topics-to-move-json-file'),
        brokerList: options.required('broker-list'),
        rackAware: !options.has('disable-rack-aware'),
      });
    case 'execute':
      return execute(client, out, {
        file: plan(),
        additional: options.has('additional'),
        throttle: rateOf(options, 'throttle'),
        logDirThrottle: rateOf(options, 'replica-alter-log-dirs-throttle'),
        timeoutMs,
      });
    case 'verify':
      return verify(client, out, { file: plan(), preserveThrottles });
    case 'cancel':
      return cancel(client, out, { file: plan(), preserveThrottles, timeoutMs });
    case 'list':
      return list(client, out);
  }
}

/** A rate below 0 is none. */
function rateOf(options: ParsedOptions, name: string): string | undefined {
  const rate = options.value(name);
  return rate === undefined || rate.startsWith('-') ? undefined : rate;
}

function fileOf(options: ParsedOptions, name: string): string {
  const file = options.required(name);
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`Unable to read file ${file}`, { cause });
  }
}
