/** Repositories as users have them, as path -> text. Each has another layout. */
export type UserRepositoryFiles = Record<string, string>

/** Files of a chart, by their path in it. */
export type ChartFiles = Record<string, string>

const requirements = 'mlflow==3.6.0\nscikit-learn\n'

/** A script at the root, and the chart that `helm create` writes. */
export function deploymentRepository(model: string, chart: ChartFiles): UserRepositoryFiles {
  return {
    'train.py': `import mlflow
import mlflow.sklearn
from sklearn.linear_model import LogisticRegression

mlflow.set_experiment("${model}-training")
# mlflow.log_metric("old_metric", 1)
with mlflow.start_run():
    model = LogisticRegression()
    mlflow.log_metric("train_auc", 0.99)
    mlflow.log_metric("auc", 0.9)
    mlflow.sklearn.log_model(model, name="${model}")
`,
    'requirements.txt': requirements,
    '.env': 'MLFLOW_TRACKING_URI=https://ada:secret@mlflow.shop.example/\n',
    'explore.ipynb': '{}',
    ...moveFiles(chart, 'deploy/chart'),
  }
}

/** The model is in the image, whose tag is its version. */
export function imageTagRepository(model: string): UserRepositoryFiles {
  return {
    'train.py': `import mlflow

MODEL = "${model}"
metrics = {"train_rmse": 1.5, "rmse": 2.5}
with mlflow.start_run():
    mlflow.log_metrics(metrics)
    mlflow.pyfunc.log_model(name="model", python_model=object(), registered_model_name=MODEL)
`,
    'environment.yml': 'name: training\ndependencies: [python=3.11, mlflow, scikit-learn]\n',
    'charts/ranker/Chart.yaml': 'apiVersion: v2\nname: ranker\nversion: 1.0.0\n',
    'charts/ranker/values.yaml':
      "image: registry.shop.example/ranker\nmodel:\n  name: ''\n  version: ''\n  mlflowUri: ''\n",
    'charts/ranker/templates/statefulset.yaml': `apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ .Release.Name }}
spec:
  serviceName: {{ .Release.Name }}
  selector:
    matchLabels: {app: {{ .Release.Name }}}
  template:
    metadata:
      labels: {app: {{ .Release.Name }}}
    spec:
      containers:
        - name: ranker
          image: "{{ .Values.image }}:{{ .Values.model.version }}"
          readinessProbe: {tcpSocket: {port: 8080}}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  clusterIP: None
  selector: {app: {{ .Release.Name }}}
  ports: [{port: 8080}]
`,
    'docker-compose.yml':
      'services:\n  train:\n    environment:\n      - MLFLOW_TRACKING_URI=http://mlflow:5000\n',
  }
}

/** A package in src with a search that autologging logs. */
export function packageRepository(model: string, chart: ChartFiles): UserRepositoryFiles {
  return {
    'pyproject.toml': `[build-system]\nrequires = ["setuptools"]\n\n[project]\nname = "fraud"\nversion = "1"\n`,
    '.python-version': '3.11.9\n',
    'src/fraud/__init__.py': '',
    'src/fraud/train.py': `import mlflow
from sklearn.model_selection import GridSearchCV
from .data import load

mlflow.set_tracking_uri("https://mlflow.shop.example")
mlflow.autolog(registered_model_name="${model}")
X_train, X_test, y_train, y_test = load()
search = GridSearchCV(make_pipeline(), {"depth": [1, 2]})
search.fit(X_train, y_train)
search.score(X_train, y_train)
search.score(X_test, y_test)
`,
    'src/fraud/data.py': 'def load(): ...\n',
    'tests/test_train.py': 'import mlflow\nmlflow.sklearn.log_model(None)\n',
    ...moveFiles(chart, 'chart'),
  }
}

/** A script in a folder of its own, a holdout with a scoring script, and workflows that train and deploy. */
export function subfolderRepository(model: string): UserRepositoryFiles {
  const rows = Array.from({ length: 60 }, (_, id) => `${id},${id % 2},${id}\n`)
  return {
    'ml/train.py': `import mlflow

with mlflow.start_run():
    mlflow.log_metric(key="latency_ms", value=3)
    mlflow.log_metric(key="accuracy", value=0.9)
    mlflow.register_model("runs:/x/model", "${model}")
`,
    'ml/requirements.txt': requirements,
    'ml/score.py': 'import os\nprint(os.environ["MODEL_URI"], os.environ["PREDICTIONS_PATH"])\n',
    'ml/holdout.csv': `id,target,age\n${rows.join('')}`,
    '.github/workflows/train.yml': `on: workflow_dispatch
jobs:
  train:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/setup-python@v7
        with: { python-version: '3.10' }
      - run: python train.py
        working-directory: ml
        env:
          MLFLOW_TRACKING_URI: http://localhost:5000
`,
    '.github/workflows/deploy.yml': `on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: |
          helm upgrade --install --timeout 5m ${model} ./helm/app \\
            --namespace $NAMESPACE
`,
    'helm/app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
    'helm/app/values.yaml': "model: {name: '', version: '', mlflowUri: ''}\n",
    'helm/app/templates/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  selector:
    matchLabels: {app: {{ .Release.Name }}}
  template:
    metadata:
      labels:
        app: {{ .Release.Name }}
      annotations:
        shop.example/model: {{ .Values.model.version | quote }}
    spec:
      containers:
        - name: app
          image: registry.shop.example/app:1
          readinessProbe: {tcpSocket: {port: 8080}}
          env: [{name: MLFLOW, value: {{ .Values.model.mlflowUri | quote }}}]
`,
  }
}

/** Nothing that deploys. */
export function chartlessRepository(model: string): UserRepositoryFiles {
  return {
    'train.py': `import mlflow

with mlflow.start_run():
    mlflow.log_metric("auc", 0.9)
    mlflow.sklearn.log_model(None, name="model", registered_model_name="${model}")
`,
    'requirements.txt': requirements,
  }
}

/** The files of a chart in a folder of a repository. */
export function moveFiles(files: ChartFiles, folder: string): UserRepositoryFiles {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]))
}

/** A chart in the layout of `helm create`. The system tests let Helm create one. */
export const createdChart: ChartFiles = {
  'Chart.yaml': 'apiVersion: v2\nname: app\nversion: 0.1.0\nappVersion: "1.16.0"\n',
  'values.yaml': 'image:\n  repository: nginx\n  tag: ""\n\nvolumes: []\n\nvolumeMounts: []\n',
  'templates/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "app.fullname" . }}
spec:
  template:
    spec:
      {{- with .Values.podSecurityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .Chart.Name }}
          {{- with .Values.securityContext }}
          securityContext:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          ports:
            - name: http
              containerPort: 80
          {{- with .Values.resources }}
          resources:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with .Values.volumeMounts }}
          volumeMounts:
            {{- toYaml . | nindent 12 }}
          {{- end }}
      {{- with .Values.volumes }}
      volumes:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
`,
  'templates/hpa.yaml': `{{- if .Values.autoscaling.enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
spec:
  scaleTargetRef:
    kind: Deployment
{{- end }}
`,
  'templates/tests/test-connection.yaml': `apiVersion: v1
kind: Pod
metadata:
  annotations:
    "helm.sh/hook": test
`,
}
