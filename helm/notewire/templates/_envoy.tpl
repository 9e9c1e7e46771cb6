{{/*
A template of envoy/ with its tokens replaced: (dict "root" $ "file" "sidecar.yaml" "tokens" (dict ...)).
The comment lines stay out: they explain the tokens, which are gone.
*/}}
{{- define "notewire.envoy.render" -}}
{{- $text := .root.Files.Get (printf "files/envoy/%s" .file) | required (printf "files/envoy/%s is missing" .file) -}}
{{- $text = regexReplaceAll "(?m)^#.*\n" $text "" -}}
{{- range $token, $value := .tokens }}
{{- $text = replace (printf "@%s@" $token) (toString $value) $text -}}
{{- end }}
{{- with regexFind "@[A-Z_]+@" $text }}{{ fail (printf "envoy/%s has the token %s, which the chart does not set" $.file .) }}{{ end -}}
{{- $text | trim }}
{{- end }}

{{/* A flow value for an address: (list "127.0.0.1" 9901). */}}
{{- define "notewire.envoy.address" -}}
{socket_address: {address: {{ index . 0 }}, port_value: {{ index . 1 }}}}
{{- end }}

{{/* How Envoy finds the pods behind a headless Service. */}}
{{- define "notewire.envoy.dns" -}}
{name: envoy.cluster.dns, typed_config: {"@type": type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster, dns_lookup_family: V4_ONLY, dns_refresh_rate: 1s, respect_dns_ttl: false}}
{{- end }}

{{/* What every Envoy of a pod shares. */}}
{{- define "notewire.envoy.tokens" -}}
ADMIN: {{ include "notewire.envoy.address" (list "127.0.0.1" 9901) | quote }}
METRICS: {{ include "notewire.envoy.address" (list "0.0.0.0" 9902) | quote }}
ENVOY_DIR: /etc/envoy
MAX_CONNECTIONS: {{ .Values.envoy.maxConnections | int | quote }}
MAX_HEAP_BYTES: {{ .Values.envoy.maxHeapBytes | int64 | quote }}
{{- $origins := list }}
{{- range .Values.allowedOrigins }}{{ $origins = append $origins (dict "exact" .) }}{{ end }}
ALLOWED_ORIGINS: {{ $origins | toJson | quote }}
{{- end }}

{{/* The file that a component's Envoy starts from. */}}
{{- define "notewire.envoy.config" -}}
{{ ternary "front_door.yaml" "sidecar.yaml" (eq . "web") }}
{{- end }}

{{/* Its Lua: WebSockets end in the sidecars. */}}
{{- define "notewire.envoy.lua" -}}
{{ ternary "files/envoy/*.lua" "files/envoy/**.lua" (eq . "web") }}
{{- end }}

