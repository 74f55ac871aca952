/** Posts an alert that fires for an hour, as Prometheus does. @throws if Alertmanager rejects it */
export const postAlert = async (
  alertmanagerUri: string,
  labels: Record<string, string>,
  annotations: Record<string, string>,
): Promise<void> => {
  const endsAt = new Date(Date.now() + 3_600_000).toISOString()
  const alert = { labels, annotations, startsAt: '2026-03-01T12:00:00.5Z', endsAt }
  const response = await fetch(`${alertmanagerUri}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([alert]),
  })
  if (!response.ok) throw new Error(`Alertmanager answered ${response.status}: ${await response.text()}`)
}

/** Lists the distinct reasons of failed webhook requests. */
export const listWebhookFailures = async (alertmanagerUri: string): Promise<string[]> => {
  const text = await (await fetch(`${alertmanagerUri}/metrics`)).text()
  const failedPattern =
    /^alertmanager_notifications_failed_total\{integration="webhook",reason="(\w+)"\} [1-9]/gm
  return [...text.matchAll(failedPattern)].map(([, reason = '']) => reason)
}
