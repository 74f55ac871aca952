import { start } from './index.js'
await start("trigger", "main")
