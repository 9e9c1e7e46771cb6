SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROTOS := $(wildcard proto/*.proto)
PROTO_STAMP := build/proto.stamp

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# One virtual environment, filled from the locked list that a target asks for: local.txt to run, dev.txt to test.
build/venv-%.stamp: requirements/%.txt
	@mkdir -p build
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing Python packages ($<)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Packages that carry .proto files of their own, which the JSON transcoder's descriptor set needs.
SITE = $(shell $(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')

$(PROTO_STAMP): $(PROTOS) | build/venv-local.stamp
	@rm -rf notewire_proto && mkdir -p notewire_proto build
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m grpc_tools.protoc -Inotewire_proto=proto \
		--python_out=. --mypy_out=quiet:. --grpc_python_out=. --mypy_grpc_out=quiet:. $(PROTOS:proto/%=notewire_proto/%)
	@touch notewire_proto/__init__.py notewire_proto/py.typed
	@$(BIN)/python -m grpc_tools.protoc -Iproto -I$(SITE) --include_imports --descriptor_set_out=build/notewire.pb \
		$(PROTOS) google/rpc/error_details.proto google/rpc/status.proto
	@touch $@

.PHONY: proto
proto: $(PROTO_STAMP) ## Generate notewire_proto and the descriptor set from proto/

.PHONY: lock
lock: ## Resolve the locked requirements anew from pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@for part in dev:"--extra local --extra dev" local:"--extra local" services:""; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
			--no-annotate $$([ "$${part%%:*}" = dev ] || echo "-c requirements/dev.txt") $${part#*:} \
			pyproject.toml -o requirements/$${part%%:*}.txt; done

.PHONY: check
check: build/venv-dev.stamp $(PROTO_STAMP) ## Linters, types, architecture, contract
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/buf lint proto && $(BIN)/buf format -d --exit-code proto

.PHONY: test
test: build/venv-dev.stamp $(PROTO_STAMP) ## Everything that needs no cluster
	@$(BIN)/python -m pytest
