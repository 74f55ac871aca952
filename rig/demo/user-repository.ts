import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commitAll, createRepository } from '../act/index.ts'
import { repository } from '../paths.ts'

/** A user's repository with the unmodified example model and caller workflows. */
export interface UserRepository {
  folder: string
  /** Commits a change of the training arguments. */
  changeTraining(quality: string): Promise<void>
  remove(): Promise<void>
}

export const repositoryName = 'shop/digits'

/**
 * @param image the image of the pods on this machine, "name:tag"; users have it in a registry
 * @param workflows the example workflows that the user copied
 */
export const createUserRepository = async (
  image: string,
  workflows = ['retrain.yml', 'rollback.yml'],
): Promise<UserRepository> => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'retrain-user-')))
  await createRepository(folder, {
    name: repositoryName,
    files: { '.': join(repository, 'examples/digits') },
    workflows: workflows.map((file) => join(repository, 'workflows-examples', file)),
  })
  const [name, tag] = image.split(':')
  const values = { image: { repository: name, tag, pullPolicy: 'Never' } }
  await writeFile(join(folder, 'values.yaml'), JSON.stringify(values))
  return {
    folder,
    changeTraining: async (quality) => {
      await writeFile(join(folder, 'train.args'), `--quality=${quality}\n`)
      await commitAll(folder, `Train the ${quality} model`)
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
