/** How programs of the original are run: its classes by name, and the Java sources of test/conformance/java. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../conformance/java/', import.meta.url));

/**
 * What to run with `java`: small programs that should start fast rather than run fast for long. `libraries` is a folder of
 * jars, or a class path.
 */
export function jvmArguments(
  libraries: string,
  program: string,
  { heapMb = 256, log4j = 'log4j.properties' }: { readonly heapMb?: number; readonly log4j?: string } = {},
): string[] {
  return [
    `-Xmx${heapMb}m`,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Djava.security.manager=allow',
    `-Dlog4j.configuration=file:${join(SOURCES, log4j)}`,
    '-cp',
    libraries.includes('*') ? libraries : join(libraries, '*'),
    program.endsWith('.java') ? join(SOURCES, program) : program,
  ];
}
