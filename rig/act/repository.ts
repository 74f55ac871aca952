import { cp, mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { run } from '../process/command.ts'

/** The contents of a user's repository. */
export type RepositoryContents = {
  /** Owner and name as on GitHub, such as `shop/digits`. */
  name: string
  /** Source of each file or folder, by its path in the repository. */
  files?: Record<string, string>
  /** Workflow files, copied unmodified into `.github/workflows`. */
  workflows: string[]
}

/** Independent of the settings of this machine's user. */
const settings = {
  'user.name': 'A user',
  'user.email': 'user@example.invalid',
  'commit.gpgSign': 'false',
  'core.hooksPath': '/dev/null',
}
const gitOptions = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])

/** Commits all changes to the default branch, also of files that .gitignore names. */
export const commitAll = async (folder: string, message: string): Promise<void> => {
  const git = ['git', '-C', folder, ...gitOptions]
  await run([...git, 'add', '--all', '--force'])
  await run([...git, 'commit', '--quiet', '--allow-empty', '--message', message])
}

/** Makes a folder a git repository with one commit on `main`, and a remote. @param name owner/name as on GitHub */
export const initializeRepository = async (folder: string, name: string): Promise<void> => {
  await run(['git', '-C', folder, 'init', '--quiet', '--initial-branch=main', '--template='])
  await run(['git', '-C', folder, 'remote', 'add', 'origin', `https://github.com/${name}`])
  await commitAll(folder, 'First commit')
}

/** Creates a git repository like a user's: files, workflows, one commit on `main`, and a remote. */
export const createRepository = async (folder: string, contents: RepositoryContents): Promise<string> => {
  await mkdir(folder, { recursive: true })
  const workflows = contents.workflows.map((file) => [join('.github/workflows', basename(file)), file])
  for (const [path = '', source = ''] of [...Object.entries(contents.files ?? {}), ...workflows]) {
    const target = join(folder, path)
    await mkdir(dirname(target), { recursive: true })
    const filter = (path: string) => !/(^|\/)(node_modules|__pycache__|\.git)$/.test(path)
    await cp(source, target, { recursive: true, filter })
  }
  await initializeRepository(folder, contents.name)
  return folder
}
