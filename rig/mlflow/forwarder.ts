// A daemon of the rig with the arguments HOST PORT. Forwards TCP connections to the same port of the loopback interface.
import { connect, createServer } from 'node:net'

const [host = '', port = ''] = process.argv.slice(2)

createServer((outside) => {
  const inside = connect(Number(port), '127.0.0.1')
  outside.pipe(inside).pipe(outside)
  outside.on('error', () => inside.destroy())
  inside.on('error', () => outside.destroy())
}).listen(Number(port), host, () => console.log(`forwarding ${host}:${port} to 127.0.0.1:${port}`))
