import { defineContract } from '../../src/runtime/contract.ts'
import { choice, list, modelName, text } from '../../src/runtime/fields.ts'

export const contract = defineContract({
  name: 'trigger',
  description:
    'Turns a schedule, a person or an alert into one validated request: which model, why, and whether to retrain or to roll back.',
  connections: [],
  inputs: {
    'model-name': modelName()
      .optional()
      .describe(
        'The model, where the event names none (a schedule has no payload). A model named by the event goes first.',
      ),
    'allowed-models': list()
      .optional()
      .describe(
        'Models that an event may name, one a line or separated by commas. Left out, any valid name.',
      ),
  },
  outputs: {
    'model-name': text().describe('Registered model that the request is about.'),
    'model-version': text().describe('Model version that an alert names; empty where none is named.'),
    reason: text().describe('Why, in the words of the sender, on one line and cut to 500 characters.'),
    source: choice(['schedule', 'manual', 'alert']).describe('Who asked.'),
    'fired-at': text().describe('When the alert fired, or the event happened, as an ISO 8601 time in UTC.'),
    force: choice(['true', 'false'])
      .describe('Whether a person asked to override the gate (workflow_dispatch input `force`).')
      .meta({ onFailure: 'false' }),
    'dedupe-key': text().describe('Equal for two events about the same thing.'),
    intent: choice(['retrain', 'rollback', 'none'])
      .describe('What the event asks for: `rollback` for an event of type performance-alert.')
      .meta({ onFailure: 'none' }),
  },
  permissions: {},
  example: { 'model-name': 'digits' },
})
