/** A line of the output of `npm run bench`. */
export interface BenchmarkResult {
  name: string
  figure: string
  /** The required value: "at most 0.2 s". */
  target: string
  isMet: boolean
}

/** Resources that measurements share. */
export interface BenchmarkContext {
  /** A temporary folder, deleted at the end. */
  folder: string
  /** Returns the rig's MLflow. The first call starts it. */
  mlflow(): Promise<Server>
}

export type Benchmark = (bench: BenchmarkContext) => Promise<BenchmarkResult[]>

/** An MLflow server, and a Python with its client. */
export interface Server {
  uri: string
  python: string
  /** Set if the server requires a password. */
  credentials?: { username: string; password: string }
}
