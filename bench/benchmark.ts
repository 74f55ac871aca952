/** One line of the table that `npm run bench` prints. */
export interface BenchmarkResult {
  name: string
  figure: string
  /** The bar in words: "at most 0.2 s". */
  target: string
  isMet: boolean
}

/** What measurements share. */
export interface BenchmarkContext {
  /** Temporary; deleted at the end. */
  folder: string
  /** The rig's MLflow; the first call starts it. */
  mlflow(): Promise<Server>
}

export type Benchmark = (bench: BenchmarkContext) => Promise<BenchmarkResult[]>

/** An MLflow server and a Python that has its client. */
export interface Server {
  uri: string
  python: string
  /** Where the server asks for it. */
  credentials?: { username: string; password: string }
}
