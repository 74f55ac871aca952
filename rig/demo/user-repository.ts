import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commitAll, createRepository } from '../act/index.ts'
import { repository } from '../paths.ts'

/** A user of the suite: a repository with the example model and the caller workflow, both as they are shipped. */
export interface UserRepository {
  folder: string
  /** Changes how the model is trained, as a data scientist does: by a commit. */
  changeTraining(quality: string): Promise<void>
  remove(): Promise<void>
}

export const repositoryName = 'shop/digits'

/**
 * @param image where the pods' image is on this machine, "name:tag"; a user has it in a registry
 * @param workflows which of the examples the user has copied
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
