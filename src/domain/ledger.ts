/**
 * The tags by which a model version tells its story, and a run the verdict on it. They are read by people, by other
 * actions and by later runs of the same one, so a name here is a promise.
 */
export const ledger = {
  /** Unique to the creation of a version by gatekeeper: by it a lost answer is found again, and a leftover known. */
  registration: 'retrain.registration',
  /** promote, reject or inconclusive; on a version, and on the run of a candidate that was never registered. */
  verdict: 'retrain.verdict',
  /** One line: why the verdict, the promotion or the demotion. */
  reason: 'retrain.reason',
  /** On a run: the registered model that it was judged for, since a run may be judged for several. */
  modelName: 'retrain.model-name',
  judgedAt: 'retrain.judged-at',
  policyHash: 'retrain.policy-hash',
  artifactDigest: 'retrain.artifact-digest',
  candidateValue: 'retrain.candidate-value',
  championValue: 'retrain.champion-value',
  /** same-rows or stored-values: what the verdict rests on. */
  judgedOn: 'retrain.judged-on',
  /** sha256 of the holdout that decided, or "none" where stored values did. */
  holdout: 'retrain.holdout',
  /** How much better, and between which bounds: "0.032 (0.012 to 0.051)"; "none" where it was not tested on rows. */
  change: 'retrain.change',
  /** On a champion: who was judged against it and refused, as JSON (domain/gate/judgements.ts). */
  judgements: 'retrain.judgements',
  /** The version that the candidate was judged against; "none" for a first model, "unclear" where nobody can say. */
  championVersion: 'retrain.champion-version',
  /** Who overrode the gate and why; present only on a forced verdict. */
  forced: 'retrain.forced',
  /** Web page of the workflow run that wrote last. */
  runUrl: 'retrain.run-url',
  promotedAt: 'retrain.promoted-at',
  /** The champion before, or "none". */
  promotedFrom: 'retrain.promoted-from',
  promotedBy: 'retrain.promoted-by',
  /** What was seen before the alias moved: "cluster: 2 pods ready, env:MODEL_VERSION", or "none". */
  proof: 'retrain.proof',
  adopted: 'retrain.adopted',
  /** When reconcile made it champion, and what disagreed before. */
  reconciled: 'retrain.reconciled',
  demotedAt: 'retrain.demoted-at',
  demotedTo: 'retrain.demoted-to',
  demotedBy: 'retrain.demoted-by',
  demotedReason: 'retrain.demoted-reason',
  /** Why nobody may serve this artifact until a person clears it. Holds for every version with the same digest. */
  quarantined: 'retrain.quarantined',
  quarantinedAt: 'retrain.quarantined-at',
  quarantineCleared: 'retrain.quarantine-cleared',
  /** Why a rollout failed that may not be the model's own fault; a retry is allowed. */
  suspect: 'retrain.suspect',
  /** When a rollout of it failed, and why. */
  deployFailed: 'retrain.deploy-failed',
} as const

export type Tags = Readonly<Record<string, string>>
