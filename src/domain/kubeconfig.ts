/** Whether a kubeconfig was given as its text (YAML of several lines, or JSON on one) rather than as a path. */
export function isKubeconfigText(given: string): boolean {
  return given.includes('\n') || given.trimStart().startsWith('{')
}

/** Whether a kubeconfig's text has a cluster believed whoever it is that answers. */
export function trustsAnyone(text: string): boolean {
  return isKubeconfigText(text) && /insecure-skip-tls-verify["']?\s*:\s*true/i.test(text)
}
