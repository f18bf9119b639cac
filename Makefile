# The menu. `make` alone prints it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo check test lock wheel clean
PYTHON := .venv/bin/python

help: ## This menu
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Make .venv from the locks; compiles llama.cpp once (about 5 minutes on two cores)
	@.ci/setup

demo: ## Broker, simulated devices and the agent for a minute: raw text -> JSON, live, then the proof
	@.ci/mosquitto demo
	@.ci/setup
	@.venv/bin/maaza demo --seconds $(or $(SECONDS_OF_DEMO),60)

check: setup ## Lint, format, types, import contracts
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

test: ## Unit, integration, model and short acceptance tests; at most 20 minutes
	@.ci/mosquitto test
	@.ci/setup
	$(PYTHON) -m pytest -m "not slow"

lock: setup ## Write requirements/*.txt anew, with the hash of every file
	@.ci/lock

wheel: setup ## Build dist/maaza-*.whl
	$(PYTHON) -m hatchling build --target wheel

clean: ## Remove what was built; the wheel cache in ~/.cache/maaza stays
	rm -rf .venv .venv-train .maaza build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
