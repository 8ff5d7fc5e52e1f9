# `make setup` prepares everything, `make test` checks everything. Python 3.11 or newer is the only prerequisite.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: setup test lint

setup: $(VENV)/.runtime
	@$(BIN)/kb init --sample

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=…" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV) && touch $@

# --require-hashes refuses anything that is not the locked file
$(VENV)/.runtime: $(VENV)/.python requirements.txt pyproject.toml
	@echo "Installing dependencies …"
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: $(VENV)/.runtime requirements-test.txt
	@echo "Installing what the tests need …"
	@$(PIP) install --require-hashes -r requirements-test.txt
	@touch $@

lint: $(VENV)/.test
	@$(BIN)/ruff check .
	@$(BIN)/mypy

test: lint
	@$(BIN)/python -m pytest
