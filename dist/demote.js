import { start } from './index.js'
await start("demote", "main")
