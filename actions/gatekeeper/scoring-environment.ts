type Environment = Readonly<Record<string, string | undefined>>

/** Names that belong to who gives rights: the registry, the runner, clouds, clusters; and the files by which a step speaks. */
const OWNED =
  /^(MLFLOW|DATABRICKS|INPUT|STATE|ACTIONS|AWS|AZURE|ARM|GOOGLE|GCP|GCLOUD|CLOUDSDK|KUBE|HELM|DOCKER|SSH|VAULT)_|^KUBECONFIG$|^GITHUB_(ENV|PATH|OUTPUT|STATE|STEP_SUMMARY)$/i
/** Words that a name of a secret, or of a way to one, has. */
const SECRET =
  /TOKEN|PASSW|PASSPHRASE|(?<!COM|BY)PASS(_|$)|(?<!^|^OLD)PWD|PWD.|SECRET|CREDENTIAL|CREDS|API_?KEY|(ACCESS|PRIVATE|SIGNING)_?KEY|KEY$|CONN(ECTION)?_?STR|DSN(_|$)|^PG|_AUTH$|_PAT$/i
/** scheme://user:password@host, and a token in the place of both. */
const CREDENTIALS_IN_URL = /:\/\/[^\s/?#]+@/

/**
 * The environment of a scoring script: the job's own, without everything that gives rights. Left out are
 * - names that begin with MLFLOW_, DATABRICKS_, INPUT_, STATE_, ACTIONS_, AWS_, AZURE_, ARM_, GOOGLE_, GCP_, GCLOUD_,
 *   CLOUDSDK_, KUBE_, HELM_, DOCKER_, SSH_, VAULT_ or PG, and KUBECONFIG;
 * - GITHUB_ENV, _PATH, _OUTPUT, _STATE and _STEP_SUMMARY, by which a step speaks to the runner;
 * - names that contain TOKEN, PASSW, PASSPHRASE, PWD (but not PWD and OLDPWD), SECRET, CREDENTIAL, CREDS, API_KEY,
 *   ACCESS_KEY, PRIVATE_KEY, SIGNING_KEY or CONNECTION_STRING (also without the underscore), have a word that ends in PASS
 *   (but not COMPASS and BYPASS) or DSN, or end in KEY, _AUTH or _PAT;
 * - whatever has a user in a URL as its value (https://user:password@host).
 *
 * Case does not matter. What a file on the runner's disk gives, such as ~/.aws, is not covered.
 */
export function scoringEnvironment(
  job: Environment,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const kept = Object.entries({ PYTHONUNBUFFERED: '1', ...job }).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      !OWNED.test(entry[0]) &&
      !SECRET.test(entry[0]) &&
      !CREDENTIALS_IN_URL.test(entry[1]),
  )
  return { ...Object.fromEntries(kept), ...given }
}
