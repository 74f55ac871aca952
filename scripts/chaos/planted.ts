import type { Killing } from './deaths.ts'
import type { Story } from './stories.ts'

/** A place at which a planted bug must be seen: a kill, or a chain that is held up alive. */
export interface Hit extends Partial<Omit<Killing, 'key'>> {
  story: Story
  /** The first write that matches. */
  at: RegExp
  held?: true
}

/** A mistake that somebody could make, as a small change of a file, and where the harness must notice it. */
export interface Planted {
  name: string
  file: string
  find: string
  replace: string
  hits: readonly Hit[]
}

const MACHINE = { death: 'machine', when: 'after', posts: false } as const

export const PLANTED: readonly Planted[] = [
  {
    name: 'a revision is marked as seen good before its pods were seen',
    file: 'actions/helm-deploy/main.ts',
    find: 'const end = begun.failed ?? (await watched(',
    replace: `await markOwn(release, await release.history(), own, { model: inputs['model-name'], version: inputs['model-version'], digest: '', run: '' })
    const end = begun.failed ?? (await watched(`,
    hits: [{ story: 'bad', at: /helm-deploy: POST secrets pending-rollback/, ...MACHINE }],
  },
  {
    name: 'what is begun is not written down before helm begins',
    file: 'actions/helm-deploy/main.ts',
    find: `  context.saveState('rollout', JSON.stringify(underway))
  await held.underway(underway)
`,
    replace: '',
    hits: [{ story: 'good', at: /helm-deploy: POST secrets pending-upgrade/, ...MACHINE }],
  },
  {
    name: 'the post step does nothing',
    file: 'actions/helm-deploy/post.ts',
    find: 'if (!state.rollout && !state.held && !state.trial) return',
    replace: 'if (!state.trial) return',
    hits: [
      { story: 'bad', at: /helm-deploy: PUT .* deployed/, death: 'SIGKILL', when: 'after', posts: true },
      { story: 'good', at: /helm-deploy: PATCH deployments/, death: 'SIGINT', when: 'after', posts: true },
    ],
  },
  {
    name: 'a version is registered without looking for one of the same run',
    file: 'actions/gatekeeper/record.ts',
    find: '  const version = own[0]\n  if (!version) return register',
    replace: '  const version = own[1]\n  if (!version) return register',
    hits: [{ story: 'good', at: /gatekeeper: POST model-versions.create/, ...MACHINE }],
  },
  {
    name: 'quarantine is written before the way back, so that the next run stops at the gate',
    file: 'actions/helm-deploy/failed.ts',
    find: '  const back = takesBack(',
    replace: '  await blame(deployment, underway, cause)\n  const back = takesBack(',
    hits: [{ story: 'bad', at: /helm-deploy: POST secrets pending-rollback/, ...MACHINE, when: 'before' }],
  },
  {
    name: 'why a version failed dies with the job that was about to write it down',
    file: 'actions/lease/blaming.ts',
    find: 'if (!blame) return',
    replace: "if (!blame || version !== '') return",
    hits: [{ story: 'bad', at: /helm-deploy: POST .*retrain.quarantined-at/, ...MACHINE, when: 'before' }],
  },
  {
    name: 'the alias moves before the quarantine is written, and a demotion whose alias has moved is taken for a whole one',
    file: 'actions/demote/write.ts',
    find: `  if (told) await write(mlflow.setVersionTags(name, bad.number, told))
  if (aliases.get(champion) !== restored.number) await write(mlflow.setAlias(name, champion, restored.number))
`,
    replace: `  if (aliases.get(champion) !== restored.number) await write(mlflow.setAlias(name, champion, restored.number))
  if (told && changed) await write(mlflow.setVersionTags(name, bad.number, told))
`,
    hits: [{ story: 'alert', at: /demote: POST registered-models.alias champion/, ...MACHINE }],
  },
  {
    name: 'a lease is taken from a holder that is alive',
    file: 'actions/lease/taking.ts',
    find: 'if (!found || !holder?.alive) {',
    replace: "if (!found || !holder?.alive || found.id !== '') {",
    hits: [{ story: 'good', at: /helm-deploy: PATCH deployments/, held: true }],
  },
  {
    name: 'a lease is not given back',
    file: 'actions/lease/taking.ts',
    find: '    if (await release.lease.swap(lease, undefined)) return\n',
    replace: '    if (tried > 0) return\n',
    hits: [{ story: 'good', at: /promote: POST registered-models.alias champion/, ...MACHINE }],
  },
  {
    name: 'a holder whose job is over is taken for alive',
    file: 'src/domain/lease.ts',
    find: 'if (said && heard && isOver(said, lease.runner)) return',
    replace: 'if (said && heard && isOver(said, lease.runner) && said.length > 9) return',
    hits: [{ story: 'good', at: /helm-deploy: PATCH deployments/, ...MACHINE }],
  },
  {
    name: 'a holder whose job GitHub calls in progress is taken for dead',
    file: 'src/domain/lease.ts',
    find: "seen.length > 0 && seen.every(({ status }) => status === 'completed')",
    replace: "seen.length > 0 && seen.every(({ status }) => status !== 'queued')",
    hits: [{ story: 'good', at: /helm-deploy: PATCH deployments/, held: true }],
  },
  {
    name: 'the way back leads to the last revision, not to the last one that was seen good',
    file: 'src/domain/rollout-recovery.ts',
    find: '?? lastProven(history, marks, own)',
    replace:
      '?? (own > last.revision ? lastProven(history, marks, own) : { revision: own, version: underway.version })',
    hits: [
      { story: 'bad', at: /helm-deploy: PUT .* deployed/, death: 'SIGKILL', when: 'after', posts: true },
    ],
  },
]
