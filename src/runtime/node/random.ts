/** Randomness from the system's generator. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Random } from '../random.ts';

export class NodeRandom implements Random {
  below(limit: number): number {
    return randomInt(limit);
  }

  bytes(count: number): Buffer {
    return randomBytes(count);
  }

  uuid(): string {
    return randomUUID();
  }
}
