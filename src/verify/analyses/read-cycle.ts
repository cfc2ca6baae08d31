/**
 * Circular information flow (G1c): transactions that read each other's records. With read_committed a record is read
 * after its transaction has ended, so the writer ended first in every one of these pairs, and in a circle it cannot.
 *
 * Only reads make the circle here. With writes in it (ww) it says no more than that writes are not kept apart, which
 * write-cycle.ts tells.
 */
import type { Analysis } from '../analysis.ts';
import { addReadEdges, cyclesIn, cycleText, type Edges } from './transaction-cycles.ts';

export const readCycle: Analysis = {
  name: 'read-cycle',
  meaning: 'transactions read what each other wrote, in a circle (G1c)',
  allowedWhen: ({ isolation }) =>
    isolation === 'read_committed'
      ? undefined
      : 'read_uncommitted consumers see records of open transactions',
  *find(history) {
    const edges: Edges = new Map();
    addReadEdges(history, edges);
    for (const cycle of cyclesIn(edges)) yield { text: cycleText(edges, cycle), operations: cycle };
  },
};
