/**
 * The style of this project as a test: what a linter cannot see. Each rule names the files that break it, so the
 * failure says what to do.
 */
import { describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, functionsOf, readText, ROOT, unwantedIn } from './source-files.ts';
import type { SourceFile } from './source-files.ts';

const MAX_FILE_LINES = 600;
const MAX_FUNCTION_LINES = 60;
/** A floor under what the rules have seen: a wrong path must not turn them all green. */
const SOURCES_AT_LEAST = 200;

const sources = filesBelow('src', /\.ts$/);
const tests = filesBelow('test', /\.ts$/);
const rooms = JSON.parse(readText('test/tidy/rooms.json')) as Readonly<Record<string, readonly string[]>>;

const pathsWhere = (files: readonly SourceFile[], isWrong: (file: SourceFile) => boolean): string[] =>
  files.filter(isWrong).map(({ path }) => path);

test('the rules below see the whole source tree', () => {
  expect(sources.length).toBeGreaterThan(SOURCES_AT_LEAST);
  expect(tests.length).toBeGreaterThan(50);
});

describe('rooms', () => {
  const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

  test('every folder of src is in the table of rooms, and every row of the table is a folder', () => {
    expect(folders.sort()).toEqual(Object.keys(rooms).sort());
  });

  test('every room says what it is, in a README.md of at most a page', () => {
    expect(folders.filter((room) => !existsSync(join(ROOT, 'src', room, 'README.md')))).toEqual([]);
    expect(folders.filter((room) => readText(`src/${room}/README.md`).split('\n').length > 60)).toEqual([]);
  });

  test('every room that others may import has one public face, index.ts', () => {
    const imported = new Set(
      Object.values(rooms)
        .flat()
        .filter((name) => !name.includes('/')),
    );
    expect([...imported].filter((room) => !existsSync(join(ROOT, 'src', room, 'index.ts')))).toEqual([]);
  });

  test('the table knows no cycle: each room stands above all it imports', () => {
    const below = (room: string, seen: readonly string[]): string[] =>
      (rooms[room] ?? []).flatMap((next) =>
        seen.includes(next) ? [`${room} -> ${next}`] : below(next, [...seen, next]),
      );
    const direct = Object.keys(rooms).filter((room) =>
      below(room, [room]).some((edge) => edge.endsWith(`-> ${room}`)),
    );
    expect(direct).toEqual([]);
  });

  test('ARCHITECTURE.md describes every room', () => {
    const text = readText('ARCHITECTURE.md');
    expect(Object.keys(rooms).filter((room) => !text.includes(`(src/${room})`))).toEqual([]);
  });

  test('links of the README.md files lead somewhere', () => {
    const pages = [
      ...['src', 'docs', 'bench', 'examples'].flatMap((folder) => filesBelow(folder, /\.md$/)),
      ...['ARCHITECTURE.md', 'CONTRIBUTING.md', 'README.md']
        .filter((path) => existsSync(join(ROOT, path)))
        .map((path) => ({ path, text: readText(path) })),
    ];
    const broken = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)]
        .map((match) => match[1]!)
        .filter((target) => !target.includes('://') && !existsSync(join(ROOT, path, '..', target)))
        .map((target) => `${path} -> ${target}`),
    );
    expect(broken).toEqual([]);
  });

  test('every tour can be found from the first page', () => {
    const first = readText('README.md');
    const tours = filesBelow('docs/tour', /\.md$/).map(({ path }) => path);
    expect(tours.length).toBeGreaterThan(5);
    expect(tours.filter((path) => !first.includes(`](${path})`))).toEqual([]);
  });
});

describe('files', () => {
  test('open with a comment that says what they are', () => {
    const withoutComment = ({ path, text }: SourceFile): boolean =>
      !path.endsWith('/index.ts') && !/^(#!.*\n)?\/(\*\*|\/) ?\S/.test(text) && !/^\/\*\*\n \* \S/.test(text);
    expect(pathsWhere(sources, withoutComment)).toEqual([]);
  });

  test(`have at most ${MAX_FILE_LINES} lines`, () => {
    expect(
      pathsWhere([...sources, ...tests], ({ text }) => text.split('\n').length - 1 > MAX_FILE_LINES),
    ).toEqual([]);
  });

  test('bear names in kebab-case', () => {
    const odd = /^(\d\d-)?[a-z0-9]+(-[a-z0-9]+)*(\.property)?(\.test|\.d)?\.ts$/;
    expect(pathsWhere([...sources, ...tests], ({ path }) => !odd.test(path.split('/').at(-1)!))).toEqual([]);
  });
});

test(`functions have at most ${MAX_FUNCTION_LINES} lines`, () => {
  const long = sources.flatMap((file) =>
    functionsOf(file)
      .filter(({ lines }) => lines > MAX_FUNCTION_LINES)
      .map(({ name, line, lines }) => `${file.path}:${line} ${name} has ${lines} lines`),
  );
  expect(long).toEqual([]);
});

describe('code', () => {
  const inTools = ({ path }: SourceFile): boolean => path.startsWith('src/tools/');

  test('has no "any"', () => {
    expect(pathsWhere([...sources, ...tests], (file) => unwantedIn(file).has('any'))).toEqual([]);
  });

  test('casts nothing twice to silence the compiler', () => {
    expect(pathsWhere(sources, (file) => unwantedIn(file).has('double cast'))).toEqual([]);
  });

  test('prints to the console only where a person waits for it: in tools', () => {
    expect(pathsWhere(sources, (file) => !inTools(file) && unwantedIn(file).has('console'))).toEqual([]);
  });

  test('leaves nothing for later in comments: it is done, or it stands in docs/differences.md', () => {
    const marks = ['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'];
    const pattern = new RegExp(`\\b(${marks.join('|')})\\b`);
    expect(pathsWhere([...sources, ...tests], ({ text }) => pattern.test(text))).toEqual([]);
  });

  test('switches no rule off without a reason', () => {
    const unreasoned =
      /(eslint-disable(-next-line|-line)?(?!.* -- \S)|@ts-(ignore|nocheck)|@ts-expect-error(?! \S))/;
    const here = 'test/tidy/';
    expect(
      pathsWhere([...sources, ...tests], ({ path, text }) => !path.startsWith(here) && unreasoned.test(text)),
    ).toEqual([]);
  });
});

test('nothing names a folder of the machine it was written on', () => {
  const machine = new RegExp(['(^|["\'`\\s(])/(wo' + 'rk|ho' + 'me/[a-z]|ro' + 'ot)/'].join(''), 'm');
  const documents = filesBelow('docs', /\.(md|txt)$/);
  expect(pathsWhere([...sources, ...tests, ...documents], ({ text }) => machine.test(text))).toEqual([]);
});

describe('package-lock.json', () => {
  const lock = readText('package-lock.json');

  test('names no registry, so that npm asks the one it is set up for', () => {
    expect(lock).not.toMatch(/"resolved": "http/);
  });

  test('holds the compiler of the tests for every platform, not only for the one it was made on', () => {
    expect(lock.match(/"node_modules\/@swc\/core-/g)).toHaveLength(12);
  });
});
