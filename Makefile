SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROTOS := $(wildcard proto/*.proto)
PROTO_STAMP := build/proto.stamp
WEB_SOURCES := $(shell find web/src web/public web/build -type f -not -path "web/src/gen/*" 2>/dev/null) \
	$(filter-out web/vitest.config.ts,$(wildcard web/*.html web/*.json web/*.ts))
WEB_MODULES := web/node_modules/.stamp
WEB_CLIENTS := build/web-clients.stamp
WEB_BUILD := build/web.stamp

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: $(VENV)/local.stamp $(PROTO_STAMP) $(WEB_BUILD) ## The whole stack on this machine, until Ctrl-C
	@$(WITH_MAKE) $(BIN)/python -m local

.PHONY: dev
dev: $(VENV)/local.stamp $(PROTO_STAMP) $(WEB_CLIENTS) ## The same, with reload of Python and of the web app
	@$(WITH_MAKE) $(BIN)/python -m local --dev

# Whoever ends make, however it is done, ends the stack.
WITH_MAKE = exec $(BIN)/python -I -S local/die_with_parent.py $$PPID SIGTERM ""

PYTEST = $(BIN)/python -m pytest

.PHONY: test
test: $(VENV)/dev.stamp $(PROTO_STAMP) $(WEB_BUILD) ## Everything that needs no cluster
	@cd web && npm test --silent
	@rm -rf build/coverage && mkdir -p build/coverage
	@$(BIN)/coverage run -m pytest -n 2 --dist loadfile -m "not alone"
	@$(BIN)/coverage combine --quiet && $(BIN)/coverage report | tail -n 1
	@$(PYTEST) -m alone

.PHONY: coverage
coverage: $(VENV)/dev.stamp ## The lines and branches of the services that the last make test did not reach
	@$(BIN)/coverage report --show-missing --skip-covered

.PHONY: check
check: check-python check-contract check-envoy check-migrations check-dockerfiles check-web check-chart ## Linters, types, architecture, contract

.PHONY: check-python
check-python: $(VENV)/dev.stamp $(PROTO_STAMP)
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@report=$$($(BIN)/lint-imports --no-cache --no-logo 2>&1) || { echo "$$report"; exit 1; }

.PHONY: check-contract
check-contract: $(VENV)/dev.stamp
	@$(BIN)/buf lint proto && $(BIN)/buf format -d --exit-code proto
	@$(BIN)/buf breaking proto --against proto/baseline.binpb

.PHONY: check-envoy
check-envoy: $(VENV)/dev.stamp $(PROTO_STAMP)
	@$(BIN)/python -m local.check_envoy

# Rules and exceptions: .squawk.toml.
.PHONY: check-migrations
check-migrations: $(VENV)/dev.stamp
	@report=$$($(BIN)/squawk */migrations/*.sql 2>&1) || { echo "$$report"; exit 1; }

.PHONY: check-dockerfiles
check-dockerfiles: $(VENV)/dev.stamp
	@$(BIN)/hadolint Dockerfile web/Dockerfile

.PHONY: check-web
check-web: $(WEB_CLIENTS)
	@cd web && npm run --silent check

.PHONY: pictures
pictures: $(VENV)/dev.stamp $(PROTO_STAMP) $(WEB_BUILD) ## The README's pictures, from the running app, and the icons
	@$(BIN)/python -m tests.browser.pictures web/docs
	@$(BIN)/python -m tests.browser.icons web/public

.PHONY: clean
clean: ## Removes what was built, and .venv; data (.run) stays
	@rm -rf build notewire_proto web/dist web/src/gen web/node_modules test-results $(VENV)

.PHONY: proto
proto: $(PROTO_STAMP) ## Generate notewire_proto and the descriptor set from proto/

.PHONY: proto-baseline
proto-baseline: $(VENV)/dev.stamp ## Take the present contract as what later ones must stay compatible with
	@$(BIN)/buf build proto --exclude-source-info -o proto/baseline.binpb

.PHONY: bench
bench: $(VENV)/dev.stamp $(PROTO_STAMP) $(WEB_BUILD) ## Speed beside a bare gRPC echo; ARGS="--peer NAME=USERS,NOTES,BRIDGE"
	@$(BIN)/python -m tests.load $(ARGS)

.PHONY: lock
lock: ## Resolve the locked requirements anew from pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@for part in dev:"--extra local --extra dev" local:"--extra local" images:"--extra images" services:""; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
			--no-annotate $$([ "$${part%%:*}" = dev ] || echo "-c requirements/dev.txt") $${part#*:} \
			pyproject.toml -o requirements/$${part%%:*}.txt; done

# What the machine must bring, named in one line where it is missing. Asked only when something has to be installed.
build/tools.stamp:
	@missing() { echo "notewire needs $$1" >&2; exit 1; }; \
	command -v $(PYTHON) >/dev/null || missing "Python 3.11 or newer, and finds no $(PYTHON) (another name: make PYTHON=...)"; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| missing "Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -V 2>&1) (another name: make PYTHON=...)"; \
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || missing "Python's venv module (Debian: apt install python3-venv)"; \
	command -v node >/dev/null || missing "Node.js 20 or newer, and finds no node"; \
	node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' \
		|| missing "Node.js 20 or newer, and node is $$(node --version)"; \
	command -v npm >/dev/null || missing "npm, which comes with Node.js"
	@mkdir -p build && touch $@

# One virtual environment, filled from the locked list that a target asks for: local.txt to run, dev.txt to test.
$(VENV)/%.stamp: requirements/%.txt | build/tools.stamp
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Python packages ($<, about a minute the first time)"
	@$(BIN)/python -m pip install --progress-bar off --disable-pip-version-check --no-input --require-hashes -r $< \
		| awk '/^Collecting/ {printf "%s", "."} /^Installing/ {printf "%s", " unpacking"} {fflush()} END {print " done"}'
	@touch $@

$(PROTO_STAMP): $(PROTOS) proto/generate requirements/local.txt | $(VENV)/local.stamp
	@PATH="$(abspath $(BIN)):$$PATH" proto/generate $(BIN)/python build/notewire.pb \
		--mypy_out=quiet:notewire_proto --mypy_grpc_out=quiet:notewire_proto
	@touch $@

$(WEB_MODULES): web/package-lock.json | build/tools.stamp
	@echo "Installing the web app's packages (web/package-lock.json)"
	@cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(WEB_CLIENTS): $(WEB_MODULES) $(PROTOS) web/buf.gen.yaml
	@cd web && npm run --silent generate
	@touch $@

$(WEB_BUILD): $(WEB_CLIENTS) $(WEB_SOURCES)
	@echo "Building the web app"
	@cd web && npm run --silent build -- --logLevel error
	@touch $@

# Images, the chart, the cluster.
include cluster.mk
