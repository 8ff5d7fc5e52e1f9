# `make run` sets up and serves, `make test` checks everything. Python 3.11 or newer is the only prerequisite.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
CHROMIUM ?= /usr/bin/chromium
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# quiet where all is well, which --silent would also be where it is not
NPM := PATH="$(abspath $(BIN)):$$PATH" npm --loglevel=error --no-progress
TRANSLATIONS := $(patsubst %.po,%.mo,$(wildcard web/translations/*/LC_MESSAGES/*.po kb/messages/*/LC_MESSAGES/*.po))

.PHONY: run setup assets translations messages wheel endpoint training test lint browser bench
.DELETE_ON_ERROR:

run: setup
	@exec $(BIN)/kb serve --host $(HOST) --port $(PORT)

# Everything that serving needs. A second run finds nothing to do and takes seconds.
setup: $(VENV)/.runtime assets translations
	@$(BIN)/kb init --sample
	@$(BIN)/kb index update
	@echo "Ready: make run"

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=…" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV) && touch $@

# --require-hashes refuses anything that is not the locked file
$(VENV)/.runtime: $(VENV)/.python requirements.txt pyproject.toml
	@echo "Installing dependencies …"
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.npm: $(VENV)/.runtime requirements-assets.txt
	@echo "Installing npm …"
	@$(PIP) install --require-hashes -r requirements-assets.txt
	@touch $@

assets: web/static/vendor/icons.svg

# npm ci takes exactly what package-lock.json names, with its hashes; .npmrc keeps packages' own scripts from running
web/static/vendor/icons.svg: $(VENV)/.npm package.json package-lock.json web/assets.py
	@echo "Fetching the front-end libraries …"
	@$(NPM) ci --omit=dev >/dev/null
	@$(BIN)/python -m web.assets

translations: $(TRANSLATIONS)

%.mo: %.po $(VENV)/.runtime
	@$(BIN)/pybabel -q compile -i $< -o $@

# After a text was added or changed: collects those of pages, and of errors and the shell; the new ones are empty.
messages: $(VENV)/.runtime
	@$(BIN)/pybabel -q extract -F babel.cfg -k _l -k lazy_gettext --no-location --sort-output --project hotline-kb --msgid-bugs-address none \
		--version 1 -o $(VENV)/messages.pot .
	@$(BIN)/pybabel -q update -i $(VENV)/messages.pot -d web/translations --no-fuzzy-matching \
		--ignore-pot-creation-date -w 120
	@$(BIN)/python -m docs.messages

# One file to install elsewhere, in dist/; build/ may hold modules that are gone.
wheel: $(VENV)/.runtime assets translations
	@rm -rf build
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/hotline_kb-*.whl

$(VENV)/.test: $(VENV)/.npm requirements-test.txt
	@echo "Installing what the tests need …"
	@$(PIP) install --require-hashes -r requirements-test.txt
	@touch $@

# The examples of the CommonMark specification; after the libraries, which an installation of theirs alone would undo.
node_modules/commonmark-spec/spec.txt: web/static/vendor/icons.svg
	@echo "Fetching the CommonMark specification …"
	@$(NPM) ci >/dev/null
	@touch $@

# The pages are tested in a real browser with Chinese fonts, as Debian packages them.
browser:
	@if [ -x "$(CHROMIUM)" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium …"; apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null; \
	else \
		echo "No Chromium at $(CHROMIUM): install it (Debian: apt-get install chromium fonts-noto-cjk) or name yours" \
			"with CHROMIUM=…; without it the browser tests are skipped, and fail under CI=true."; \
	fi

# For reader.provider: endpoint. --no-deps: what it needs besides is in requirements.txt.
endpoint: $(VENV)/.runtime requirements-endpoint.txt
	@$(PIP) install --require-hashes --no-deps -r requirements-endpoint.txt

# For kb train --reader. Not locked, as PyTorch differs by processor and device; nothing that serves needs its 2 GB.
training: $(VENV)/.runtime
	@$(PIP) install --no-build-isolation -e '.[lab,training]'

lint: $(VENV)/.test
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache

test: lint assets node_modules/commonmark-spec/spec.txt translations browser
	@CHROMIUM="$(CHROMIUM)" $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# The two systems to compare with have an environment of their own; nothing else needs it. BENCH="--json" adds options.
# --no-deps: the list is complete but for what bench/requirements.in says is left out on purpose.
.venv-bench/.installed: $(VENV)/.python bench/requirements.txt
	@echo "Installing the systems to compare with …"
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps -r bench/requirements.txt
	@touch $@

bench: $(VENV)/.runtime .venv-bench/.installed
	@$(BIN)/python -m bench $(BENCH)
