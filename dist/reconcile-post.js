import { start } from './index.js'
await start("reconcile", "post")
