/**
 * Whether the device under a log dir completes what it is asked to: of a block device Linux tells how many reads,
 * writes and flushes it has completed and how many are under way. One that has something under way and completes nothing
 * hangs, and whoever writes to its file system may wait for it before long (docs/adr/004). The numbers come from memory:
 * reading them never waits for the device.
 */
import { readFileSync } from 'node:fs';
import type { Clock } from '../clock.ts';

/** A disk that is merely busy completes something in less; reading the numbers takes 10 to 20 microseconds. */
const LOOK_MS = 20;
/** Of `/sys/dev/block/MAJOR:MINOR/stat`: completed reads, writes, discards, flushes; and what is under way. */
const COMPLETED = [0, 4, 11, 15];
const UNDER_WAY = 8;

/** The numbers as Linux writes them; undefined where there is no such device. */
export type DeviceNumbers = () => string | undefined;

export class DeviceProgress {
  readonly #clock: Clock;
  readonly #numbers: DeviceNumbers;
  #lookedAtMs = -Infinity;
  #completed = -1;
  #isStuck = true;

  constructor(clock: Clock, numbers: DeviceNumbers) {
    this.#clock = clock;
    this.#numbers = numbers;
  }

  /** Also of a device that nothing is known of: memory, the network, another system than Linux. */
  get isStuck(): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lookedAtMs >= LOOK_MS) this.#look(nowMs);
    return this.#isStuck;
  }

  #look(nowMs: number): void {
    this.#lookedAtMs = nowMs;
    const numbers = this.#numbers()?.trim().split(/\s+/).map(Number);
    if (numbers === undefined) return;
    const completed = COMPLETED.reduce((sum, index) => sum + (numbers[index] ?? 0), 0);
    this.#isStuck = numbers[UNDER_WAY] !== 0 && completed === this.#completed;
    this.#completed = completed;
  }
}

/** Of the device with this number, as `stat` tells it of a file. */
export function deviceNumbers(device: number): DeviceNumbers {
  const major = (device >>> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  const path = `/sys/dev/block/${major}:${minor}/stat`;
  return () => {
    try {
      return readFileSync(path, 'latin1');
    } catch {
      return undefined;
    }
  };
}
