import { start } from './index.js'
await start("helm-rollback", "main")
