{{/* The settings of a service: (dict "root" $ "component" "user-svc" "service" {...} "values" .Values.userSvc). */}}
{{- define "notewire.service.env" -}}
{{- $root := .root -}}
{{- $shutdown := $root.Values.shutdown -}}
{{- if not $root.Values.database.external.enabled -}}
- name: DATABASE_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ include "notewire.database.secret" $root }}, key: {{ .component }}-password}}
- name: DATABASE_URL
  value: postgresql://{{ .service.package }}:$(DATABASE_PASSWORD)@{{ include "notewire.fullname" $root }}-database.{{ $root.Release.Namespace }}.svc.{{ $root.Values.clusterDomain }}.:5432/{{ .service.package }}
{{- else -}}
- name: DATABASE_URL
  valueFrom: {secretKeyRef: {name: {{ include "notewire.database.secret" $root }}, key: {{ .component }}-url}}
{{- end }}
- {name: DATABASE_POOL_SIZE, value: {{ .values.databasePoolSize | quote }}}
# The init container has done it.
- {name: MIGRATE, value: "off"}
- {name: PORT, value: {{ .service.port | quote }}}
# Only Envoy reaches the native port; the kubelet and Prometheus reach the other one.
- {name: BIND, value: 127.0.0.1}
- {name: METRICS_BIND, value: 0.0.0.0}
- {name: LOG_LEVEL, value: {{ $root.Values.logLevel }}}
- {name: LOG_FORMAT, value: json}
- {name: MAX_CONCURRENT_CALLS, value: {{ .values.maxConcurrentCalls | quote }}}
- {name: MAX_CONCURRENT_STREAMS, value: {{ .values.maxConcurrentStreams | quote }}}
- {name: DRAIN_SECONDS, value: {{ $shutdown.drainSeconds | quote }}}
- {name: GRACE_SECONDS, value: {{ $shutdown.graceSeconds | quote }}}
- {name: STREAM_LIFE_SECONDS, value: {{ $shutdown.streamLifeSeconds | quote }}}
- {name: SIDECAR_ADMIN, value: "http://127.0.0.1:9901"}
{{- with $root.Values.tracing.endpoint }}
- {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }}}
{{- end }}
{{- with .values.env }}
{{ toYaml . }}
{{- end }}
{{- end }}
