/**
 * Write cycles (G0): two transactions wrote to two partitions, each of them first in one. Kafka does not keep
 * transactions apart while they write, so this is no violation.
 */
import type { Analysis } from '../analysis.ts';
import { addWriteEdges, cyclesIn, cycleText, type Edges } from './transaction-cycles.ts';

export const writeCycle: Analysis = {
  name: 'write-cycle',
  meaning: 'transactions wrote before and after each other (G0)',
  allowedWhen: () => "Kafka's transactions do not keep others from writing to the same partitions",
  *find(history) {
    const edges: Edges = new Map();
    addWriteEdges(history, edges);
    for (const cycle of cyclesIn(edges)) yield { text: cycleText(edges, cycle), operations: cycle };
  },
};
