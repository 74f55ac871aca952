import { start } from './index.js'
await start("retrain", "post")
