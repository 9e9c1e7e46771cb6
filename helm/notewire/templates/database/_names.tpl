{{/* The Secret with the passwords. */}}
{{- define "notewire.database.secret" -}}
{{ .Values.database.existingSecret | default (printf "%s-database" (include "notewire.fullname" .)) }}
{{- end }}
