import type { Path } from './yaml.ts'

/** Something that two keys of a policy cannot both have, or that one lacks. The path names the key to mend. */
export interface Conflict {
  path: Path
  message: string
}
