import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const viaRuntime = 'Take it from the injected Runtime: only src/runtime/node touches the real world.';
const realWorldGlobals = [
  'Date',
  'performance',
  'queueMicrotask',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
];
const realWorldModules = [
  'fs',
  'fs/promises',
  'net',
  'tls',
  'dns',
  'dgram',
  'http',
  'https',
  'child_process',
  'worker_threads',
  'timers',
  'timers/promises',
  'perf_hooks',
];
const noRealWorldGlobals = [
  'error',
  { globals: realWorldGlobals.map((name) => ({ name, message: viaRuntime })), checkGlobalObject: true },
];
const randomOfCrypto = ['randomBytes', 'randomInt', 'randomUUID', 'randomFillSync'];

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'node_modules/', '.zookeeper/', '.cache/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      // A new member of a union must show up at every switch, also where a default asserts "unreachable".
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        {
          considerDefaultExhaustiveForUnions: false,
          allowDefaultCaseForExhaustiveSwitch: true,
          requireDefaultForNonUnion: true,
        },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/unified-signatures': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
    },
  },
  {
    // A later block that names the same rule replaces it: every ban on the real world stands in this one.
    files: ['src/**/*.ts'],
    ignores: ['src/runtime/node/**'],
    rules: {
      'no-restricted-globals': noRealWorldGlobals,
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: viaRuntime },
        { object: 'process', property: 'nextTick', message: viaRuntime },
        { object: 'process', property: 'hrtime', message: viaRuntime },
        { object: 'crypto', property: 'randomUUID', message: viaRuntime },
        { object: 'crypto', property: 'getRandomValues', message: viaRuntime },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            ...realWorldModules
              .flatMap((name) => [name, `node:${name}`])
              .map((name) => ({ name, message: viaRuntime, allowTypeImports: true })),
            ...['crypto', 'node:crypto'].map((name) => ({
              name,
              importNames: randomOfCrypto,
              message: viaRuntime,
            })),
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: `ImportExpression > Literal[value=/^(node:)?(${realWorldModules.join('|').replaceAll('/', '\\u002F')})$/]`,
          message: viaRuntime,
        },
        {
          selector: "BinaryExpression[operator='instanceof'] > Identifier.right[name='Error']",
          message:
            "Look at `code` or use util.types.isNativeError: Node's errors are of another realm under jest.",
        },
      ],
    },
  },
  {
    // kit and tools start processes and read the user's files: they are the composition, not the broker.
    files: ['src/kit/**/*.ts', 'src/tools/**/*.ts'],
    rules: {
      'no-restricted-globals': 'off',
      'no-restricted-imports': 'off',
    },
  },
  {
    // Clients and the workload of `klassik verify` run in simulations too.
    files: ['src/tools/client/**/*.ts', 'src/tools/verify/**/*.ts'],
    ignores: ['src/tools/client/client-runtime.ts', 'src/tools/verify/verify-command.ts'],
    rules: {
      'no-restricted-globals': noRealWorldGlobals,
      'no-restricted-imports': ['error', { paths: ['node:timers', 'node:timers/promises'] }],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    extends: [eslint.configs.recommended],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', Buffer: 'readonly' },
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { globals: { module: 'writable', require: 'readonly' } },
  },
);
