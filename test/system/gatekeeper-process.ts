// Started by tests as a process of its own: the gatekeeper from its sources, which this Node reads without a build.
import { gatekeeper } from '../../actions/gatekeeper/main.ts'

await gatekeeper.main()
