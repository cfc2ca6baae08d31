/**
 * Which logger says how much. Loggers have dotted names and inherit the level of their nearest named ancestor, as
 * in log4j; IncrementalAlterConfigs on a BROKER_LOGGER (KIP-412) sets and unsets levels while the broker runs.
 */
import type { LogLevel } from '../runtime/index.ts';

/** Kafka's levels from the chattiest up; a logger at `off` says nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

export type LoggerLevel = LogLevel | 'off';

export const ROOT_LOGGER = 'root';

const RANK: Readonly<Record<LoggerLevel, number>> = {
  trace: 0,
  debug: 1,
  info: 2,
  warn: 3,
  error: 4,
  fatal: 5,
  off: 6,
};

export class LoggerLevels {
  readonly #set = new Map<string, LoggerLevel>();
  readonly #known = new Set<string>();
  #root: LoggerLevel;
  #generation = 0;

  constructor(root: LoggerLevel = 'info', levels: Readonly<Record<string, LoggerLevel>> = {}) {
    this.#root = root;
    for (const [name, level] of Object.entries(levels)) this.set(name, level);
  }

  /** Grows with every change, so that a logger may keep its level until then. */
  get generation(): number {
    return this.#generation;
  }

  /** Remembers a logger, so that tools can list it. */
  know(name: string): void {
    if (name !== '' && name !== ROOT_LOGGER) this.#known.add(name);
  }

  isKnown(name: string): boolean {
    return name === ROOT_LOGGER || this.#known.has(name) || this.#set.has(name);
  }

  /** The level that holds for a logger, its own or an ancestor's. */
  effective(name: string): LoggerLevel {
    for (let at = name; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
      const level = this.#set.get(at);
      if (level !== undefined) return level;
    }
    return this.#root;
  }

  set(name: string, level: LoggerLevel): void {
    if (name === ROOT_LOGGER) this.#root = level;
    else this.#set.set(name, level);
    this.#generation += 1;
  }

  /** Lets a logger inherit again; the root keeps its level, it has nobody to inherit from. */
  unset(name: string): void {
    if (this.#set.delete(name)) this.#generation += 1;
  }

  /** Every logger there is with the level that holds for it, sorted by name, the root among them. */
  list(): Map<string, LoggerLevel> {
    const names = new Set([ROOT_LOGGER, ...this.#known, ...this.#set.keys()]);
    return new Map([...names].sort().map((name) => [name, this.effective(name)]));
  }
}

/** Does a logger at `threshold` print lines of `level`? */
export function passes(level: LogLevel, threshold: LoggerLevel): boolean {
  return RANK[level] >= RANK[threshold];
}

/** Reads the spellings of log4j (`WARN`, `off`); undefined when it is none. */
export function loggerLevelOf(text: string): LoggerLevel | undefined {
  const lower = text.trim().toLowerCase();
  return lower in RANK ? (lower as LoggerLevel) : undefined;
}
