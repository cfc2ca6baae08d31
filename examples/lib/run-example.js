/**
 * What all examples have in common: a command line, a cluster to run against, an end. Without `--bootstrap-server` a
 * cluster is started for the run, a real ZooKeeper and three brokers as in `npm start`, and stopped behind it.
 * Exit codes: 0 all went as it must, 1 it did not, 2 the command line is wrong, 130 stopped by Ctrl-C.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { startCluster } from './cluster.js';
import { connectTo } from './connect.js';

const DEADLINE_MS = 180_000;

/**
 * @param example `{ name, summary, counts, overrides, run }`: `counts` are its own options, `{ transfers: [60, 'how many'] }`,
 * `overrides` what its own brokers do otherwise, and `run({ kafka, bootstrap, counts, say })` does it. What `run` throws is
 * printed as a sentence: exit code 1.
 */
export async function runExample(example) {
  const given = readCommandLine(example);
  if (typeof given === 'number') process.exit(given);

  let starting; // A cluster of our own, from the moment on when there is something to be stopped.
  let ending;
  const end = async (code) => {
    await (await starting?.catch(() => undefined))?.stop();
    process.exit(code); // Whatever still runs, clients and child processes, ends here.
  };
  const endOnce = (code) => (ending ??= end(code));
  const fail = (error) => {
    if (ending === undefined) console.error(`\n${example.name} failed: ${error.message}`);
    return endOnce(1);
  };
  process.on('uncaughtException', (error) => void fail(error));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void endOnce(130));
  try {
    if (given.bootstrap === undefined) starting = startCluster(example, say);
    const bootstrap = given.bootstrap ?? (await starting).bootstrap;
    const kafka = connectTo(bootstrap, example.name);
    await Promise.race([example.run({ kafka, bootstrap, counts: given.counts, say }), deadline()]);
    if (given.stay) await stay(bootstrap, await starting);
    await endOnce(0);
  } catch (error) {
    await fail(error);
  }
}

async function stay(bootstrap, cluster) {
  say(`\nEverything stays until you press Enter. Bootstrap servers ${bootstrap}`);
  if (cluster !== undefined) say(`ZooKeeper ${cluster.zookeeper}`);
  await once(process.stdin, 'data');
}

function say(text) {
  console.log(text);
}

/** What was given, or the exit code to end with at once. */
function readCommandLine({ name, summary, counts }) {
  const numbers = Object.fromEntries(
    Object.entries(counts).map(([option, [value]]) => [option, { type: 'string', default: String(value) }]),
  );
  try {
    const { values } = parseArgs({
      options: {
        ...numbers,
        'bootstrap-server': { type: 'string' },
        stay: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(helpText(name, summary, counts));
      return 0;
    }
    const read = Object.keys(counts).map((option) => [option, wholeNumber(option, values[option])]);
    return {
      bootstrap: values['bootstrap-server'],
      stay: values.stay,
      counts: Object.fromEntries(read),
    };
  } catch (error) {
    console.error(`${error.message}\n\n${helpText(name, summary, counts)}`);
    return 2;
  }
}

function wholeNumber(option, text) {
  const value = Number(text);
  if (text === '' || !Number.isSafeInteger(value) || value < 0)
    throw new Error(`--${option} must be a whole number, not "${text}"`);
  return value;
}

function helpText(name, summary, counts) {
  const own = Object.entries(counts).map(([option, [value, text]]) => [
    `--${option} NUMBER`,
    `${text} (default: ${value})`,
  ]);
  const rows = [
    [
      '--bootstrap-server HOST:PORT,...',
      'run against this cluster, and delete what an earlier run left there',
    ],
    ...own,
    ['--stay', 'do not end before you press Enter, so that you can look around'],
    ['--help', 'show this'],
  ];
  const table = rows.map(([option, text]) => `  ${option.padEnd(33)}${text}`);
  return [`node examples/${name}: ${summary}`, '', ...table].join('\n');
}

async function deadline() {
  await sleep(DEADLINE_MS);
  throw new Error(`not done after ${DEADLINE_MS / 1000} s`);
}
