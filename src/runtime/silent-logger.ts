/** The logger that says nothing: the default where nobody asked for a log, and the one of most unit tests. */
import type { Logger } from './logger.ts';

const nothing = (): void => undefined;

export const silentLogger: Logger = {
  isEnabled: () => false,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => silentLogger,
};
