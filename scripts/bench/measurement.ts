/** One line of the table that `npm run bench` prints. */
export interface Finding {
  what: string
  figure: string
  /** The bar in words: "at most 0.2 s". */
  bar: string
  holds: boolean
}

/** What measurements share. */
export interface Bench {
  /** Temporary; deleted at the end. */
  folder: string
  /** The rig's MLflow, brought up by whoever asks first. */
  mlflow(): Promise<Server>
}

export type Measurement = (bench: Bench) => Promise<Finding[]>

/** An MLflow server and a Python that has its client. */
export interface Server {
  uri: string
  python: string
  /** Where the server asks for it. */
  login?: { username: string; password: string }
}
