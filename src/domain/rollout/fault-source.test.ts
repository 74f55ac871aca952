import { describe, expect, test } from 'vitest'
import { findFaultSource } from './fault-source.ts'

const exit = { exitCode: 1, reason: 'Error', hasMemoryLimit: true }
const sourceOf = (...logs: string[]) => findFaultSource(exit, logs)

describe('the surroundings', () => {
  test.each<[string, string]>([
    ['connection', 'curl: (7) Failed to connect to mlflow port 5000: Connection refused'],
    ['connection', 'ConnectionResetError: [Errno 104] Connection reset by peer'],
    [
      'connection',
      "mlflow.exceptions.MlflowException: API request to http://mlflow:5000/api/2.0/mlflow/model-versions/get failed with exception HTTPConnectionPool(host='mlflow', port=5000): Max retries exceeded with url: /api",
    ],
    ['connection', "OSError: We couldn't connect to 'https://huggingface.co' to load the files"],
    ['connection', 'requests.exceptions.ReadTimeout: HTTPSConnectionPool: Read timed out.'],
    ['connection', 'Error: connect ECONNREFUSED 10.96.0.12:5000'],
    ['connection', 'dial tcp 10.0.0.1:443: i/o timeout'],
    ['connection', 'dial tcp 10.0.0.1:443: connect: no route to host'],
    ['connection', 'urllib3.exceptions.IncompleteRead: IncompleteRead(1024 bytes read, 4096 more expected)'],
    ['connection', 'redis.exceptions.ConnectionError: Error 111 connecting to redis:6379'],
    ['connection', 'psycopg2.OperationalError: server closed the connection unexpectedly'],
    ['host name', 'socket.gaierror: [Errno -2] Name or service not known'],
    ['host name', 'wget: bad address: Temporary failure in name resolution'],
    ['host name', 'dial tcp: lookup mlflow on 10.96.0.10:53: no such host'],
    ['host name', 'Error: getaddrinfo EAI_AGAIN mlflow'],
    ['host name', 'java.net.UnknownHostException: mlflow'],
    [
      'TLS',
      'requests.exceptions.SSLError: certificate verify failed: unable to get local issuer certificate',
    ],
    ['TLS', 'x509: certificate signed by unknown authority'],
    ['credentials', 'botocore.exceptions.NoCredentialsError: Unable to locate credentials'],
    ['credentials', 'requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: https://hub/api'],
    ['credentials', 'An error occurred (403) when calling the HeadObject operation: Forbidden'],
    ['credentials', 'MLflow answered 403'],
    ['credentials', 'AccessDenied: User is not authorized to perform s3:GetObject'],
    [
      'credentials',
      'google.auth.exceptions.DefaultCredentialsError: Your default credentials were not found',
    ],
    ['server answered', 'requests.exceptions.HTTPError: 503 Server Error: Service Unavailable for url'],
    ['server answered', 'mlflow answered 502 Bad Gateway'],
    ['server answered', 'HTTP 429 Too Many Requests'],
    ['server answered', 'botocore.errorfactory.NoSuchKey: The specified key does not exist.'],
    ['disk is full', "OSError: [Errno 28] No space left on device: '/tmp/model.pkl'"],
    ['read-only', "OSError: [Errno 30] Read-only file system: '/models/cache'"],
    ['disk or volume', "OSError: [Errno 5] Input/output error: '/models/weights.bin'"],
    ['permission', "PermissionError: [Errno 13] Permission denied: '/models/MLmodel'"],
    ['permission', 'Error: EACCES: permission denied, open /models/model.onnx'],
    ['architecture', 'exec /tmp/server: exec format error'],
    ['architecture', '/bin/sh: /app/server: cannot execute binary file: Exec format error'],
    ['architecture', 'Illegal instruction (core dumped)'],
    ['program', 'exec: "mlserver": executable file not found in $PATH: unknown'],
    ['program', 'sh: 1: uvicorn: not found'],
    ['program', '/bin/bash: line 1: gunicorn: command not found'],
    ['program', "python3: can't open file '/app/serve.py': [Errno 2] No such file or directory"],
    ['program', 'Error: Unable to access jarfile /app/server.jar'],
    ['library', "ModuleNotFoundError: No module named 'pandas'"],
    ['library', "ImportError: cannot import name 'soft_unicode' from 'markupsafe'"],
    ['library', 'ImportError: libgomp.so.1: cannot open shared object file: No such file or directory'],
    ['library', "/lib/libc.so.6: version `GLIBC_2.34' not found (required by /app/server)"],
    ['library', 'no module named pandas'],
    ['library', 'ValueError: numpy.dtype size changed, may indicate binary incompatibility'],
    ['GPU', 'RuntimeError: Found no NVIDIA driver on your system.'],
    ['GPU', 'RuntimeError: CUDA error: no kernel image is available for execution on the device'],
    ['GPU', 'CUDA driver version is insufficient for CUDA runtime version'],
    ['GPU', 'AssertionError: Torch not compiled with CUDA enabled'],
    ['port', 'OSError: [Errno 98] Address already in use'],
    ['port', 'Error: listen EADDRINUSE: address already in use :::8080'],
    ['port', 'ERROR: could not bind on any address out of 0.0.0.0:8080'],
    ['argument', 'server.py: error: unrecognized arguments: --modle /models'],
    ['argument', 'usage: serve [-h] --model MODEL'],
    ['argument', 'error: the following arguments are required: --model'],
    ['argument', 'flag provided but not defined: -modelpath'],
    ['argument', "ValueError: invalid literal for int() with base 10: 'two'"],
    ['environment variable', "KeyError: 'MODEL_VERSION'"],
    ['environment variable', "KeyError: 'TOKEN'"],
    ['environment variable', 'sh: 1: MODEL_URI: parameter not set'],
    ['environment variable', 'fatal: DATABASE_URL is not set'],
    ['environment variable', 'required environment variable MLFLOW_TRACKING_URI is missing'],
    ['value of the chart', 'no such model: map[mlflowUri:http://mlflow name:fraud version:1]'],
    ['value of the chart', "requests.exceptions.MissingSchema: Invalid URL 'None': No scheme supplied"],
    ['value of the chart', "OSError: 'acme/base' is not a local folder and is not a valid model identifier"],
    ['environment variable', 'ValidationError: 2 validation errors for ServerSettings'],
    ['connection', 'grpc._channel._InactiveRpcError: StatusCode.UNAVAILABLE'],
    ['credentials', 'ClientAuthenticationError: Server failed to authenticate the request'],
    ['limit', "RuntimeError: can't start new thread"],
    ['limit', 'OSError: [Errno 24] Too many open files'],
    ['host name', "wget: bad address 'mlflow:5000'"],
    ['TLS', 'ssl.SSLEOFError: EOF occurred in violation of protocol (_ssl.c:2427)'],
    ['TLS', 'PKIX path building failed: unable to find valid certification path to requested target'],
    ['credentials', "requests.exceptions.InvalidHeader: return character(s) in header value: 'Bearer x\\n'"],
    ['credentials', "httpx.LocalProtocolError: Illegal header value b'Bearer '"],
    ['credentials', "google.auth.exceptions.RefreshError: ('invalid_grant: Invalid JWT Signature.')"],
    ['credentials', 'This request is not authorized to perform this operation using this permission.'],
    ['library', 'ValueError: unsupported pickle protocol: 5'],
    ['library', 'ValueError: node array from the pickle has an incompatible dtype:'],
    ['library', 'RuntimeError: Bad magic number in .pyc file'],
    ['library', 'WeightsUnpickler error: Unsupported global: GLOBAL numpy.dtype was not an allowed global'],
    ['library', 'llama_model_load: error loading model: unknown model architecture: qwen3'],
    [
      'library',
      '[ONNXRuntimeError] : 1 : FAIL : Load model from m.onnx failed: Unsupported model IR version: 10, max supported IR version: 9',
    ],
    ['library', 'XGBoostError: XGBoost Library (libxgboost.so) could not be loaded.'],
    ['library', 'The engine plan file is not compatible with this version of TensorRT'],
    ['GPU', 'Failed to initialize NVML: Driver/library version mismatch'],
    ['GPU', 'ValueError: Bfloat16 is only supported on GPUs with compute capability of at least 8.0.'],
    ['GPU', 'xgboost.core.XGBoostError: XGBoost version not compiled with GPU support. model'],
    ['port', "[ERROR] Connection in use: ('0.0.0.0', 8080)"],
    ['timeout', '[1] [CRITICAL] WORKER TIMEOUT (pid:8)'],
    ['schema', 'Migration checksum mismatch for migration version 3'],
    ['schema', 'database schema mismatch: expected 12 but found 11'],
    ['connection', 'java.io.IOException: unexpected end of stream on http://mlflow:5000/...'],
    [
      'connection',
      'zlib.error: Error -3 while decompressing data\nDuring handling of the above exception, another exception occurred:\nrequests.exceptions.ContentDecodingError: failed to decode it',
    ],
    ['download', 'DataCorruption: Checksum mismatch while downloading model.pkl'],
    [
      'download',
      'OSError: Consistency check failed: file should be of size 4 but has size 1 (model.safetensors).',
    ],
    ['download', 'The following failures occurred while downloading one or more artifacts from s3://m/1'],
    ['download', '404 GET https://storage.googleapis.com: The specified bucket does not exist.'],
    ['configuration', '/entrypoint.sh: line 10: syntax error: unexpected end of file'],
    ['configuration', 'nginx: [emerg] unexpected end of file, expecting "}" in /etc/nginx/nginx.conf:12'],
    ['configuration', 'found unexpected end of stream'],
    ['configuration', 'Error: Invalid or corrupt jarfile /app/model-server.jar'],
    ['configuration', 'java.io.FileNotFoundException: /opt/config/app.yaml (No such file or directory)'],
    ['value of the chart', 'java.net.MalformedURLException: no protocol: model.pkl'],
  ])('%s: %s', (cause, line) => {
    expect(sourceOf(`loading\n${line}\n`)).toEqual({
      of: 'surroundings',
      cause: expect.stringContaining(cause),
    })
  })

  test.each<[string, number]>([
    ['program', 127],
    ['architecture', 132],
    ['SIGKILL', 137],
    ['SIGTERM', 143],
  ])('by the exit code: %s (%i)', (cause, exitCode) => {
    expect(findFaultSource({ ...exit, exitCode }, ['serving'])).toEqual({
      of: 'surroundings',
      cause: expect.stringContaining(cause),
    })
  })

  test('a node without memory, where the container has no limit', () => {
    const killed = { exitCode: 137, reason: 'OOMKilled' }
    expect(findFaultSource({ ...killed, hasMemoryLimit: false }, [])?.cause).toContain('node')
    expect(findFaultSource({ ...killed, hasMemoryLimit: true }, [])).toBeUndefined()
  })
})

