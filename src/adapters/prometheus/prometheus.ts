import { setTimeout as sleep } from 'node:timers/promises'
import { fetch } from 'undici'
import * as z from 'zod'
import { Fault, type FaultOptions } from '../../domain/core/errors.ts'
import { oneLine, parseJson } from '../../domain/core/text.ts'
import { quote } from '../../domain/table/messages.ts'
import { diagnoseConnectionFailure } from '../http/connection-failure.ts'
import { describeConnectionFailure } from '../http/connection-hint.ts'
import { createDispatcher } from '../http/dispatcher.ts'
import type { PrometheusConnection } from './connection.ts'

const REQUEST_TIMEOUT_MS = 30_000
const MAX_ATTEMPTS = 3
const RETRY_WAIT_MS = 500
const RETRYABLE_STATUS = new Set([408, 429, 502, 503, 504])

export type Prometheus = ReturnType<typeof connectPrometheus>

class PrometheusFault extends Fault {
  readonly isRetryable: boolean
  constructor(details: Omit<FaultOptions, 'system'>, isRetryable = false) {
    super({ system: 'Prometheus', ...details })
    this.isRetryable = isRetryable
  }
}

const sample = z.tuple([z.number(), z.string()])
const series = z.object({ metric: z.record(z.string(), z.string()), value: sample.optional() })
const answer = z.object({
  status: z.literal('success'),
  warnings: z.array(z.string()).nullish(),
  data: z.union([
    z.object({ resultType: z.literal('vector'), result: z.array(series) }),
    z.object({ resultType: z.literal('scalar'), result: sample }),
    z.object({ resultType: z.enum(['matrix', 'string']) }),
  ]),
})
const refusal = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() })

/** The instant queries of a Prometheus API. Sends nothing before the first call. */
export function connectPrometheus(connection: PrometheusConnection) {
  const { base, headers, cancelled } = connection
  const dispatcher = createDispatcher(connection)

  const queryOnce = async (expression: string, call: string): Promise<number> => {
    const signals = [AbortSignal.timeout(REQUEST_TIMEOUT_MS), ...(cancelled ? [cancelled] : [])]
    const url = `${base}/api/v1/query?${new URLSearchParams({ query: expression })}`
    const init = { headers, dispatcher, redirect: 'manual', signal: AbortSignal.any(signals) } as const
    const [status, body] = await fetch(url, init)
      .then(async (response) => [response.status, await response.text()] as const)
      .catch((cause) => {
        cancelled?.throwIfAborted()
        const failure = diagnoseConnectionFailure(cause)
        const isRetryable = failure.reason === 'unreachable' || failure.reason === 'interrupted'
        const hint = describeConnectionFailure(failure.reason, connection, {
          address: 'prometheus-url',
          authority: 'NODE_EXTRA_CA_CERTS',
        })
        throw new PrometheusFault({ call, detail: failure.detail, hint, cause }, isRetryable)
      })
    return readSample(call, body, status, connection)
  }

  return {
    base,

    /**
     * The value of an expression now. No answer stands for a missing one: empty, NaN, infinite, several series, and a
     * warning (a part of the data may be missing) are errors.
     * @throws Fault
     */
    async query(expression: string): Promise<number> {
      const call = `query ${quote(oneLine(expression))}`
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await queryOnce(expression, call)
        } catch (error) {
          if (attempt >= MAX_ATTEMPTS || !(error instanceof PrometheusFault && error.isRetryable)) throw error
          await sleep(RETRY_WAIT_MS * attempt, undefined, cancelled && { signal: cancelled }).catch(() =>
            cancelled?.throwIfAborted(),
          )
        }
      }
    },
  }
}

function readSample(
  call: string,
  body: string,
  status: number,
  { base, headers }: PrometheusConnection,
): number {
  const json = parseJson(body)
  const fault = (detail: string, hint: string, isRetryable = false) =>
    new PrometheusFault({ call, status, detail, hint }, isRetryable)
  const refused = refusal.safeParse(json)
  if (status === 401 || status === 403) throw fault(summarize(body), credentialHint(base, headers))
  if (refused.success) {
    const { errorType, error } = refused.data
    const isBadQuery = errorType === 'bad_data' || errorType === 'execution'
    const hint = isBadQuery
      ? 'Fix the query; try it in the web page of Prometheus.'
      : 'See the log of Prometheus at this time, then re-run the job.'
    throw fault(`${errorType}: ${oneLine(error, 300)}`, hint, RETRYABLE_STATUS.has(status))
  }
  if (status !== 200) {
    const hint = `Is ${base} the address of Prometheus, with its path prefix, but without /api/v1? Or did a proxy answer?`
    throw fault(summarize(body), hint, RETRYABLE_STATUS.has(status))
  }
  const read = answer.safeParse(json)
  if (!read.success)
    throw fault(
      `unexpected response: ${summarize(body)}`,
      `Is ${base} the address of Prometheus, or does a login page answer?`,
    )
  const { warnings, data } = read.data
  if (warnings && warnings.length > 0)
    throw fault(
      `a warning: ${oneLine(warnings.join('; '), 300)}`,
      'The value may lack data. Resolve the warning, or change the query so that it raises none.',
    )
  return toNumber(findText(data, fault), fault)
}

type CreateFault = (detail: string, hint: string) => Fault

function findText(data: z.output<typeof answer>['data'], fault: CreateFault): string {
  if (data.resultType === 'scalar') return data.result[1]
  if (data.resultType !== 'vector')
    throw fault(
      `the result is a ${data.resultType}, not one value`,
      'Use an expression with one value now, such as avg_over_time(NAME[1h]) in place of NAME[1h].',
    )
  const [first, ...others] = data.result
  if (!first)
    throw fault(
      'the result is empty',
      'Check the names and labels of the query, and whether Prometheus still scrapes the model.',
    )
  if (others.length > 0) {
    const shown = data.result.slice(0, 3).map(({ metric }) => quote(JSON.stringify(metric)))
    throw fault(
      `the result has ${data.result.length} series: ${shown.join(', ')}${others.length > 2 ? ', ...' : ''}`,
      'Select one by its labels, or aggregate them into one value.',
    )
  }
  if (!first.value)
    throw fault(
      'the result is a histogram, not a number',
      'Use histogram_quantile, histogram_avg or another function of it.',
    )
  return first.value[1]
}

/** Prometheus writes NaN, +Inf and -Inf as such. */
function toNumber(text: string, fault: CreateFault): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isFinite(value)) return value
  throw fault(
    `the result is ${quote(text)}, which is no finite number`,
    'Does the model have labelled predictions in this window? A quotient by 0 is NaN.',
  )
}

function credentialHint(base: string, { authorization }: PrometheusConnection['headers']): string {
  if (authorization === undefined)
    return `${base} requires credentials: give prometheus-token, or user name and password in prometheus-url.`
  return authorization.startsWith('Basic ')
    ? `${base} does not accept the user name and password in prometheus-url.`
    : `${base} does not accept prometheus-token: check it, and that it may read metrics.`
}

/** A body for a message: without markup, on one line. */
function summarize(body: string): string {
  return oneLine(body.replace(/<[^>]*>/g, ' '), 300) || 'no text'
}
