import { expect, test } from 'vitest'
import { connectionTo, errorResponse, startServer, textResponse } from '../../../test/fakes/mlflow-server.ts'
import { connectMlflow } from './mlflow.ts'

test.each([
  ['as a text', textResponse('3.17.2', 200), '3.17.2'],
  ['of a development version', textResponse('3.18.0.dev0\n', 200), '3.18.0.dev0'],
  ['unless a proxy answers', textResponse('<html>Sign in</html>', 200), undefined],
  ['unless there is none', errorResponse('ENDPOINT_NOT_FOUND', 404), undefined],
  ['unless it is not allowed', textResponse('no', 401), undefined],
])('the server says its version %s', async (_what, answer, version) => {
  const { uri, asked } = await startServer(answer)
  expect(await connectMlflow(connectionTo(`${uri}/prefix`)).readServerVersion()).toBe(version)
  expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /prefix/version'])
})
