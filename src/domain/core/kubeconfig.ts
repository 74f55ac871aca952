/** Whether a kubeconfig is value as text (YAML or one-line JSON) rather than as a path. */
export function isKubeconfigText(value: string): boolean {
  return value.includes('\n') || value.trimStart().startsWith('{')
}

/** Whether a kubeconfig's text disables TLS verification for a cluster. */
export function skipsTlsVerification(text: string): boolean {
  return isKubeconfigText(text) && /insecure-skip-tls-verify["']?\s*:\s*true/i.test(text)
}
