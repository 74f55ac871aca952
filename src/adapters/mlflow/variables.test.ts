import { describe, expect, it } from 'vitest'
import { mlflowVariables } from './variables.ts'

describe("MLflow's variables", () => {
  it('carry credentials beside the address, never in it', () => {
    expect(mlflowVariables({ 'tracking-uri': 'https://me:p%40ss@mlflow.example/prefix/' })).toEqual({
      MLFLOW_TRACKING_URI: 'https://mlflow.example/prefix',
      MLFLOW_TRACKING_USERNAME: 'me',
      MLFLOW_TRACKING_PASSWORD: 'p@ss',
    })
  })

  it('prefer the inputs to what stands in the address', () => {
    const connection = {
      'tracking-uri': 'http://me:a@mlflow:5000',
      'tracking-username': 'you',
      'tracking-password': 'b',
      'tracking-token': 't',
      workspace: 'w',
    }
    expect(mlflowVariables(connection)).toEqual({
      MLFLOW_TRACKING_URI: 'http://mlflow:5000',
      MLFLOW_TRACKING_USERNAME: 'you',
      MLFLOW_TRACKING_PASSWORD: 'b',
      MLFLOW_TRACKING_TOKEN: 't',
      MLFLOW_WORKSPACE: 'w',
    })
  })

  it('are those that are known', () => {
    expect(mlflowVariables({ 'tracking-uri': 'http://mlflow:5000' })).toEqual({
      MLFLOW_TRACKING_URI: 'http://mlflow:5000',
    })
  })
})
