/** Whose fault an exit is, by what the container printed and how it ended. */
export interface FaultSource {
  of: 'model' | 'surroundings'
  /** What failed, as a clause such as "a connection failed". Never a log line. */
  cause: string
}

/** How a container ended. */
export interface ContainerExit {
  exitCode: number | undefined
  /** "OOMKilled", "Error", ... */
  reason: string
  /** A container without a memory limit is only killed for memory when its node runs out of it. */
  hasMemoryLimit: boolean
}

/** Last log lines in which a message about the model counts, without tracebacks. Servers print a few lines more after it. */
const LAST_LINES = 10
/** A line of a traceback, with what vLLM puts before each. */
const STACK_LINE = /^(\(.{1,60}\)|ERROR \S+ \S+ \[\S+\])?\s*(\s{2}|\t|Traceback|File "|at \S+\()/

/** What lies outside the model's files, by the words of programs, libraries and Kubernetes. The first match names it. */
const SURROUNDINGS: readonly (readonly [RegExp, string])[] = [
  [
    /name or service not known|name resolution|NameResolutionError|no such host\b|could not resolve|nodename nor servname|getaddrinfo|\bENOTFOUND\b|EAI_AGAIN|unknown ?host|no address associated with|\bbad address '|could not translate host/i,
    'a host name did not resolve',
  ],
  [
    /certificate verify failed|\bx509:|SSLError|SSL_ERROR|SSLCertVerification|self[- ]signed certificate|unable to get local issuer|\btls: |(tls|ssl)[ _]?handshake|SSLEOF|EOF occurred in violation of protocol|PKIX path|unable to find valid certification path|CERTIFICATE_VERIFY/i,
    'a TLS certificate or handshake failed',
  ],
  [
    /\b40[13]\b.{0,40}\b(unauthorized|forbidden|client error)|\b(status|code|http|answered|returned|got|error)\b.{0,12}\b40[137]\b|unauthorized|\bforbidden\b|access ?denied|authenticat(ion|e)\b.{0,40}(fail|requir|error|invalid)|failed to authenticate|AuthenticationError|no pg_hba|(invalid|expired|missing|incorrect|no) (aws )?(credential|api ?key|access ?key|token|password)|could not find .{0,20}credentials|unable to locate credentials|(NoCredentials|PartialCredentials|DefaultCredentials)Error|ExpiredToken|SignatureDoesNotMatch|InvalidAccessKeyId|PERMISSION_DENIED|UNAUTHENTICATED|gated repo|not (be )?authorized|invalid_(grant|client|token)|CredentialUnavailable|RefreshError|TokenRetrievalError|token (has|is) expired|anonymous caller|does not have \S{1,80} access|could not read (username|password)|WRONGPASS|RequestTimeTooSkewed|NoRegionError|LocalProtocolError|InvalidHeader:|illegal header value|in header value|no valid license|license .{0,20}(expired|invalid|not found)/i,
    'credentials were refused or are missing',
  ],
  [/no space left on device|ENOSPC|disk quota exceeded|\bdisk (is )?full\b|errno 28\b/i, 'a disk is full'],
  [/read-only file ?system|EROFS|errno 30\b/i, 'a file system is read-only'],
  [
    /input\/output error|stale (nfs )?file handle|transport endpoint is not connected|\bEIO\b/i,
    'a disk or volume failed',
  ],
  [
    /exec format error|cannot execute( binary file)?\b|wrong ELF class|illegal instruction|instructions? .{0,60}not (supported|available)|(does not|doesn't) support .{0,20}(avx|sse|instruction)|requires? (the )?(avx|sse|neon)|rosetta error|qemu-\w+:/i,
    'the image does not fit the architecture or CPU of the node',
  ],
  [
    /executable file not found|command not found|^(\/\S*\/)?(ba|da|a|z)?sh: (line )?(\d+: )?.{0,200}: not found$|can't open file|cannot find module|could not find or load main class|unable to access jarfile|exec:? .{0,200}no such file or directory|env: .{0,200}no such file/i,
    'the image lacks a program',
  ],
  [
    /ModuleNotFoundError|ImportError|no module named|cannot open shared object|error while loading shared libraries|undefined symbol|symbol (lookup|not found)|version `?(GLIBC|GLIBCXX|CXXABI)\S*'? not found|DLL load failed|NoClassDefFoundError|ClassNotFoundException|(DistributionNotFound|PackageNotFoundError)|(package|library|dependency|module)\b.{0,60} (is not|not|isn't) installed|requires? .{0,80} to be installed|pip3? install |numpy\.dtype size changed|library .{0,80}could not be loaded|UnsupportedClassVersion|generated code is out of date|Descriptors cannot be created|magic number in\b|unsupported pickle protocol|incompatible dtype|is not a known BitGenerator|unsupported global: |not an allowed global|unsupported model IR version|opset \d+ is under development|is not a registered function|unknown model architecture|not compatible with this version|could not import module|newer version of|compiled against|does not recognize this architecture/i,
    'the image lacks a library, or has another version of it',
  ],
  [
    /CUDA (driver|runtime|version|initialization)|no CUDA|CUDA-capable|cuda (is )?(not|un)available|not compiled with CUDA|libcuda|cuInit|\bnvidia(-smi|-container-cli| driver)|found no nvidia|CUDA error: (?!out of memory)|NCCL (error|failure)|nccl(System|Unhandled)|hipError|\bNVML|cudaGetDeviceCount|not (compiled|built) with (GPU|CUDA|ROCm)|incompatible device|less than max local gpu|exceeds the total number of available GPUs|compute capability|no (usable |suitable |visible )?(GPU|accelerator|CUDA device)|(GPU|accelerator).{0,30}(not (found|available|visible|detected)|unavailable)/i,
    'the GPU or its driver is not usable',
  ],
  [
    /address (already |is )?(already )?in use|EADDRINUSE|cannot assign requested address|EADDRNOTAVAIL|port \d+ (is )?(already )?(in use|taken|allocated|occupied)|only one usage of each socket|(could not|cannot|can't|failed to|unable to) bind|errno 98\b|(socket|connection) .{0,60}\bin use\b/i,
    'a port is in use',
  ],
  [
    /(permission|access is) denied|EACCES|\bEPERM\b|operation not permitted|errno 13\b|insufficient permissions?/i,
    'a permission is missing',
  ],
  [
    /\b(ba|da)?sh: .{0,80}syntax error|: line \d+: syntax error|\bnginx: \[|(Scanner|Parser|Composer)Error|found unexpected end of stream|(invalid|corrupt) jar|\b(config\w*|settings)\b.{0,80}(malformed|unexpected end|not found|missing|no such file)|in "\S+\.(ya?ml|toml|conf|cfg|ini)", line|(no such file|FileNotFound|malformed|corrupt|not a zip file|unexpected end).{0,120}\.(jar|whl|conf|ya?ml|toml|ini|cfg|properties|pem|crt|key)\b|\.(jar|whl|conf|ya?ml|toml|ini|cfg|properties|pem|crt|key)\b.{0,80}(no such file|malformed|corrupt|unexpected end|not found|missing)/i,
    'a script or configuration file is missing or malformed',
  ],
  [/worker timeout/i, "a worker took longer than the server's own timeout"],
  [
    /(database|migrations?|alembic|flyway|liquibase)\b.{0,80}(schema|version|checksum|revision|mismatch)/i,
    'a database has another schema',
  ],
  [
    /connection ?(was |has been |is )?(refused|reset|aborted|timed out|closed|error|failed|failure|lost|broken)|Connect(ion)?(Refused|Reset|Aborted|Timeout|Error)|NewConnectionError|ECONN(REFUSED|RESET|ABORTED)|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|\bunreachable\b|no route to host|max retries exceeded|timed? ?out|timeout(error|exception|expired)|(read|connect|request|gateway) timeout|deadline exceeded|remote end closed|broken pipe|(fail\w*|unable|could not|couldn't|cannot|can't) (to )?(re)?connect|establish a (new )?connection|IncompleteRead|ChunkedEncodingError|ContentTooShort|socket hang up|server disconnected|(No)?BrokersAvailable|OperationalError|StatusCode\.(UNAVAILABLE|DEADLINE)|unexpected end of stream on |transfer closed|ContentDecoding|upstream connect error|no healthy upstream|TransportError|offline mode|outgoing traffic|Internet connection/i,
    'a connection failed',
  ],
  [
    /\b(429|50[0234])\b.{0,40}(error|gateway|unavailable|too many|time-?out)|\b(status|code|http|answered|returned|got|error)\b.{0,12}\b(404|408|429|5\d\d)\b|too many (requests|5\d\d)|bad gateway|malformed response|response (is|was) malformed|service (temporarily )?unavailable|internal server error|rate limit|quota exceeded|\b404\b.{0,40}(not found|client error)|RESOURCE_DOES_NOT_EXIST|RepositoryNotFound|NoSuch(Bucket|Key)\b/i,
    'a server answered with an error',
  ],
  [
    /failures occurred while downloading|while downloading|(fail\w*|unable|could not|couldn't|cannot|can't) (to )?(download|fetch)|failed to (stat|poll|list) |downloading .{0,40}fail|download failed|consistency check failed|network issues|request failed after|LocalEntryNotFound|(bucket|key|blob|container|resource) (does not|doesn't) exist|no URLs matched|no such bucket|over its data quota|Checksum(Mismatch)?Error|SlowDown\b/i,
    'a download failed',
  ],
  [
    /too many open files|EMFILE|can't start new thread|resource temporarily unavailable|\bfork: |pthread_create|bus error|\/dev\/shm|shared memory/i,
    'a limit of the pod or node is too low',
  ],
  [
    /environment variable|env(ironment)?[ -]?vars?\b|parameter (null or )?not set|unbound variable|missing (required )?(setting|configuration|env)|validation errors? for \w*(settings|config)\b/i,
    'an environment variable is missing or wrong',
  ],
  // Only a name in capital letters is a variable.
  [
    /KeyError: ['"][A-Z][A-Z0-9_]+['"]|\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b:? (is |was |must be |needs to be |has to be )?(not |un)?(set|defined|required|missing|provided|empty|specified)\b/,
    'an environment variable is missing or wrong',
  ],
  [
    /\bmap\[[\w.-]*:?|<no value>|%!\w\(|<nil>|\bENC\[AES256|\$\{\{? ?\w+|\{\{ ?[.\w]|(invalid|malformed|bad|illegal)[ _]?(\w{0,10} ?)ur[il]|MissingSchema|could not resolve placeholder|no such artifact|no connection adapters|unsupported protocol scheme|(no|without a|invalid) scheme|is not a valid model identifier|HFValidationError/i,
    'a value of the chart is not what the server expects',
  ],
  [
    /^usage:|unrecognized (arguments?|options?)\b|(unknown|unsupported|bad|illegal|invalid) (flag|option|command|choice|subcommand)|unknown argument|unexpected argument\b|(following|required) arguments? (are|is) (required|missing)|no such (option|command)|missing (required )?(arguments?|options?|parameters?|flags?)\b|error: argument |flag provided but not defined|expected (one|at least one|\d+) arguments?|invalid value .{0,80}(for|flag|option)|invalid literal for int\(\)|(option|argument) .{0,80} requires/i,
    'an argument of the command is wrong',
  ],
]

/** Files that only a model has. */
const MODEL_FILE =
  '(MLmodel|saved_?model|python_model|pytorch_model|weights?\\b|checkpoint|state_dict|\\S+\\.(pkl|pickle|joblib|onnx|pth?|ckpt|h5|hdf5|keras|safetensors|gguf|ggml|cbm|ubj|xgb|bst|tflite|mlmodel|pb|npz|npy|skops|bin|mar)\\b)'
const MODEL_PART = `(${MODEL_FILE}|(model|tensors?|artifacts?|archive|pickle)\\b)`
const BROKEN =
  '(corrupt|truncated|malformed|damaged|unreadable|bad magic|(checksum|digest|hash(es)?) (mismatch|does not match|do not match|error))'

/** What the model's own files cause, by the words of the libraries that load them. */
const MODEL: readonly (readonly [RegExp, string])[] = [
  [
    /UnpicklingError|pickle data was truncated|invalid load key|Ran out of input|no data left in file|persistent IDs? in protocol|Weights only load failed|allow_pickle|array layout/i,
    "the model's files do not unpickle",
  ],
  [
    /SafetensorError|deserializing header|HeaderToo(Large|Small)|InvalidHeader(Start|Length|Deserialization)|incomplete metadata|MetadataIncompleteBuffer|InvalidTensorView|PytorchStreamReader|central directory|invalid magic|bad magic number|magic string is not|INVALID_PROTOBUF|INVALID_GRAPH|protobuf parsing failed|error parsing message|ModelProto|unable to parse proto|file signature not found|DataLossError|not an sstable|BadZipFile|not a zip ?file|not a gzip|(?<!stdin: )not in gzip format|not a valid (zip|hdf5|onnx|protobuf|checkpoint|safetensors|gguf)|invalid (model|weights?|checkpoint|tensor|archive) (file|format|data|header)|unable to load weights|InvalidModelException|ONNXRuntimeError.{0,40}load model|file (might|may) be corrupt|zlib\.error|truncated file|crc (check )?(failed|mismatch|error)|CRC-32|unexpected end of (file|archive|data|stream|zlib)|not within the file bounds|MalformedModel|incorrect model file|end-of-stream marker|tensorslicereader|wrong number of tensors|model format error|unknown model (format|type)/i,
    "the model's files are corrupt",
  ],
  [
    new RegExp(`${MODEL_PART}.{0,120}${BROKEN}|${BROKEN}\\w*.{0,60}${MODEL_PART}`, 'i'),
    "the model's files are corrupt",
  ],
  [
    /state_dict|size mismatch for|shape mismatch|shapes? .{0,120}(incompatible|do(es)? not match|mismatch)|incompatible shapes?|expected .{0,60}(shape|dim(ension)?s?)\b.{0,80}(got|but|found)|unexpected input shape|feature[_ ]?names?.{0,60}(mismatch|match|missing|unseen)|(number of|n_)?(columns|features) .{0,60}(mismatch|does not match|do not match|differ)|X has \d+ features|expect(s|ed|ing)? \d+ (features|columns|inputs?|variables|weights)|missing (feature|column|tensor)s?\b|weights were not initialized|model is missing inputs|schema (mismatch|enforcement)|enforce schema|(wrong|invalid|missing) (model )?signature|(XGBoost|LightGBM|CatBoost)Error.{0,200}(model|pars|serial|feature|format)/i,
    "the model's files do not fit what loads them",
  ],
  [
    new RegExp(
      `(no such file|not found|does not exist|doesn't exist|could not find|cannot find|can't find|unable to find|missing|no file named|has no|have no|lacks?|does not (contain|appear to have)).{0,120}${MODEL_FILE}|${MODEL_FILE}.{0,120}(no such file|not found|does not exist|doesn't exist|is missing|NoSuchFile|errno = 2\\b)`,
      'i',
    ),
    'a file of the model is missing',
  ],
]

/** A line of a traceback that another exception follows. What came before it is the cause. */
const CHAINED = /another exception occurred|direct cause of the following|^caused by:/i
/** A line that reports no failure. */
const INFORMATION = /^\W*(\S+ ){0,4}\W*(INFO|DEBUG|TRACE)\b/
/** A warning about the model is not why the server exits. */
const WARNING = /\bWARN(ING)?\b|Warning:/

/** How a container ended that the outside ended. */
const EXIT_CAUSES: Readonly<Record<number, string>> = {
  126: 'the image lacks a program, or may not run it',
  127: 'the image lacks a program',
  132: 'the image does not fit the architecture or CPU of the node',
  135: 'a limit of the pod or node is too low',
  137: 'it was killed from outside (SIGKILL)',
  143: 'it was ended from outside (SIGTERM)',
}

/**
 * Finds whose fault an exit is. The last line with a known failure decides, unless a traceback names its cause before it.
 * Surroundings win over the model, since their faults pass.
 * @param logs the last log lines of each run, and the termination message
 * @returns undefined: unclear
 */
export function findFaultSource(
  { exitCode, reason, hasMemoryLimit }: ContainerExit,
  logs: readonly string[],
): FaultSource | undefined {
  if (reason === 'OOMKilled')
    return hasMemoryLimit ? undefined : { of: 'surroundings', cause: 'the node ran out of memory' }
  const found = logs.map((text) => findInLog(splitLines(text))).filter((each) => each !== undefined)
  const bySurroundings = found.find((each) => each.of === 'surroundings')
  if (bySurroundings ?? found[0]) return bySurroundings ?? found[0]
  const cause = EXIT_CAUSES[exitCode ?? 0]
  return cause === undefined ? undefined : { of: 'surroundings', cause }
}

function splitLines(text: string): string[] {
  return text.split(/[\r\n]+/).filter((line) => line.trim() && !INFORMATION.test(line.slice(0, 200)))
}

function findInLog(lines: readonly string[]): FaultSource | undefined {
  let seen = 0
  for (const [index, line] of [...lines.entries()].reverse()) {
    if (!STACK_LINE.test(line)) seen += 1
    const outside = match(SURROUNDINGS, line)
    if (outside !== undefined) return { of: 'surroundings', cause: outside }
    const isLast = seen <= LAST_LINES && !WARNING.test(line)
    const own = isLast ? match(MODEL, line) : undefined
    if (own === undefined) continue
    const before = lines.slice(0, index)
    const chained = before.slice(0, before.findLastIndex((each) => CHAINED.test(each)) + 1)
    const root = chained.map((each) => match(SURROUNDINGS, each)).findLast((each) => each !== undefined)
    return root === undefined ? { of: 'model', cause: own } : { of: 'surroundings', cause: root }
  }
  return undefined
}

function match(patterns: readonly (readonly [RegExp, string])[], line: string): string | undefined {
  // A longer line is data.
  const text = line.slice(0, 2000).trim()
  return patterns.find(([pattern]) => pattern.test(text))?.[1]
}
