/**
 * What CreateTopics, DeleteTopics and CreatePartitions have in common: the active controller alone answers them, and
 * any other broker says so for each topic, whereupon the client asks Metadata again (contract 1.3).
 */
import type { ErrorName } from '../../protocol/index.ts';
import type { TopicOutcome } from '../admin/index.ts';

export const NOT_CONTROLLER: TopicOutcome = {
  error: 'NOT_CONTROLLER',
  message: null,
};

export function refused(error: ErrorName, message: string | null = null): TopicOutcome {
  return { error, message };
}

/** The names that stand in the list more than once. */
export function namedTwice(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) twice.add(name);
    seen.add(name);
  }
  return twice;
}
