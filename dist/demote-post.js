import { start } from './index.js'
await start("demote", "post")
