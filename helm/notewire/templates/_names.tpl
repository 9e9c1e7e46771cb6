{{/* The prefix of every object's name. Room is left for the longest suffix. */}}
{{- define "notewire.fullname" -}}
{{ .Values.fullnameOverride | default .Release.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* Labels of an object of one component: (dict "root" $ "component" "user-svc"). */}}
{{- define "notewire.labels" -}}
{{ include "notewire.selector" . }}
app.kubernetes.io/part-of: notewire
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* What selects the pods of one component; immutable, so nothing that changes. */}}
{{- define "notewire.selector" -}}
app.kubernetes.io/name: notewire
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Reference of an image of Notewire: (dict "root" $ "image" .Values.web.image). */}}
{{- define "notewire.image" -}}
{{- with .root.Values.image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ .image.repository }}:{{ .image.tag | default .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{/* The two services, by what differs: their values, native port and variable prefix. */}}
{{- define "notewire.services" -}}
user-svc: {values: userSvc, package: user_svc, port: 50051}
note-svc: {values: noteSvc, package: note_svc, port: 50052}
{{- end }}

{{/* The name under which each pod of a service is found: (dict "root" $ "component" "user-svc"). */}}
{{- define "notewire.pods-host" -}}
{{ include "notewire.fullname" .root }}-{{ .component }}-headless.{{ .root.Release.Namespace }}.svc.{{ .root.Values.clusterDomain }}.
{{- end }}

{{/* The least number of pods of a component, from its values. */}}
{{- define "notewire.least-replicas" -}}
{{ ternary .autoscaling.minReplicas .replicas .autoscaling.enabled }}
{{- end }}
