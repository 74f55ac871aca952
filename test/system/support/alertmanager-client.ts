/** Posts an alert that fires for an hour to an Alertmanager, as Prometheus does. @throws when Alertmanager refuses it */
export const postAlert = async (
  alertmanagerUri: string,
  labels: Record<string, string>,
  annotations: Record<string, string>,
): Promise<void> => {
  const endsAt = new Date(Date.now() + 3_600_000).toISOString()
  const alert = { labels, annotations, startsAt: '2026-03-01T12:00:00.5Z', endsAt }
  const answer = await fetch(`${alertmanagerUri}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([alert]),
  })
  if (!answer.ok) throw new Error(`Alertmanager said ${answer.status}: ${await answer.text()}`)
}

/** Reasons for which posts of its webhooks failed so far, each once. */
export const listWebhookFailures = async (alertmanagerUri: string): Promise<string[]> => {
  const text = await (await fetch(`${alertmanagerUri}/metrics`)).text()
  const failed = /^alertmanager_notifications_failed_total\{integration="webhook",reason="(\w+)"\} [1-9]/gm
  return [...text.matchAll(failed)].map(([, reason = '']) => reason)
}
