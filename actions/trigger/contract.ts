import { defineContract } from '../../src/runtime/contract.ts'
import { choice, list, modelName, text } from '../../src/runtime/fields.ts'

export const contract = defineContract({
  name: 'trigger',
  description:
    'Turns a schedule, a manual run or an alert into one validated request: which model, why, and whether to retrain or roll back.',
  connections: [],
  inputs: {
    'model-name': modelName()
      .optional()
      .describe('Model to use if the event names none, as a schedule. A model in the event wins.'),
    'allowed-models': list()
      .optional()
      .describe(
        'Models that an event may name, one per line or separated by commas. Defaults to any valid name.',
      ),
  },
  outputs: {
    'model-name': text().describe('Registered model.'),
    'model-version': text().describe('Model version that an alert names; else empty.'),
    reason: text().describe('Reason from the sender, on one line of at most 500 characters.'),
    source: choice(['schedule', 'manual', 'alert', 'drift']).describe('What started the workflow.'),
    'fired-at': text().describe('When the alert fired or the event happened, as ISO 8601 in UTC.'),
    force: choice(['true', 'false'])
      .describe('Whether to override the gate (workflow_dispatch input `force`).')
      .meta({ onFailure: 'false' }),
    'dedupe-key': text().describe('Equal for events about the same incident.'),
    intent: choice(['retrain', 'rollback', 'none'])
      .describe('Requested operation: `rollback` for an event of type performance-alert.')
      .meta({ onFailure: 'none' }),
  },
  permissions: {},
  example: { 'model-name': 'digits' },
})
