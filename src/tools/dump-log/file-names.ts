/** Names of files as java.io.File and the original's tool take them apart. */
import { dirname, join, resolve } from 'node:path';
import { JavaException } from './java/exception.ts';

/** As File.getPath: single slashes, none at the end. */
export function javaPath(path: string): string {
  const single = path.replaceAll(/\/+/g, '/');
  return single.length > 1 && single.endsWith('/') ? single.slice(0, -1) : single;
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** From the last dot on. */
export function suffixOf(path: string): string {
  const name = nameOf(path);
  const dot = name.lastIndexOf('.');
  if (dot >= 0) return name.slice(dot);
  throw new JavaException(
    'java.lang.StringIndexOutOfBoundsException',
    `begin -1, end ${name.length}, length ${name.length}`,
  );
}

/** The offset that names of a log's files begin with. */
export function baseOffsetIn(path: string): bigint {
  const stem = stemOf(path);
  const isLong = /^[+-]?\d+$/.test(stem) && BigInt.asIntN(64, BigInt(stem)) === BigInt(stem);
  if (isLong) return BigInt(stem);
  throw new JavaException('java.lang.NumberFormatException', `For input string: "${stem}"`);
}

/** The file beside it with another suffix. */
export function siblingOf(path: string, suffix: string): string {
  return join(dirname(resolve(path)), `${stemOf(path)}${suffix}`);
}

function stemOf(path: string): string {
  return nameOf(path).split('.')[0] ?? '';
}
