import { z } from 'zod'

/**
 * The body of `POST /repos/{owner}/{repo}/dispatches`, after GitHub's documentation ("Create a repository dispatch
 * event" in the REST API reference, and the event "repository_dispatch"). The real API rejects other keys, although
 * GitHub's OpenAPI description allows them.
 */
const schema = z.strictObject({
  event_type: z.string().min(1).max(100),
  client_payload: z.record(z.string(), z.unknown()).optional(),
})

export type Dispatch = { event_type: string; client_payload: Record<string, unknown> }

const maxKeys = 10
const maxCharacters = 65_535

/** Phrases a problem as GitHub does. */
const formatIssue = (issue: z.core.$ZodIssue, body: unknown): string => {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `"${key}" is not a permitted key.`).join('\n')
  if (issue.code === 'too_big') return `"${path}" is too long (maximum is ${issue.maximum} characters).`
  if (issue.code === 'too_small') return `"${path}" can't be blank.`
  if (path === '') return 'For the request body, an object is expected.'
  const supplied = typeof body === 'object' && body !== null && path in body
  return supplied ? `For '${path}', ${issue.message}.` : `"${path}" wasn't supplied.`
}

/** @returns the dispatch, or the message of a response with status 422 */
export const readDispatch = (body: unknown): { dispatch: Dispatch } | { error: string } => {
  const parsed = schema.safeParse(body)
  if (!parsed.success)
    return { error: parsed.error.issues.map((issue) => formatIssue(issue, body)).join('\n') }
  const { event_type, client_payload = {} } = parsed.data
  const keys = Object.keys(client_payload).length
  if (keys > maxKeys)
    return { error: `No more than ${maxKeys} properties are allowed; ${keys} were supplied.` }
  const characters = JSON.stringify(client_payload).length
  if (characters > maxCharacters) {
    return { error: `client_payload is too large (${characters} characters, maximum is ${maxCharacters}).` }
  }
  return { dispatch: { event_type, client_payload } }
}
