{{/* Refuses values that are right one by one and wrong together. */}}
{{- define "notewire.checks" -}}
{{- $s := .Values.shutdown -}}
{{- $end := int $s.terminationGracePeriodSeconds -}}
{{- if lt $end (add $s.drainSeconds $s.graceSeconds 5 | int) -}}
{{- fail (printf "shutdown.terminationGracePeriodSeconds (%d) must be at least drainSeconds + graceSeconds + 5 for Envoy (%d)" $end (add $s.drainSeconds $s.graceSeconds 5)) -}}
{{- end -}}
{{- if lt $end (add $s.webDrainSeconds 5 | int) -}}
{{- fail (printf "shutdown.terminationGracePeriodSeconds (%d) must be at least webDrainSeconds + 5 for Envoy (%d)" $end (add $s.webDrainSeconds 5)) -}}
{{- end -}}
{{- if and $s.webStreamsEndWithStatus (ge (mul 2 $s.streamLifeSeconds | int) (int $s.webDrainSeconds)) -}}
{{- fail (printf "shutdown.webStreamsEndWithStatus needs webDrainSeconds (%v) to be more than twice streamLifeSeconds (%v)" $s.webDrainSeconds $s.streamLifeSeconds) -}}
{{- end -}}
{{- if and .Values.database.external.enabled (not .Values.database.existingSecret) -}}
{{- fail "database.external needs database.existingSecret, with the keys user-svc-url and note-svc-url" -}}
{{- end -}}
{{- range $name := list "userSvc" "noteSvc" "web" -}}
{{- $a := (index $.Values $name).autoscaling -}}
{{- if gt (int $a.minReplicas) (int $a.maxReplicas) -}}
{{- fail (printf "%s.autoscaling.minReplicas (%v) is more than maxReplicas (%v)" $name $a.minReplicas $a.maxReplicas) -}}
{{- end -}}
{{- end -}}
{{- if not .Values.database.external.enabled -}}
{{- $connections := 5 -}}
{{- range list .Values.userSvc .Values.noteSvc -}}
{{- $pods := ternary .autoscaling.maxReplicas .replicas .autoscaling.enabled | int | add 1 -}}
{{- $connections = add $connections (mul $pods (int .databasePoolSize)) -}}
{{- end -}}
{{- if gt $connections (int .Values.database.parameters.max_connections) -}}
{{- fail (printf "database.parameters.max_connections (%v) must be at least %d: databasePoolSize for each pod and for one more of each service during a rollout, and 5 for people" .Values.database.parameters.max_connections $connections) -}}
{{- end -}}
{{- end -}}
{{- end }}
