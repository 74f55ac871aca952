{{- define "digits.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "digits.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "digits.labels" -}}
{{ include "digits.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: model-server
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Environment variables of both containers. */}}
{{- define "digits.env" -}}
- name: MODEL_NAME
  value: {{ .Values.model.name | quote }}
- name: MODEL_VERSION
  value: {{ .Values.model.version | quote }}
- name: MODEL_DIR
  value: /model
- name: HOME
  value: /tmp
- name: MLFLOW_DISABLE_TELEMETRY
  value: 'true'
{{- end -}}

{{- define "digits.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
