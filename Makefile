# Each target makes what it needs: the first call sets up .venv from the lock file, later ones start
# at once. Needed: make, and Python 3.11, 3.12 or 3.13 with its venv module. PYTHON=... picks one.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
LOCKER := .venv-lock

# Stamps: the interpreter stands, what a run needs is installed, what development needs is installed.
MADE := $(VENV)/made
RUN := $(VENV)/run-ready
DEV := $(VENV)/dev-ready

.DEFAULT_GOAL := help
.PHONY: help run test lint types page docs bench calibrate torture sbom audit fix lock clean
.NOTPARALLEL:

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1 \2/p' Makefile

run: $(RUN)  ## run the shipped scenario and print the answer; ARGS="--members 20" passes options
	@$(BIN)/borderflow run $(ARGS)

test: $(DEV)  ## run the whole test suite; ARGS="tests/test_draws.py -x" passes options
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

lint: $(DEV)  ## check style and formatting, change nothing
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .

types: $(DEV)  ## check the types of src, strictly
	@$(BIN)/python -m mypy

page:  ## build the web page from web/ into the package; needs Node 20.19 or newer
	@cd web && npm ci --silent --no-audit --no-fund && npm run --silent types && npm run --silent build

docs: $(DEV)  ## build the documentation into docs/_build/html; a warning is an error
	@$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

bench: $(RUN)  ## measure speed and memory and keep a dated table in bench/
	@$(BIN)/python -m bench $(ARGS)

calibrate: $(RUN)  ## find the movement model's numbers on public conflicts; ARGS="FOLDER" names them
	@$(BIN)/python -m bench.calibrate $(ARGS)

sbc: $(DEV)  ## 300 replications of simulation-based calibration of what is learned (minutes)
	@$(BIN)/python -m tests.sbc $(ARGS)

torture: $(DEV)  ## kills, broken folders, random worlds (about 20 minutes); figures kept in bench/
	@$(BIN)/python -m tests.torture $(ARGS)

sbom:  ## renew the software bill of materials (sbom.cdx.json) from the lock file
	@$(PYTHON) .ci/sbom

audit:  ## look for known vulnerabilities of the locked packages (needs an index)
	@test -x $(LOCKER)/bin/pip-audit || { $(PYTHON) -m venv $(LOCKER) && \
	  $(LOCKER)/bin/pip install -q pip-audit; }
	@$(LOCKER)/bin/pip-audit --strict --require-hashes --disable-pip -r requirements.lock
	@$(LOCKER)/bin/pip-audit --strict --require-hashes --disable-pip -r requirements-dev.lock

fix: $(DEV)  ## repair what the style checker can repair
	@$(BIN)/python -m ruff check --fix .
	@$(BIN)/python -m ruff format .

lock:  ## renew the lock files; ARGS="--upgrade" also takes newer versions
	@test -x $(LOCKER)/bin/uv || { $(PYTHON) -m venv $(LOCKER) && $(LOCKER)/bin/pip install -q uv; }
	@.ci/lock $(LOCKER)/bin/uv $(ARGS)

clean:  ## remove environments, caches and builds
	rm -rf $(VENV) $(LOCKER) docs/_build build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests docs bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || { \
	  echo "borderflow needs Python 3.11, 3.12 or 3.13, and '$(PYTHON)' is not one of them:" \
	    "install one, or name one with make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "borderflow sets up its environment with Python's venv module, which is not complete" \
	    "here: on Debian or Ubuntu install it with 'apt install python3-venv'" >&2; exit 2; }
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# What is installed goes to stderr, so that the output of a target is its own.
$(RUN): $(MADE) requirements.lock pyproject.toml
	@echo "setting up $(VENV) for running (once, about a minute)" >&2
	@$(PIP) install -q --require-hashes -r requirements.lock >&2
	@$(PIP) install -q --no-deps --no-build-isolation -e . >&2
	@touch $@

$(DEV): $(MADE) requirements.lock requirements-dev.lock pyproject.toml
	@echo "setting up $(VENV) for development (once, about two minutes)" >&2
	@$(PIP) install -q --require-hashes -r requirements-dev.lock >&2
	@$(PIP) install -q --no-deps --no-build-isolation -e . >&2
	@touch $(RUN) $@
