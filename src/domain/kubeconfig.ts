/** Whether a kubeconfig was given as its text (YAML of several lines, or JSON on one) rather than as a path. */
export function isKubeconfigText(given: string): boolean {
  return given.includes('\n') || given.trimStart().startsWith('{')
}
