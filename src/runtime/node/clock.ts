/** The system's clocks. `performance.now` never goes back, whatever happens to the wall clock. */
import type { Clock } from '../clock.ts';

export class NodeClock implements Clock {
  wallMs(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }
}
