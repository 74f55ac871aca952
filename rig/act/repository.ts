import { cp, mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { run } from '../process/command.ts'

/** A user's repository in the making: where each file or folder comes from, by its place in the repository. */
export type RepositoryContents = {
  /** Owner and name as on GitHub, such as `shop/digits`. */
  name: string
  files?: Record<string, string>
  /** Workflow files, taken over unmodified into `.github/workflows`. */
  workflows: string[]
}

const author = ['-c', 'user.name=A user', '-c', 'user.email=user@example.invalid']

/** Records all that lies in the repository as a new commit of its default branch. */
export const commitAll = async (folder: string, message: string): Promise<void> => {
  await run(['git', '-C', folder, 'add', '--all'])
  await run(['git', '-C', folder, ...author, 'commit', '--quiet', '--allow-empty', '--message', message])
}

/** Makes a git repository as a user would have it: the files, the workflows, one commit on `main`, a remote. */
export const createRepository = async (folder: string, contents: RepositoryContents): Promise<string> => {
  await mkdir(folder, { recursive: true })
  const workflows = contents.workflows.map((path) => [join('.github/workflows', basename(path)), path])
  for (const [place = '', source = ''] of [...Object.entries(contents.files ?? {}), ...workflows]) {
    const target = join(folder, place)
    await mkdir(dirname(target), { recursive: true })
    const filter = (path: string) => !/(^|\/)(node_modules|__pycache__|\.git)$/.test(path)
    await cp(source, target, { recursive: true, filter })
  }
  await run(['git', '-C', folder, 'init', '--quiet', '--initial-branch=main'])
  await run(['git', '-C', folder, 'remote', 'add', 'origin', `https://github.com/${contents.name}`])
  await commitAll(folder, 'First commit')
  return folder
}
