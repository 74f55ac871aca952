{{/* A Deployment with the given name and image, and fields of its pod and its container. */}}
{{- define "examples.deployment" }}
{{- $container := merge (dict "name" "server" "image" .image) (.container | default dict) }}
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .name }} }
spec:
  selector: { matchLabels: { app: {{ .name }} } }
  template:
    metadata:
      labels: { app: {{ .name }} }
      annotations: {{- .annotations | default dict | toYaml | nindent 8 }}
    spec: {{- merge (dict "containers" (list $container)) (.pod | default dict) | toYaml | nindent 6 }}
{{- end }}
