import { defineConfig } from 'vitest/config';
import { gpuEnvironment } from './scripts/gpu.ts';

// The workers are child processes, started after this: they inherit the environment, so
// `npx vitest`, an editor's test runner and `npm test` all find the same adapter.
Object.assign(process.env, await gpuEnvironment());

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // A software adapter keeps several cores busy on its own, and each worker has its own.
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
