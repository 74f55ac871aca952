import { start } from './index.js'
await start("gatekeeper", "main")
