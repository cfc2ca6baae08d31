import { availableParallelism } from 'node:os';

/** swc strips the types; `tsc -b` is what checks them, in its own step of `npm test`. */
const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    { swcrc: false, sourceMaps: 'inline', jsc: { target: 'es2022', parser: { syntax: 'typescript' } } },
  ],
};

/** Everything a project needs stands here: jest hands none of the root's settings down to `projects`. */
const project = (name, settings = {}) => ({
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transform,
  ...settings,
});

export default {
  projects: [
    ...['tidy', 'unit', 'golden', 'simulation', 'conformance'].map((name) => project(name)),
    project('integration', {
      globalSetup: '<rootDir>/test/support/zookeeper-setup.js',
      globalTeardown: '<rootDir>/test/support/zookeeper-teardown.js',
    }),
  ],
  reporters: ['default', '<rootDir>/test/support/count-reporter.js'],
  collectCoverageFrom: ['src/**/*.ts'],
  coverageProvider: 'babel',
  // Only what hangs runs into it: how long a test takes on a busy machine says nothing about what it tests.
  testTimeout: 60_000,
  maxWorkers: Math.max(1, availableParallelism() - 1),
};
