import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Namespace, openNamespace } from './support/cluster/namespace.ts'

let cluster: Namespace
beforeAll(async () => {
  cluster = await openNamespace()
})
afterAll(() => cluster.close())

test.concurrent('the log says what a slow pod does', async () => {
  const { outputs, context } = await cluster.deploy('helm4', {
    release: 'slow',
    'model-version': '1',
    timeout: '120s',
    values: JSON.stringify({
      init: 'echo "::error::loading token=hunter2"; sleep 15',
      serve: 'sleep 15; touch /tmp/ready; exec sleep 3600',
    }),
  })
  expect(outputs.outcome).toBe('deployed')
  const lines = context.messages.filter((line) => line.includes('pod slow-'))
  expect(lines).toEqual([
    expect.stringMatching(
      /init container fetch-model running for 1\d s, last line: ::error::loading token=\*\*\*$/,
    ),
    expect.stringMatching(/container serve not ready for 1\d s: Readiness probe failed:$/),
  ])
})

test.concurrent('an init container whose connection localhost refuses again and again ends the wait', async () => {
  const started = Date.now()
  const { outputs, failure } = await cluster.deploy('helm3', {
    release: 'refused',
    'model-version': '1',
    timeout: '300s',
    values: JSON.stringify({
      init: `python3 -c '
import time, urllib.request
while True:
    try: urllib.request.urlopen("http://127.0.0.1:9")
    except OSError as error: print("GET http://127.0.0.1:9/models:", error, flush=True)
    time.sleep(8)'`,
    }),
  })
  expect(outputs).toMatchObject({ outcome: 'uninstalled', 'failure-reason': 'InitContainerFailed' })
  expect(failure?.message).toMatch(
    /InitContainerFailed in pod refused-\S+, container fetch-model: its connection was refused for 2\d s; localhost in a pod is the pod itself: set pod-tracking-uri .*last log line: "GET http:\/\/127\.0\.0\.1:9\/models: .*Connection refused/,
  )
  expect(Date.now() - started).toBeLessThan(150_000)
})

test.concurrent('a server that is refused a few times and then answers is no failure', async () => {
  const { outputs } = await cluster.deploy('helm4', {
    release: 'recovers',
    'model-version': '1',
    timeout: '120s',
    values: JSON.stringify({
      init: 'for n in 1 2 3; do echo "connection refused"; sleep 5; done; echo loaded; sleep 20',
    }),
  })
  expect(outputs.outcome).toBe('deployed')
})
