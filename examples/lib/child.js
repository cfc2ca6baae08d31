/**
 * What a process is that an example starts: it has a way to Kafka, says a word about itself to who started it, ends with
 * it, and ends by itself with any error that nobody handles. A person in a shell may start one as well.
 */
import { connectTo } from './connect.js';

/** Takes `HOST:PORT,...` from the command line; `args` is what stands behind it. */
export function beChild(name) {
  const [bootstrap, ...args] = process.argv.slice(2);
  if (bootstrap === undefined) {
    console.error(`usage: node ${process.argv[1]} HOST:PORT,...`);
    process.exit(2);
  }
  process.once('uncaughtException', ({ message }) => {
    console.error(`${name}: ${message}`);
    process.exit(1);
  });
  if (process.send !== undefined) {
    process.once('disconnect', () => process.exit(1));
    process.on('SIGINT', () => undefined); // A Ctrl-C in the terminal is for who started us.
  }
  return { kafka: connectTo(bootstrap, name), args, tell: (message) => process.send?.(message) };
}
