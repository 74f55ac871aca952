import { createHash } from 'node:crypto'
import { connect, createServer, type Server } from 'node:net'
import { cache } from '../paths.ts'
import { interruptSignal, throwIfInterrupted } from './interruption.ts'

// A socket in Linux's abstract namespace. The kernel frees its name as soon as the holder exits, so there is no lock
// file and no stale lock.
const address = `\0retrain-actions-rig-${createHash('sha256').update(cache).digest('hex').slice(0, 16)}`

const tryAcquireLock = (operation: string): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer((waiter) => {
      waiter.on('error', () => {})
      waiter.write(`process ${process.pid} (${operation})`)
    })
    server.once('listening', () => resolve(server))
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(address)
  })

/** Resolves when the holder releases the lock or exits. */
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
 * Runs `work` while no other process with the same cache folder holds the lock. Waits for the holder and prints it to
 * stderr.
 * @param operation shown to waiting processes, such as `up`
 */
export const withLock = async <T>(operation: string, work: () => Promise<T>): Promise<T> => {
  let server = await tryAcquireLock(operation)
  while (server === undefined) {
    await waitForRelease()
    throwIfInterrupted()
    server = await tryAcquireLock(operation)
  }
  const waiters = new Set<{ destroy: () => void }>()
  server.on('connection', (waiter) => waiters.add(waiter))
  try {
    return await work()
  } finally {
    const heldServer = server
    await new Promise((resolve) => {
      heldServer.close(resolve)
      for (const waiter of waiters) waiter.destroy()
    })
  }
}
