# Images, and what they are installed with. Needs docker; what says so needs kubectl, helm and a cluster too.

# Images carry the version of the application that the chart installs.
VERSION = $(shell awk '/^appVersion:/ {gsub(/"/, "", $$2); print $$2}' helm/notewire/Chart.yaml)
REVISION = $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
REGISTRY ?=
IMAGES := user-svc note-svc web
IMAGE = $(if $(REGISTRY),$(REGISTRY:%/=%)/)notewire/$(1):$(VERSION)

.PHONY: images
images: $(IMAGES:%=image-%) ## Build the images; REGISTRY=localhost:5000 pushes them too

.PHONY: $(IMAGES:%=image-%)
$(IMAGES:%=image-%): image-%:
	@echo "Building $(call IMAGE,$*)"
	@DOCKER_BUILDKIT=1 docker build --quiet $(if $(filter web,$*),--file web/Dockerfile --target web, \
		--target service --build-arg SERVICE=$(subst -,_,$*)) \
		--build-arg VERSION=$(VERSION) --build-arg REVISION=$(REVISION) --tag $(call IMAGE,$*) .
	@$(if $(REGISTRY),docker push --quiet $(call IMAGE,$*))

# How a cluster that is neither kind nor minikube takes an image; README of k8s/ says more.
CLUSTER_LOAD ?= ../shared/cluster/cluster load

.PHONY: cluster-load
cluster-load: images ## Build the images and put them into the current kind, minikube or test cluster
	@context="$$(kubectl config current-context)"; for image in $(foreach name,$(IMAGES),$(call IMAGE,$(name))); do \
		case "$$context" in \
			kind-*) kind load docker-image --name "$${context#kind-}" "$$image" ;; \
			minikube) minikube image load "$$image" ;; \
			*) $(CLUSTER_LOAD) "$$image" ;; \
		esac; done

# The release before: the last tag before this commit or, while there is none, the commit before the chart's last change.
# A shallow clone may hold neither; then this commit stands for it.
PREVIOUS ?= $(or $(shell git describe --tags --abbrev=0 HEAD^ 2>/dev/null || git log --skip=1 -n 1 --format=%h -- helm envoy),HEAD)

.PHONY: cluster-load-previous
cluster-load-previous: ## The same of the release before: images tagged previous, its chart in build/previous
	@echo "The release before is $$(git log -1 --format='%h, %s' $(PREVIOUS))"
	@rm -rf build/previous && mkdir -p build/previous && git archive $(PREVIOUS) | tar -x -C build/previous
	@cd build/previous && $(MAKE) cluster-load VERSION=previous REVISION="$$(git rev-parse --short=12 $(PREVIOUS)^{})" \
		CLUSTER_LOAD="$(abspath $(firstword $(CLUSTER_LOAD))) load"

# Whoever watches gives way to what is watched, since both often share a small machine.
.PHONY: e2e
e2e: $(VENV)/dev.stamp $(PROTO_STAMP) ## Prove the chart on the current cluster, which has the images: about 15 minutes
	@nice -n 10 $(PYTEST) tests/e2e --timeout 600 --junitxml test-results/e2e.xml

RENDER = helm template notewire helm/notewire --namespace notewire --skip-tests 2>/dev/null

.PHONY: manifests
manifests: ## Render k8s/notewire.yaml anew from the chart
	@command -v helm >/dev/null || { echo "helm is not installed"; exit 1; }
	@rendered=$$($(RENDER)) && printf '%s\n' \
		"# Rendered from helm/notewire by \`make manifests\`; README.md beside it says how to use it." "$$rendered" \
		> k8s/notewire.yaml

.PHONY: check-chart
check-chart: ## The chart and what is rendered from it, where helm is installed
	@if ! command -v helm >/dev/null; then echo "helm is not installed: the chart is not checked"; exit 0; fi; \
	for values in values values-production values-dev; do \
		report=$$(helm lint --strict --quiet helm/notewire --values helm/notewire/$$values.yaml 2>&1) \
			|| { echo "$$report"; exit 1; }; done; \
	$(RENDER) | diff -q <(tail -n +2 k8s/notewire.yaml) - >/dev/null || { echo "k8s/notewire.yaml is stale: make manifests"; exit 1; }
