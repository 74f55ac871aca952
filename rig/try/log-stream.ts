/** The fields of a line of `act --json` that a stream prints. */
type Entry = {
  msg?: string
  level?: string
  job?: string
  step?: string
  stage?: string
  raw_output?: boolean
  command?: string
  arg?: string
  stepResult?: string
  jobResult?: string
}

/** A pod waits for an image that the node does not have. */
const MISSING_IMAGE = /\b(ErrImagePull|ImagePullBackOff|ErrImageNeverPull)\b/

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

const isAnnotation = (command: string | undefined): boolean =>
  command !== undefined && ['error', 'warning', 'notice'].includes(command)

/** Returns the text that an entry adds to the output of its step; undefined for act's own messages. */
const readOutput = ({ msg, raw_output, command, arg, level, job }: Entry): string | undefined => {
  if (isAnnotation(command)) return `${command}: ${arg}`
  return raw_output || (level === 'error' && job !== undefined) ? msg : undefined
}

/** Turns act's log into lines for a terminal: a heading for each step, its output, and the results. */
export const createLogStream = (print: (line: string) => void, mask: (text: string) => string) => {
  let heading = ''
  const skippedJobs = new Set<string>()
  let isImageMissing = false
  const read = (line: string): void => {
    if (line === '') return
    const entry = parseEntry(line)
    const { stage, stepResult, jobResult } = entry
    const job = entry.job?.trim() ?? ''
    // A step without a name has its whole script as the name.
    const step = entry.step?.split('\n')[0]
    const show = (text: string) => print(mask(text).replaceAll(CONTROL_CHARACTERS, ''))
    if (entry.msg?.includes(SKIPPED_JOB)) skippedJobs.add(job)
    const output = readOutput(entry)
    isImageMissing ||= output !== undefined && MISSING_IMAGE.test(output)
    if (output !== undefined) {
      const next = [job, stage === 'Main' ? undefined : stage, step].filter(Boolean).join(' · ')
      if (next !== heading) show(`\n${next}`)
      heading = next
      for (const each of output.trimEnd().split('\n')) show(`  ${each}`)
    }
    if (stepResult === 'failure') show(`  failed: ${step}`)
    if (jobResult) show(`${job}: ${jobResult}`)
  }
  return {
    read,
    /** The jobs that act skipped because it does not know their runners. */
    skippedJobs: () => [...skippedJobs],
    /** Whether a pod waited for an image that the rig does not have. */
    isImageMissing: () => isImageMissing,
  }
}
