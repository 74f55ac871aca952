/** Tags of model versions and runs. Users, other actions and later runs read them, so the names are part of the API. */
export const versionTags = {
  /** Unique to the creation of a version by gatekeeper; finds a version whose creation response was lost. */
  idempotencyKey: 'retrain.idempotency-key',
  /** promote, reject or inconclusive; on a version, or on the run of an unregistered candidate. */
  verdict: 'retrain.verdict',
  reason: 'retrain.reason',
  /** On a run: the registered model of the verdict, since a run may be evaluated for several models. */
  modelName: 'retrain.model-name',
  judgedAt: 'retrain.judged-at',
  policyHash: 'retrain.policy-hash',
  artifactDigest: 'retrain.artifact-digest',
  candidateValue: 'retrain.candidate-value',
  championValue: 'retrain.champion-value',
  /** paired or logged-metrics. */
  evaluationBasis: 'retrain.evaluation-basis',
  /** sha256 of the holdout, or "none" for logged metrics. */
  holdout: 'retrain.holdout',
  /** Improvement with its confidence interval: "0.032 (0.012 to 0.051)"; "none" without a paired evaluation. */
  effect: 'retrain.effect',
  /** On a champion: the candidates that it defeated, as JSON (domain/gate/evaluation/evaluation-history.ts). */
  evaluationHistory: 'retrain.evaluation-history',
  /** The version that the candidate was evaluated against; "none" for a first model, "unclear" if unknown. */
  championVersion: 'retrain.champion-version',
  /** Who overrode the gate and why; present only on a forced verdict. */
  forced: 'retrain.forced',
  /** URL of the last workflow run that wrote tags. */
  runUrl: 'retrain.run-url',
  promotedAt: 'retrain.promoted-at',
  /** The previous champion, or "none". */
  promotedFrom: 'retrain.promoted-from',
  promotedBy: 'retrain.promoted-by',
  /** Evidence before the alias moved: "cluster: 2 pods ready, env:MODEL_VERSION", or "none". */
  proof: 'retrain.proof',
  adopted: 'retrain.adopted',
  /** When reconcile made it champion, and the inconsistency before. */
  reconciled: 'retrain.reconciled',
  demotedAt: 'retrain.demoted-at',
  demotedTo: 'retrain.demoted-to',
  demotedBy: 'retrain.demoted-by',
  demotedReason: 'retrain.demoted-reason',
  /** Why this artifact must not be deployed until it is cleared. Applies to every version with the same digest. */
  quarantined: 'retrain.quarantined',
  quarantinedAt: 'retrain.quarantined-at',
  quarantineCleared: 'retrain.quarantine-cleared',
  /** Why a rollout failed, if the model may not be at fault; a retry is allowed. */
  suspect: 'retrain.suspect',
  /** When and why a rollout failed. */
  deployFailed: 'retrain.deploy-failed',
} as const

/** The environment id of the release that serves a version while this alias names it. Each alias has its own release. */
export const championReleaseTag = (alias: string): string => `retrain.release.${alias}`

export type Tags = Readonly<Record<string, string>>
