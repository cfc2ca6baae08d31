/**
 * Where a room's module is for a thread of its own. Worker threads run plain JavaScript, so they are given the
 * compiled file in dist/; run from the sources (tests, tsx), nothing compiled may be relied upon.
 */

/** True when this very file runs as TypeScript: then tasks run inline. */
export const runsFromSources = import.meta.url.endsWith('.ts');

const here = runsFromSources ? '../../../dist/' : '../../';

/** The URL of a compiled module, named by its path below src without extension: `storage/cleaner/clean-task`. */
export function compiledModule(name: string): URL {
  return new URL(`${here}${name}.js`, import.meta.url);
}

/** The URL of the module as it runs here: compiled, or the source itself. */
export function ownModule(name: string): URL {
  return new URL(`../../${name}${runsFromSources ? '.ts' : '.js'}`, import.meta.url);
}