describe('the model', () => {
  test.each<[string, string]>([
    ['unpickle', "_pickle.UnpicklingError: invalid load key, 'v'."],
    ['unpickle', 'EOFError: Ran out of input'],
    ['unpickle', '_pickle.UnpicklingError: pickle data was truncated'],
    ['corrupt', 'safetensors_rust.SafetensorError: Error while deserializing header: HeaderTooLarge'],
    [
      'corrupt',
      'RuntimeError: PytorchStreamReader failed reading zip archive: failed finding central directory',
    ],
    [
      'corrupt',
      'onnxruntime.capi.onnxruntime_pybind11_state.InvalidProtobuf: [ONNXRuntimeError] : 7 : INVALID_PROTOBUF : Load model from model.onnx failed:Protobuf parsing failed.',
    ],
    ['corrupt', 'OSError: Unable to open file (truncated file: eof = 1024, model.h5)'],
    ['corrupt', 'zipfile.BadZipFile: File is not a zip file'],
    ['corrupt', 'RuntimeError: unexpected EOF, expected 1234 more bytes. The file might be corrupted.'],
    ['corrupt', '[ONNXRuntimeError] : 1 : FAIL : Load model from m.onnx failed: Node has no op type'],
    ['corrupt', 'weights are truncated'],
    ['corrupt', 'the model file is corrupt'],
    ['corrupt', 'corrupt model file /models/model.bin'],
    ['corrupt', 'gguf_init_from_file: invalid magic characters'],
    ['corrupt', 'ValueError: checksum mismatch for /models/weights.bin'],
    ['fit', 'RuntimeError: Error(s) in loading state_dict for Net:'],
    ['fit', 'size mismatch for fc.weight: copying a param with shape torch.Size([10, 5])'],
    ['fit', 'ValueError: X has 12 features, but RandomForestClassifier is expecting 13 features as input.'],
    ['fit', "ValueError: feature_names mismatch: ['f0'] ['f1']"],
    ['fit', 'mlflow.exceptions.MlflowException: Failed to enforce schema of data'],
    ['missing', "FileNotFoundError: [Errno 2] No such file or directory: '/models/1/MLmodel'"],
    ['missing', 'version 2 has no MLmodel file'],
    [
      'missing',
      'OSError: Error no file named pytorch_model.bin, model.safetensors found in directory /models',
    ],
    [
      'missing',
      'mlflow.exceptions.MlflowException: Could not find an "MLmodel" configuration file at "/models"',
    ],
    ['missing', 'OSError: SavedModel file does not exist at: /models/saved_model.pb'],
    [
      'missing',
      'Not found: Could not find SavedModel .pb or .pbtxt at supplied export directory path: /models/2',
    ],
    ['unpickle', 'EOFError: No data left in file'],
    ['corrupt', 'java.io.EOFException: Unexpected end of ZLIB input stream reading model.zip'],
    ['corrupt', "tensor 'blk.0.attn_q.weight' data is not within the file bounds"],
    ['fit', "ValueError: Following weights were not initialized from checkpoint: {'lm_head.weight'}"],
  ])('%s: %s', (cause, line) => {
    const source = { of: 'model', cause: expect.stringContaining(cause) }
    expect(sourceOf(`loading\n${line}\n`)).toEqual(source)
    // The server reports its end after the traceback.
    expect(sourceOf(`${line}\nERROR: Application startup failed. Exiting.\n`)).toEqual(source)
  })

  test('an unreachable server, that a retry reached, is not the cause', () => {
    const log = ['connection refused, retrying', 'connected', 'UnpicklingError: invalid load key'].join('\n')
    expect(sourceOf(log)?.of).toBe('model')
  })
})