{{/* The files of a component's Envoy, by key: (dict "root" $ "component" "note-svc"). */}}
{{- define "notewire.envoy.files" -}}
{{- $root := .root -}}
{{- $config := include "notewire.envoy.config" .component -}}
{{- $users := dict "root" $root "component" "user-svc" -}}
{{- $notes := dict "root" $root "component" "note-svc" -}}
{{- $tokens := include "notewire.envoy.tokens" $root | fromYaml -}}
{{- if eq .component "web" -}}
{{- $tokens = merge $tokens (dict
      "DOOR" (include "notewire.envoy.address" (list "0.0.0.0" 8080))
      "USER_SVC" (include "notewire.envoy.address" (list (include "notewire.pods-host" $users) 8080))
      "NOTE_SVC" (include "notewire.envoy.address" (list (include "notewire.pods-host" $notes) 8080))
      "DISCOVERY" (include "notewire.envoy.dns" $root)
      "WEB" (include "notewire.envoy.address" (list "127.0.0.1" 8000))
      "TRUSTED_HOPS" $root.Values.envoy.trustedHops
      "STYLE_SOURCES" (ternary "'unsafe-inline'" "" $root.Values.web.inlineStyles)
      "IMAGE_SOURCES" (join " " $root.Values.imageSources)) -}}
{{- else -}}
{{- $tokens = merge $tokens (dict
      "EDGE" (include "notewire.envoy.address" (list "0.0.0.0" 8080))
      "SERVICES" (include "notewire.envoy.address" (list "0.0.0.0" 8081))
      "APP" (include "notewire.envoy.address" (list "127.0.0.1" (index (include "notewire.services" $root | fromYaml) .component).port))
      "DESCRIPTOR" "/contract/notewire.pb") -}}
{{- end -}}
{{ $config }}: |
  {{- include "notewire.envoy.render" (dict "root" $root "file" $config "tokens" $tokens) | nindent 2 }}
{{- if eq .component "note-svc" }}
egress.yaml: |
  {{- include "notewire.envoy.render" (dict "root" $root "file" "egress.yaml" "tokens" (dict
        "EGRESS" (include "notewire.envoy.address" (list "127.0.0.1" 15001))
        "USER_SVC" (include "notewire.envoy.address" (list (include "notewire.pods-host" $users) 8081))
        "USER_SVC_DISCOVERY" (include "notewire.envoy.dns" $root))) | nindent 2 }}
{{- end }}
{{- range $path, $_ := $root.Files.Glob (include "notewire.envoy.lua" .component) }}
{{ base $path }}: |
  {{- $root.Files.Get $path | trim | nindent 2 }}
{{- end }}
{{- end }}

{{/* Those files as a volume that lies under /etc/envoy as they lie in envoy/. */}}
{{- define "notewire.envoy.volume" -}}
name: envoy
configMap:
  name: {{ include "notewire.fullname" .root }}-{{ .component }}-envoy
  items:
    - {key: {{ include "notewire.envoy.config" .component }}, path: {{ include "notewire.envoy.config" .component }}}
    {{- range $path, $_ := .root.Files.Glob (include "notewire.envoy.lua" .component) }}
    - {key: {{ base $path }}, path: {{ trimPrefix "files/envoy/" $path }}}
    {{- end }}
{{- end }}

{{/*
Envoy as a native sidecar: it starts before the container that it serves and ends after it.
(dict "root" $ "component" "user-svc" "ports" (dict "edge" 8080))
*/}}
{{- define "notewire.envoy.sidecar" -}}
{{- $root := .root -}}
{{- $egress := eq .component "note-svc" -}}
name: envoy
image: {{ $root.Values.envoy.image.repository }}:{{ $root.Values.envoy.image.tag }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
restartPolicy: Always
args:
  - --config-path
  - /etc/envoy/{{ include "notewire.envoy.config" .component }}
  {{- if $egress }}
  - --config-yaml
  - $(EGRESS)
  {{- end }}
  - --concurrency
  - {{ $root.Values.envoy.concurrency | quote }}
  - --log-level
  - {{ $root.Values.envoy.logLevel }}
  - --disable-hot-restart
  # A drain asks every client to go with its next response, and leaves the listeners open until the process ends.
  - --drain-strategy
  - immediate
  - --drain-time-s
  - {{ $root.Values.shutdown.terminationGracePeriodSeconds | quote }}
{{- if $egress }}
env:
  - name: EGRESS
    valueFrom: {configMapKeyRef: {name: {{ include "notewire.fullname" $root }}-{{ .component }}-envoy, key: egress.yaml}}
{{- end }}
ports:
  {{- range $name, $port := .ports }}
  - {name: {{ $name }}, containerPort: {{ $port }}}
  {{- end }}
  - {name: envoy-metrics, containerPort: 9902}
startupProbe:
  httpGet: {path: /ready, port: envoy-metrics}
  periodSeconds: 1
  failureThreshold: 60
readinessProbe:
  httpGet: {path: /ready, port: envoy-metrics}
  periodSeconds: 5
livenessProbe:
  httpGet: {path: /ready, port: envoy-metrics}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
resources: {{- toYaml $root.Values.envoy.resources | nindent 2 }}
securityContext: {{- include "notewire.container-security" $root | nindent 2 }}
{{- end }}
