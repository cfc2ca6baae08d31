/** Finds and runs a task by its name, on whichever thread: `storage/cleaner/clean-task#cleanSegments`. */
import { ownModule } from './compiled-module.ts';

export async function runTask(task: string, input: unknown): Promise<unknown> {
  const [moduleName = '', exportName = ''] = task.split('#');
  const exports = (await import(ownModule(moduleName).href)) as Readonly<Record<string, unknown>>;
  const found = exports[exportName];
  if (typeof found !== 'function') throw new TypeError(`${moduleName} exports no task "${exportName}"`);
  return (found as (input: unknown) => unknown)(input);
}
