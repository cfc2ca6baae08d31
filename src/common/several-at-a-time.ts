/**
 * Does the same to many things, several at a time: the next one begins as soon as one has ended, in the order of the
 * things, which are drawn from their iterator as their turn comes. Resolves with what came of each, in that order; the
 * first failure is the failure of all, and nothing begins after it.
 */
export async function severalAtATime<T, R>(
  things: Iterable<T>,
  count: number,
  act: (thing: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const left = things[Symbol.iterator]();
  const progress = { begun: 0, isOver: false };
  const lane = async (): Promise<void> => {
    while (!progress.isOver) {
      const next = left.next();
      if (next.done === true) {
        progress.isOver = true;
        return;
      }
      const index = progress.begun++;
      try {
        results[index] = await act(next.value);
      } catch (error) {
        progress.isOver = true;
        throw error;
      }
    }
  };
  const lanes: Promise<void>[] = [];
  while (lanes.length < count && !progress.isOver) lanes.push(lane());
  await Promise.all(lanes);
  return results;
}
