/**
 * Who may import whom: the rooms of src/, from the bottom up. A room may import the rooms of its own row and
 * nothing else of ours; ARCHITECTURE.md draws the same picture. The data is in test/tidy/rooms.json, so that
 * the tidy test and this check read one table.
 */
const rooms = require('./test/tidy/rooms.json');

const realWorld =
  '^(node:)?(fs|fs/promises|net|tls|dns|dgram|http|https|child_process|worker_threads|timers|timers/promises|perf_hooks)$';
const composition = 'broker|kit|tools';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependency-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'real-world-only-in-runtime-node',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(runtime/node|kit|tools)/' },
      to: { path: realWorld, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'runtime-node-only-from-the-composition',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${composition}|runtime/node)/` },
      to: { path: '^src/runtime/node/' },
    },
    {
      name: 'every-folder-is-a-room',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: `^src/(${Object.keys(rooms).join('|')})/` },
    },
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `${room}-imports-only-its-row`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: [`^src/${room}/`, ...allowed.map((name) => `^src/${name}/`)] },
    })),
    {
      name: 'only-the-public-face',
      comment:
        'another room is reached through its index.ts; protocol/messages and runtime/node have faces of their own',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: {
        path: '^src/',
        pathNot: [
          '^src/$1/',
          '^src/[^/]+/index\\.ts$',
          '^src/runtime/node/index\\.ts$',
          '^src/protocol/messages/',
        ],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js'],
    },
  },
};
