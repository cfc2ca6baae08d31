import { describe, expect, test } from '@jest/globals';
import { createLogger, loggerLevelOf, LoggerLevels, memoryLogger } from '../../../src/logging/index.ts';
import type { LogFormat } from '../../../src/logging/index.ts';

/** 03:04:05.678 in whatever zone the test runs in. */
const WALL_MS = new Date(2026, 10, 22, 3, 4, 5, 678).getTime();

function loggerInto(lines: string[], format: LogFormat = 'pattern', levels = new LoggerLevels()) {
  const clock = { wallMs: () => WALL_MS, monotonicMs: () => 0 };
  return createLogger({ clock, format, levels, write: (text) => lines.push(text) });
}

describe('lines in the pattern of Kafka', () => {
  test('carry time, level, message and logger', () => {
    const lines: string[] = [];
    loggerInto(lines).logger.child('kafka.server.KafkaServer').info('[KafkaServer id=1] started');
    expect(lines).toEqual([
      '[2026-11-22 03:04:05,678] INFO [KafkaServer id=1] started (kafka.server.KafkaServer)\n',
    ]);
  });

  test('show the context of the logger as prefix and the fields of the line behind the message', () => {
    const lines: string[] = [];
    const logger = loggerInto(lines).logger.child('kafka.server.ReplicaManager', { broker: 1 });
    logger.warn('Stopped', { topic: 'orders', partition: 3, none: undefined });
    expect(lines[0]).toContain(
      'WARN [ReplicaManager broker=1] Stopped {topic=orders, partition=3} (kafka.server.ReplicaManager)',
    );
  });

  test('show an error with its stack and its causes, and survive any of them', () => {
    const lines: string[] = [];
    const logger = loggerInto(lines).logger.child('x');
    logger.error('failed', { error: new Error('outer', { cause: new Error('inner') }) });
    expect(lines[0]).toMatch(/failed \(x\)\nError: outer\n[^]*\nCaused by: Error: inner/);
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    logger.error('odd', { circular, big: 1n });
    expect(lines[1]).toContain('odd {circular=<cannot be shown>, big=1}');
  });
});

test('lines in JSON carry every field', () => {
  const lines: string[] = [];
  loggerInto(lines, 'json').logger.child('kafka.X', { broker: 1 }).info('hello', { topic: 't' });
  expect(JSON.parse(lines[0]!)).toMatchObject({
    time: WALL_MS,
    logger: 'kafka.X',
    broker: 1,
    topic: 't',
    msg: 'hello',
  });
});

describe('levels', () => {
  test('are inherited from the nearest named ancestor and can be changed while the logger is in use', () => {
    const lines: string[] = [];
    const levels = new LoggerLevels('info', { 'kafka.request.logger': 'warn' });
    const { logger } = loggerInto(lines, 'pattern', levels);
    const controller = logger.child('kafka.controller.KafkaController');
    expect(controller.isEnabled('debug')).toBe(false);
    levels.set('kafka.controller', 'trace');
    expect(controller.isEnabled('trace')).toBe(true);
    levels.set('kafka.controller.KafkaController', 'off');
    expect(controller.isEnabled('fatal')).toBe(false);
    levels.unset('kafka.controller.KafkaController');
    levels.unset('kafka.controller');
    controller.debug('not printed');
    logger.child('kafka.request.logger').info('not printed');
    logger.child('kafka.requests').info('printed');
    expect(lines).toHaveLength(1);
  });

  test('list every logger with the level that holds for it', () => {
    const levels = new LoggerLevels('info', { 'kafka.a': 'debug' });
    loggerInto([], 'pattern', levels).logger.child('kafka.a.b');
    expect([...levels.list()]).toEqual([
      ['kafka.a', 'debug'],
      ['kafka.a.b', 'debug'],
      ['root', 'info'],
    ]);
    expect(levels.isKnown('kafka.c')).toBe(false);
  });

  test('are read in the spelling of log4j', () => {
    expect(loggerLevelOf('WARN')).toBe('warn');
    expect(loggerLevelOf('OFF')).toBe('off');
    expect(loggerLevelOf('loud')).toBeUndefined();
  });
});

test('a memory logger keeps its latest lines', () => {
  const { logger, lines } = memoryLogger({ maxLines: 2 });
  for (const message of ['one', 'two', 'three']) logger.child('x').info(message);
  expect(lines.map(({ message }) => message)).toEqual(['two', 'three']);
});
