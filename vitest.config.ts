import { defineConfig } from 'vitest/config'

const node = { environment: 'node' as const, restoreMocks: true }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...node,
          name: 'unit',
          include: ['{src,actions,scripts,rig}/**/*.test.ts'],
        },
      },
      {
        test: {
          ...node,
          name: 'bundle',
          include: ['test/bundle/**/*.test.ts'],
          globalSetup: ['test/bundle/build.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...node,
          name: 'system',
          include: ['test/system/**/*.system.test.ts'],
          globalSetup: ['test/bundle/build.ts', 'test/system/rig.ts'],
          // One cluster on a small machine: two files at a time, each with names of its own, and a pod may take its time.
          maxWorkers: 2,
          // Others' deadlines (a pod's start, a lock of SQLite) may be missed on a busy machine; a fault of ours fails twice.
          retry: 1,
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
})
