import { createHash } from 'node:crypto'
import { connect, createServer, type Server } from 'node:net'
import { cache } from '../paths.ts'
import { interruptSignal, throwIfInterrupted } from './interruption.ts'

// A socket in Linux's abstract name space: no file is left behind, and the kernel frees the name the moment its
// holder dies, however it dies. So there is no stale lock to take over and no race in taking it over.
const address = `\0retrain-actions-rig-${createHash('sha256').update(cache).digest('hex').slice(0, 16)}`

const tryAcquireLock = (doing: string): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer((waiter) => {
      waiter.on('error', () => {})
      waiter.write(`process ${process.pid} (${doing})`)
    })
    server.once('listening', () => resolve(server))
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(address)
  })

/** Resolves when the holder lets go or dies. */
const waitForRelease = (): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect(address)
    socket.once('data', (holder) => console.error(`waiting for ${holder} to finish with the rig`))
    socket.on('error', () => {})
    const giveUp = () => socket.destroy()
    interruptSignal.addEventListener('abort', giveUp)
    socket.once('close', () => {
      interruptSignal.removeEventListener('abort', giveUp)
      resolve()
    })
  })

/**
 * Does `work` while no other process with the same cache folder starts or stops the rig. Waits for a holder,
 * and says on stderr who that is.
 * @param doing what the message to a waiting process names, such as `up`.
 */
export const withLock = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
  let server = await tryAcquireLock(doing)
  while (server === undefined) {
    await waitForRelease()
    throwIfInterrupted()
    server = await tryAcquireLock(doing)
  }
  const waiters = new Set<{ destroy: () => void }>()
  server.on('connection', (waiter) => waiters.add(waiter))
  try {
    return await work()
  } finally {
    const held = server
    await new Promise((resolve) => {
      held.close(resolve)
      for (const waiter of waiters) waiter.destroy()
    })
  }
}
