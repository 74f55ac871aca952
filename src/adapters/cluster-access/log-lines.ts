/** What tools print beside their error: log lines and blocks of client-go (klog), log lines of Helm 4, and warnings. */
const LOG_LINES =
  /^[EWIF]\d{4} [\d:.]+ +\d+ \S+\] (?:.*=<\n(?:[\t ]+(?!>$).*\n|\n)* >|.*)$|^(?:time=\S+ )?level=[A-Z]+ .*$|^(?:WARNING|Warning): .*$/gm

export function dropLogLines(stderr: string): string {
  return stderr.replace(LOG_LINES, '').trim()
}