test("the frames of a traceback do not push the model's message out", () => {
  const engine = '(EngineCore_0 pid=95) SafetensorError: Error while deserializing header: HeaderTooLarge'
  const frames = Array.from(
    { length: 20 },
    () => '(APIServer pid=1)   File "/usr/lib/api.py", line 3, in run',
  )
  const end = '(APIServer pid=1) RuntimeError: Engine core initialization failed. See root cause above.'
  expect(sourceOf([engine, ...frames, end].join('\n'))?.of).toBe('model')
  const java = [
    'ai.djl.MalformedModelException: corrupt model',
    ...frames.map(() => '\tat com.acme.Server.main(Server.java:3)'),
  ]
  expect(sourceOf(java.join('\n'))?.of).toBe('model')
})

describe('unclear', () => {
  test.each([
    '',
    'loading',
    'bad',
    'ValueError: something went wrong',
    'RuntimeError: failed to load model',
    'INFO: loading safetensors checkpoint shards: 100%',
    'WARNING: feature_names mismatch was ignored',
    'loading model.pkl from /models/1',
    'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB',
    'Segmentation fault (core dumped)',
    'INFO 12-01 10:00:00 utils.py: vLLM is using nccl, timed out peers: none',
    "ValueError: model 'fraud' not found",
    'there is no answer for this model',
    'INFO Received request with 403 rows',
    "KeyError: 'label'",
    'Asking to truncate to max_length but no maximum length is provided and the model has none',
    'LightGBMError: Cannot load libOpenCL',
    'gzip: stdin: not in gzip format',
    'nginx.marketing (2: No such file or directory)',
  ])('%s', (line) => {
    expect(sourceOf(line)).toBeUndefined()
  })

  test('a message about the model long before the end', () => {
    const rest = Array.from({ length: 12 }, (_, index) => `request ${index}`).join('\n')
    expect(sourceOf(`the weights file is corrupt, using a copy\n${rest}`)).toBeUndefined()
  })
})

test('the cause in a traceback counts, not the exception that followed', () => {
  const traceback = [
    'ConnectionRefusedError: [Errno 111] Connection refused',
    'During handling of the above exception, another exception occurred:',
    'Traceback (most recent call last):',
    "FileNotFoundError: [Errno 2] No such file or directory: '/cache/model.pkl'",
  ]
  expect(sourceOf(traceback.join('\n'))).toMatchObject({ of: 'surroundings' })
  expect(sourceOf(traceback.slice(2).join('\n'))).toMatchObject({ of: 'model' })
})

test('of two runs, one that the surroundings ended counts', () => {
  expect(sourceOf('UnpicklingError', 'Connection refused')?.of).toBe('surroundings')
})

test('a line of any length ends before the time limit of a test', () => {
  for (const each of ['a', 'map[', 'model ', 'no such file ', 'expected 1 ']) sourceOf(each.repeat(100_000))
})
