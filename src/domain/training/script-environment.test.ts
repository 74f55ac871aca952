import { describe, expect, it } from 'vitest'
import { UserError } from '../core/errors.ts'
import { contextTags, runContext, scriptEnvironment } from './script-environment.ts'

describe('the environment of the script', () => {
  it('has no inputs, tokens or command files of the runner', () => {
    const job = {
      PATH: '/bin',
      HOME: '/root',
      RUNNER_TEMP: '/tmp/r',
      GITHUB_TOKEN: 'given by the user',
      GITHUB_SHA: 'abc',
      GITHUB_ENVIRONMENT: 'kept',
      INPUT_RUN: 'x',
      'INPUT_TRACKING-PASSWORD': 'x',
      input_lower: 'x',
      ACTIONS_RUNTIME_TOKEN: 'x',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
      STATE_pid: 'x',
      GITHUB_ENV: 'x',
      GITHUB_PATH: 'x',
      GITHUB_OUTPUT: 'x',
      GITHUB_STATE: 'x',
      GITHUB_STEP_SUMMARY: 'x',
    }
    expect(scriptEnvironment(job, {})).toEqual({
      PATH: '/bin',
      HOME: '/root',
      RUNNER_TEMP: '/tmp/r',
      GITHUB_TOKEN: 'given by the user',
      GITHUB_SHA: 'abc',
      GITHUB_ENVIRONMENT: 'kept',
      PYTHONUNBUFFERED: '1',
    })
  })

  it('prefers given variables to those of the job, and unsets undefined ones', () => {
    const job = { MLFLOW_RUN_ID: 'old', MLFLOW_TRACKING_URI: 'old', PYTHONUNBUFFERED: '' }
    expect(scriptEnvironment(job, { MLFLOW_RUN_ID: undefined, MLFLOW_TRACKING_URI: 'new' })).toEqual({
      MLFLOW_TRACKING_URI: 'new',
      PYTHONUNBUFFERED: '',
    })
  })
})

describe('MLFLOW_RUN_CONTEXT', () => {
  it('keeps the tags of the job and adds others', () => {
    expect(JSON.parse(runContext('{"team": "fraud", "n": 1}', { key: 'v' }))).toEqual({
      team: 'fraud',
      n: '1',
      key: 'v',
    })
    for (const empty of [undefined, '', '  ']) expect(runContext(empty, { key: 'v' })).toBe('{"key":"v"}')
  })

  it.each(['no json', '[1]', '"text"', 'null'])('must be an object, not %j', (text) => {
    expect(() => contextTags(text)).toThrow(UserError)
    expect(() => contextTags(text)).toThrow('MLFLOW_RUN_CONTEXT')
  })
})
