import * as z from 'zod'
import { helmFields, liveFields, optionalTrackingUri } from '../../src/runtime/connections.ts'
import { defineContract } from '../../src/runtime/contract.ts'
import { alias, choice, duration, modelName, shown, text } from '../../src/runtime/fields.ts'
import { contract as helmDeploy } from '../helm-deploy/contract.ts'

const versionOrLive = () =>
  z.string().regex(/^(live|[1-9][0-9]{0,17})$/, {
    error: (issue) =>
      `${shown(String(issue.input))} is neither a model version nor live; hand over model-version of trigger`,
  })

const time = () =>
  z.iso
    .datetime({
      offset: true,
      error: (issue) =>
        `${shown(String(issue.input))} is not an ISO 8601 time such as 2026-03-01T12:00:00Z; hand over fired-at of trigger`,
    })
    .transform((value) => new Date(value).toISOString())

const revision = () =>
  z
    .string()
    .regex(/^[1-9][0-9]{0,8}$/, {
      error: (issue) => `${shown(String(issue.input))} is not a revision; see helm history for its number`,
    })
    .transform(Number)

export const contract = defineContract({
  name: 'helm-rollback',
  description:
    'Takes a model version back that an alert named: to the last revision that was seen good with another version, watched until it serves.',
  connections: ['cluster', 'mlflow', 'github'],
  inputs: {
    'model-name': modelName().describe('Registered model.'),
    'bad-model-version': versionOrLive().describe(
      'The version to take back, as the alert names it (`model-version` of trigger). A person may write `live`.',
    ),
    'fired-at': time()
      .optional()
      .describe(
        'When the alert fired (`fired-at` of trigger). A version that was promoted later is left alone. Left out, now.',
      ),
    'rollback-window': duration()
      .prefault('72h')
      .describe(
        'How long a version may have been champion to be taken back. An older one has drifted, and is to be retrained.',
      ),
    'to-revision': revision()
      .optional()
      .describe(
        'The Helm revision to go back to, instead of the last good one. It must have been seen good as well.',
      ),
    'on-refused': choice(['continue', 'fail'])
      .prefault('continue')
      .describe('Whether the step is green (`continue`) or red where nothing is taken back.'),
    'evidence-logs': helmDeploy.inputs['evidence-logs'].describe(
      "The pods' last log lines in the evidence: as they are, without what looks like a secret, or none.",
    ),
    'champion-alias': alias().prefault('champion').describe('Alias of the version that is live.'),
    ...liveFields,
    ...helmFields,
    'tracking-uri': optionalTrackingUri(),
  },
  outputs: {
    outcome: choice(['rolled-back', 'unchanged', 'rollback-failed', 'refused'])
      .describe(
        'What became of it. `unchanged`: the release had gone back from this version before. `refused`: nothing was touched.',
      )
      .meta({ onFailure: 'refused' }),
    'bad-model-version': text().describe(
      'The version that was meant, as a number also where `live` was given.',
    ),
    'live-model-version': text().describe(
      'Version that every ready pod serves afterwards, read from the pods; empty where none or several do.',
    ),
    'live-revision': text().describe('Helm revision that is deployed afterwards.'),
    reason: text().describe('Why, on one line.'),
    'retrain-advised': choice(['true', 'false'])
      .describe(
        'Whether the version stays live although it was named, and the cure is a new model: it was champion for longer than `rollback-window`, or there is nothing good to go back to.',
      )
      .meta({ onFailure: 'false' }),
    evidence: text().describe(
      'Folder with evidence.json and evidence.md of the version, saved before it was taken back; empty without one.',
    ),
  },
  // To know whether the job that holds the release still works.
  permissions: { actions: 'read' },
  post: {
    state: { rollback: text().describe('The version that is being taken back; empty once that has ended.') },
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
