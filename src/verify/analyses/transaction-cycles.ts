/**
 * Cycles between transactions: each depends on the next, and the last on the first, so there is no order in which they
 * could have run one after the other. Two kinds of dependence are looked at:
 *
 *   ww   the later one wrote to a partition after the earlier one
 *   wr   the later one read what the earlier one wrote
 *
 * Of each knot of transactions the shortest cycle is told.
 */
import type { Operation, PartitionName } from '../history.ts';
import { sendsOf, type KnownHistory } from '../known-history.ts';

/** Why one transaction comes after another, in words. */
export type Edges = Map<Operation, Map<Operation, string>>;

/** Aborted ones have no place in the order; of unknown ones, those whose records were read have. */
function isPartOfTheOrder(operation: Operation, { reads }: KnownHistory): boolean {
  if (!operation.isTransaction || operation.outcome === 'fail') return false;
  return operation.outcome === 'ok' || sendsOf(operation).some(({ value }) => reads.has(value));
}

/** From the writer to whoever wrote next in the same partition. */
export function addWriteEdges(history: KnownHistory, edges: Edges): void {
  const byPartition = new Map<PartitionName, { offset: number; operation: Operation }[]>();
  for (const operation of history.operations) {
    if (!isPartOfTheOrder(operation, history)) continue;
    for (const { partition, offset } of sendsOf(operation)) {
      if (offset === null) continue;
      const writes = byPartition.get(partition) ?? [];
      byPartition.set(partition, writes);
      writes.push({ offset, operation });
    }
  }
  for (const [partition, writes] of byPartition) {
    writes.sort((one, other) => one.offset - other.offset);
    for (const [index, { offset, operation }] of writes.entries()) {
      const next = writes[index + 1];
      if (next === undefined || next.operation === operation) continue;
      addEdge(
        edges,
        operation,
        next.operation,
        `wrote ${offset} of ${partition} before ${next.offset} was written by`,
      );
    }
  }
}

/** From the writer to whoever read it. */
export function addReadEdges(history: KnownHistory, edges: Edges): void {
  for (const { partition, steps } of history.runs)
    for (const { operation, offset, value } of steps) {
      const writer = history.writers.get(value)?.operation;
      if (writer === undefined || writer === operation || !isPartOfTheOrder(writer, history)) continue;
      if (!isPartOfTheOrder(operation, history)) continue;
      addEdge(edges, writer, operation, `wrote ${value} at ${offset} of ${partition}, which was read by`);
    }
}

function addEdge(edges: Edges, from: Operation, to: Operation, why: string): void {
  const outgoing = edges.get(from) ?? new Map<Operation, string>();
  edges.set(from, outgoing);
  if (!outgoing.has(to)) outgoing.set(to, why);
}

/** One cycle of each knot, as its operations in order; the last depends on the first again. */
export function* cyclesIn(edges: Edges): Generator<readonly Operation[]> {
  for (const knot of knotsIn(edges)) yield shortestCycle(edges, knot);
}

export function cycleText(edges: Edges, cycle: readonly Operation[]): string {
  return cycle
    .map((operation, index) => {
      const next = cycle[(index + 1) % cycle.length]!;
      return `#${operation.id} ${edges.get(operation)?.get(next) ?? 'comes before'} #${next.id}`;
    })
    .join('; ');
}

/** Strongly connected sets of more than one operation (Tarjan's algorithm, without recursion). */
function knotsIn(edges: Edges): ReadonlySet<Operation>[] {
  const knots: ReadonlySet<Operation>[] = [];
  const order = new Map<Operation, number>();
  const low = new Map<Operation, number>();
  const stack: Operation[] = [];
  const onStack = new Set<Operation>();
  const lower = (operation: Operation, to: number): void =>
    void low.set(operation, Math.min(low.get(operation) ?? Infinity, to));
  const enter = (operation: Operation): { operation: Operation; rest: Iterator<Operation> } => {
    order.set(operation, order.size);
    lower(operation, order.size - 1);
    stack.push(operation);
    onStack.add(operation);
    return { operation, rest: (edges.get(operation) ?? new Map<Operation, string>()).keys() };
  };
  for (const root of edges.keys()) {
    if (order.has(root)) continue;
    const path = [enter(root)];
    for (let frame = path.at(-1); frame !== undefined; frame = path.at(-1)) {
      const { operation, rest } = frame;
      const next = rest.next();
      if (next.done !== true) {
        if (!order.has(next.value)) path.push(enter(next.value));
        else if (onStack.has(next.value)) lower(operation, order.get(next.value) ?? 0);
        continue;
      }
      path.pop();
      const parent = path.at(-1)?.operation;
      if (parent !== undefined) lower(parent, low.get(operation) ?? 0);
      if (low.get(operation) !== order.get(operation)) continue;
      const knot = stack.splice(stack.lastIndexOf(operation));
      for (const each of knot) onStack.delete(each);
      if (knot.length > 1) knots.push(new Set(knot));
    }
  }
  return knots;
}

/** Breadth first from one of them back to itself. */
function shortestCycle(edges: Edges, knot: ReadonlySet<Operation>): readonly Operation[] {
  const [start] = [...knot].sort((one, other) => one.id - other.id);
  const cameFrom = new Map<Operation, Operation>();
  const queue = [start!];
  for (const operation of queue)
    for (const next of edges.get(operation)?.keys() ?? []) {
      if (next === start) return pathTo(operation, cameFrom);
      if (!knot.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, operation);
      queue.push(next);
    }
  return [...knot];
}

function pathTo(last: Operation, cameFrom: ReadonlyMap<Operation, Operation>): readonly Operation[] {
  const path = [last];
  for (let previous = cameFrom.get(last); previous !== undefined; previous = cameFrom.get(previous))
    path.unshift(previous);
  return path;
}
