import * as z from 'zod'
import { defineContract } from '../../src/runtime/contract.ts'
import { alias, choice, duration, matchPattern, modelName, quote, text } from '../../src/runtime/fields.ts'
import { helmFields, liveFields, optionalTrackingUri } from '../../src/runtime/shared-inputs.ts'

const versionOrLive = () =>
  matchPattern(/^(live|[1-9][0-9]{0,17})$/, 'a model version or live; pass model-version of trigger')

const time = () =>
  z.iso
    .datetime({
      offset: true,
      error: (issue) =>
        `${quote(String(issue.input))} is not an ISO 8601 time such as 2026-03-01T12:00:00Z; pass fired-at of trigger`,
    })
    .transform((value) => new Date(value).toISOString())

const revision = () =>
  matchPattern(/^[1-9][0-9]{0,8}$/, 'a revision number; run helm history to list them').transform(Number)

export const contract = defineContract({
  name: 'helm-rollback',
  description:
    'Rolls back a model version that an alert names, to the last verified revision with another version, and watches the pods until they serve it.',
  connections: ['cluster', 'mlflow'],
  inputs: {
    'model-name': modelName().describe('Registered model.'),
    'bad-model-version': versionOrLive().describe(
      'Version to roll back, as the alert names it (`model-version` of trigger). In a manual run, `live` means the live version.',
    ),
    'fired-at': time()
      .optional()
      .describe(
        'When the alert fired (`fired-at` of trigger). A version that was promoted later is not rolled back. Defaults to now.',
      ),
    'rollback-window': duration()
      .prefault('72h')
      .describe(
        'How long after its promotion a version is rolled back. An older one has drifted: retrain it.',
      ),
    'to-revision': revision()
      .optional()
      .describe('Helm revision to roll back to, instead of the last verified one. It must be verified, too.'),
    'on-refused': choice(['continue', 'fail'])
      .prefault('continue')
      .describe('Whether the step succeeds (`continue`) or fails if nothing is rolled back.'),
    'champion-alias': alias().prefault('champion').describe('Alias of the live version.'),
    ...liveFields,
    ...helmFields,
    'tracking-uri': optionalTrackingUri(),
  },
  outputs: {
    outcome: choice(['rolled-back', 'unchanged', 'rollback-failed', 'refused'])
      .describe(
        'Result. `unchanged`: the release was already rolled back from this version. `refused`: nothing was changed.',
      )
      .meta({ onFailure: 'refused' }),
    'bad-model-version': text().describe('Number of the version to roll back, also for `live`.'),
    'live-model-version': text().describe(
      'Version that every ready pod serves afterwards; empty if none or several do.',
    ),
    'live-revision': text().describe('Deployed Helm revision afterwards.'),
    reason: text().describe('Reason for the result, on one line.'),
    'retrain-advised': choice(['true', 'false'])
      .describe(
        'Whether the version stays live and should be retrained: it is older than `rollback-window`, or there is no rollback target.',
      )
      .meta({ onFailure: 'false' }),
    evidence: text().describe(
      'Folder with evidence.json and evidence.md, saved before the rollback; empty without one.',
    ),
    'evidence-name': text().describe(
      'Name for the artifact of the evidence, unique per environment, namespace, release, model version and revision. Empty: no evidence.',
    ),
  },
  permissions: {},
  post: {
    state: {
      lease: text().describe('Identity of the lease holder. Empty: nothing is left to recover.'),
      rollback: text().describe('The version that is being rolled back; empty when the rollback has ended.'),
    },
  },
  example: {
    release: 'digits',
    'model-name': 'digits',
    'bad-model-version': `\${{ steps.trigger.outputs.model-version }}`,
    'fired-at': `\${{ steps.trigger.outputs.fired-at }}`,
    'tracking-uri': `\${{ vars.MLFLOW_TRACKING_URI }}`,
    kubeconfig: `\${{ secrets.KUBECONFIG }}`,
  },
})
