# Docket's commands. Each sets up what it needs by itself; `make help` lists them.

PYTHON ?= python3.11
PORT ?= 8000
DATA_DIR ?= .local
SEED ?= demo
PROVIDERS ?= none
STAGE ?=
BIN := .venv/bin
PIP_FLAGS := -q --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := help
.PHONY: help setup parallel-setup setup-dev run invoke format lint test check bench chaos torture verify deploy destroy lock

help: ## List the targets, a line each
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[36m%-9s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  PORT, DATA_DIR, SEED=none and PROVIDERS=practice (Stripe, PayPal, Alipay, WeChat Pay without money)"
	@echo "  change what 'make run' does; run it again to redeploy changed code."

run: parallel-setup ## Start everything on http://127.0.0.1:8000/, or redeploy into what runs (PORT, DATA_DIR, SEED=none, PROVIDERS=practice)
	@PORT="$(PORT)" DATA_DIR="$(DATA_DIR)" SEED="$(SEED)" PROVIDERS="$(PROVIDERS)" exec $(BIN)/python -m infra.local

invoke: setup ## Call one function with a sample event: make invoke FUNCTION=relay_order_events EVENT=events/…
	@DATA_DIR="$(DATA_DIR)" $(BIN)/python -m infra.local.invoke "$(FUNCTION)" "$(EVENT)"

format: setup-dev ## Put the code into its canonical form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/bandit -q -r app.py chalicelib infra -c pyproject.toml

test: setup-dev ## Run every test
	$(BIN)/python -m pytest -n 3

check: lint test ## Format, lint, types, architecture, then the tests: what CI runs

verify: setup ## Check the books of the running stage: every invariant over every order
	@DATA_DIR="$(DATA_DIR)" $(BIN)/python -m infra.local.verify

bench: setup-dev ## Measure, print a table, write bench/results/
	@$(BIN)/python -m bench

chaos: setup ## Drill every fault on a stage of its own and count what became of it (DOWN_SECONDS)
	@$(BIN)/python -m infra.drills

torture: setup-dev ## All crash points, pairs of them, thousands of simulated lives (LIVES, PAIRS, MINUTES, JOBS, FIRST; SEED=n replays one)
	@SEED="$(filter-out demo,$(SEED))" $(BIN)/python -m tests.reliability.torture

deploy: setup ## Package and deploy to AWS with your credentials: make deploy STAGE=prod MAIL_FROM=…
	@$(BIN)/python -m infra.deploy "$(STAGE)"

destroy: setup ## Remove a stage from AWS, its data only by typed confirmation: make destroy STAGE=prod
	@$(BIN)/python -m infra.destroy "$(STAGE)"

lock: setup-dev ## Renew the locked requirements from infra/requirements/*.in
	@infra/requirements/lock

setup: .venv/.installed .venv-local/.installed vendor/.installed chalicelib/web/vendor/.installed

parallel-setup:
	@$(MAKE) --no-print-directory -j 2 setup

setup-dev: setup .venv/.installed-dev .venv-localstripe/.installed node_modules/.installed-dev

.venv/.installed: requirements-run.txt
	@echo "Installing what the local stage needs (once, half a minute or so) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install $(PIP_FLAGS) -r requirements-run.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	@echo "Installing the tools for checks and tests (once, a minute or so) …"
	@$(BIN)/python -m pip install $(PIP_FLAGS) -r requirements-dev.txt
	@touch $@

.venv-local/.installed: requirements-local.txt
	@echo "Installing the local AWS …"
	@test -x .venv-local/bin/python || $(PYTHON) -m venv .venv-local
	@.venv-local/bin/python -m pip install $(PIP_FLAGS) -r requirements-local.txt
	@touch $@

.venv-localstripe/.installed: requirements-localstripe.txt
	@echo "Installing a stand-in for Stripe …"
	@test -x .venv-localstripe/bin/python || $(PYTHON) -m venv .venv-localstripe
	@.venv-localstripe/bin/python -m pip install $(PIP_FLAGS) -r requirements-localstripe.txt
	@touch $@

chalicelib/web/vendor/.installed: package-lock.json infra/vendor_web.py .venv/.installed
	@$(BIN)/python infra/vendor_web.py
	@touch $@

node_modules/.installed-dev: package-lock.json chalicelib/web/vendor/.installed
	@$(BIN)/python infra/vendor_web.py --dev
	@touch $@

vendor/.installed: requirements-vendor.txt .venv/.installed
	@rm -rf vendor
	@$(BIN)/python -m pip install $(PIP_FLAGS) --no-deps --no-compile --target vendor -r requirements-vendor.txt
	@touch $@
