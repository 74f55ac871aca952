/** The fields of a line of `act --json` that a stream prints. */
type Entry = {
  msg?: string
  level?: string
  job?: string
  step?: string
  stage?: string
  raw_output?: boolean
  stepResult?: string
  jobResult?: string
}

/** act skips a job with such a message if its `runs-on` is unknown, and reports success. */
const SKIPPED_JOB = 'Skipping unsupported platform'

// Texts of a training must not control the terminal.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
const CONTROL_CHARACTERS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

const parseEntry = (line: string): Entry => {
  try {
    return Object(JSON.parse(line))
  } catch {
    return { msg: line }
  }
}

/** Turns act's log into lines for a terminal: a heading for each step, its output, and the results. */
export const createLogStream = (print: (line: string) => void, mask: (text: string) => string) => {
  let heading = ''
  let skippedJob: string | undefined
  const read = (line: string): void => {
    if (line === '') return
    const { msg = '', job, step, stage, level, ...entry } = parseEntry(line)
    const name = job?.trim()
    const show = (text: string) => print(mask(text).replaceAll(CONTROL_CHARACTERS, ''))
    if (msg.includes(SKIPPED_JOB)) skippedJob ??= name
    if (entry.raw_output || (level === 'error' && name !== undefined)) {
      const next = [name, stage === 'Main' ? undefined : stage, step].filter(Boolean).join(' · ')
      if (next !== heading) show(`\n${next}`)
      heading = next
      for (const each of msg.trimEnd().split('\n')) show(`  ${each}`)
    }
    if (entry.stepResult === 'failure') show(`  failed: ${step}`)
    if (entry.jobResult) show(`${name}: ${entry.jobResult}`)
  }
  return {
    read,
    /** The first job that act skipped because it does not know its runner. */
    skippedJob: () => skippedJob,
  }
}
