import { start } from './index.js'
await start("reconcile", "main")
