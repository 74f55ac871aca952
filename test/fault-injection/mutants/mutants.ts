import type { CaseKind } from '../cases.ts'
import type { KillInjection } from '../injection/failure-modes.ts'

/** An injection that must reveal a mutant: a kill, or a paused chain. */
export interface MutantCheck extends Partial<Omit<KillInjection, 'key'>> {
  kind: CaseKind
  /** The first write that matches. */
  writePattern: RegExp
  pausesChain?: true
}

/** A deliberate defect of the product, as a patch of its sources. At least one of its checks must detect it. */
export interface Mutant {
  /** Name of the patch file in this folder, without `.patch`. */
  patch: string
  /** The defect in words. */
  reason: string
  checks: readonly MutantCheck[]
}

const MACHINE_LOSS_AFTER = { failureMode: 'machine-loss', timing: 'after', runsPostSteps: false } as const

export const MUTANTS: readonly Mutant[] = [
  {
    patch: 'verified-before-observed',
    reason: 'A revision is recorded as verified before its pods were observed.',
    checks: [
      { kind: 'crashing', writePattern: /helm-deploy: POST secrets pending-rollback/, ...MACHINE_LOSS_AFTER },
    ],
  },
  {
    patch: 'operation-not-recorded',
    reason: 'The operation is not recorded before Helm starts.',
    checks: [
      { kind: 'healthy', writePattern: /helm-deploy: POST secrets pending-upgrade/, ...MACHINE_LOSS_AFTER },
    ],
  },
  {
    patch: 'post-step-does-nothing',
    reason: 'The post step does nothing.',
    checks: [
      {
        kind: 'crashing',
        writePattern: /helm-deploy: PUT .* deployed/,
        failureMode: 'SIGKILL',
        timing: 'after',
        runsPostSteps: true,
      },
      {
        kind: 'healthy',
        writePattern: /helm-deploy: PATCH deployments/,
        failureMode: 'SIGINT',
        timing: 'after',
        runsPostSteps: true,
      },
    ],
  },
  {
    patch: 'version-registered-twice',
    reason: 'A version is registered without looking for one of the same run.',
    checks: [
      { kind: 'healthy', writePattern: /gatekeeper: POST model-versions.create/, ...MACHINE_LOSS_AFTER },
    ],
  },
  {
    patch: 'failure-tags-lost',
    reason: 'The failure tags are lost with the job that was about to write them.',
    checks: [
      {
        kind: 'crashing',
        writePattern: /helm-deploy: POST .*retrain.quarantined-at/,
        ...MACHINE_LOSS_AFTER,
        timing: 'before',
      },
    ],
  },
  {
    patch: 'alias-before-quarantine',
    reason:
      'The alias moves before the quarantine is written, and a demotion whose alias has moved counts as complete.',
    checks: [
      { kind: 'alert', writePattern: /demote: POST registered-models.alias champion/, ...MACHINE_LOSS_AFTER },
    ],
  },
  {
    patch: 'lease-taken-from-live-holder',
    reason: 'A lease is taken from a live holder.',
    checks: [{ kind: 'healthy', writePattern: /helm-deploy: PATCH deployments/, pausesChain: true }],
  },
  {
    patch: 'lease-not-released',
    reason: 'A lease is not released.',
    checks: [
      {
        kind: 'healthy',
        writePattern: /promote: POST registered-models.alias champion/,
        ...MACHINE_LOSS_AFTER,
      },
    ],
  },
  {
    patch: 'lease-never-expires',
    reason: 'A lease never expires.',
    checks: [{ kind: 'healthy', writePattern: /helm-deploy: PATCH deployments/, ...MACHINE_LOSS_AFTER }],
  },
  {
    patch: 'lease-expires-while-renewed',
    reason: 'A lease expires while its holder renews it.',
    checks: [{ kind: 'healthy', writePattern: /helm-deploy: PATCH deployments/, pausesChain: true }],
  },
  {
    patch: 'rollback-to-unverified',
    reason: 'The rollback leads to the last revision instead of the last verified one.',
    checks: [
      {
        kind: 'crashing',
        writePattern: /helm-deploy: PUT .* deployed/,
        failureMode: 'SIGKILL',
        timing: 'after',
        runsPostSteps: true,
      },
    ],
  },
]
