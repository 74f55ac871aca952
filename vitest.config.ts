import { defineConfig } from 'vitest/config'
import LongestFirst from './test/system/longest-first.ts'

const node = { environment: 'node' as const, restoreMocks: true }

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...node,
          name: 'unit',
          include: [
            '{src,actions,scripts,rig,bench}/**/*.test.ts',
            'test/{fault-injection,fakes,gate-inputs}/**/*.test.ts',
          ],
          // The default of 5 s is too short for a bootstrap on a busy machine.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          ...node,
          name: 'bundle',
          include: ['test/bundle/**/*.test.ts'],
          globalSetup: ['test/bundle/global-setup.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...node,
          name: 'system',
          include: ['test/system/**/*.system.test.ts'],
          globalSetup: ['test/bundle/global-setup.ts', 'test/system/global-setup.ts'],
          // Three files at a time load two cores: half of the time they wait. Each has its own namespace and model.
          maxWorkers: 3,
          // A busy machine can miss the deadline of a pod or of SQLite once; a defect of the suite fails twice.
          retry: 1,
          testTimeout: 420_000,
          hookTimeout: 420_000,
        },
      },
    ],
  },
})
