# The front door. `make` alone shows what there is.
#
# Every target that runs something first sees to .venv, which holds exactly what
# requirements/dev.txt locks. PYTHON chooses the interpreter it is made with, ARGS is handed on.

PYTHON ?= python3
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
# For `make mutants` alone, so that what mutmut needs is neither locked nor near anything else.
MUTANTS := .mutants-venv
MUTMUT := mutmut==3.8.1
# -qq: errors only. What pip warns of here is the machine's settings, not the project.
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check

# Locking must not see this machine's pip settings: a wheel that only lies here has another hash
# than the published one.
NEUTRAL := env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL -u PIP_NO_INDEX PIP_CONFIG_FILE=/dev/null
COMPILE = $(NEUTRAL) CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/pip-compile pyproject.toml \
  --extra services --extra chain

# $(call step,name,command): says what runs, and which one failed.
step = @printf '== %s\n' '$(1)'; $(2) || { printf 'make: %s failed\n' '$(1)' >&2; exit 1; }

# The browser's part: built anew when one of its sources has changed.
WEB := src/dm3/widget/static/manifest.json
WEB_MODULES := web/node_modules/.stamp
WEB_SOURCES := $(shell find web -name node_modules -prune -o -type f -print)

# What mypy looks at, as far as it is there.
TYPED := $(wildcard src tests bench tools)

# Two workers, whole files each: a scene is set up once. None where somebody wants to look in.
WORKERS = $(if $(filter --pdb --trace -s --capture=no,$(ARGS)),,-n2 --dist=loadfile)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
.PHONY: help up web demo demo-chain test explore check fix bench stress vectors docs site stored mutants lock clean

help: ## show this list
	@printf 'usage: make TARGET [ARGS="..."] [PYTHON=python3]\n\n'
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile

up: $(STAMP) $(WEB) ## start all services, a sample site and a messenger here (ARGS: see dm3 up --help)
	@$(BIN)/dm3 up --sample yes --try-messenger yes $(ARGS)

web: $(WEB) ## build the browser's part, and packages for npm in build/npm (with this machine's Node, or one from PyPI)

demo: $(STAMP) ## play a whole link request from end to end (ARGS: see dm3 demo --help)
	@$(BIN)/dm3 demo $(ARGS)

demo-chain: $(STAMP) ## play it with all names in ENS, on a development chain (needs npm)
	@$(BIN)/python -m tests.demo_chain $(ARGS)

test: $(STAMP) $(WEB) ## run the tests (ARGS: handed to pytest, e.g. ARGS="-k linking -x")
	@PYTHONHASHSEED=0 $(BIN)/python -m pytest $(WORKERS) $(ARGS)

explore: $(STAMP) ## let Hypothesis look further, with other examples each time (ARGS: handed to pytest)
	@$(BIN)/python -m pytest --timeout=0 -o faulthandler_timeout=0 --hypothesis-profile=explore $(or $(ARGS),tests/e2e/test_linking_machine.py)

check: $(STAMP) $(WEB_MODULES) ## check form, lint, types and the direction of imports
	$(call step,ruff format,$(BIN)/ruff format --quiet --diff .)
	$(call step,ruff check,$(BIN)/ruff check --quiet .)
	$(call step,mypy,$(BIN)/mypy --no-error-summary $(TYPED))
	$(call step,import-linter,$(BIN)/lint-imports --no-logo)
	$(call step,tsc,web/with-node npx --no-install tsc -p .)
	$(call step,node --check,web/with-node sh -c 'for one in ../src/dm3/*/assets/*.js; do node --check "$$one" || exit 1; done')

fix: $(STAMP) ## put form and imports right, as far as ruff can
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

bench: $(STAMP) ## measure (ARGS: handed to the benchmarks)
	@$(BIN)/python -m bench $(ARGS)

stress: $(STAMP) ## hostile clients against a service, with figures of memory and delay (ARGS: names of cases)
	@$(BIN)/python -m bench.stress $(ARGS)

vectors: $(STAMP) ## make the vectors anew, those of the reference with the npm libraries (ARGS=--check)
	@$(BIN)/python -m tests.vectors_linking.generate $(ARGS)
	@$(BIN)/python -m tests.vectors_messages.generate $(ARGS)
	@$(BIN)/python -m tests.vectors_services.generate $(ARGS)
	@$(BIN)/python -m tests.vectors_devices.generate $(ARGS)
	@$(BIN)/python -m tests.interop.generate $(ARGS)

docs: $(STAMP) ## write the generated parts of the documentation anew
	@$(BIN)/python -m tests.habits.generated_docs

site: $(STAMP) ## build the documentation and the API reference as pages in build/site; a broken reference fails
	@$(BIN)/python -m tools.site $(ARGS)

stored: $(STAMP) ## write the forms of what is stored down anew; refuses where one that has landed was changed
	@$(BIN)/python -m tests.stored.forms

mutants: $(MUTANTS)/.stamp ## change the rules of linking one by one: do the tests notice? (ARGS="--sample 25": of the other packages, by lot)
	@$(MUTANTS)/bin/python -m tests.mutants $(ARGS)

lock: $(BIN)/python ## resolve the dependencies anew into requirements/ (ARGS=--upgrade for newer ones)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo 'make lock needs a .venv of Python 3.11, the oldest supported, so that the lock holds' >&2; \
	  echo 'for all newer ones: make clean, then make lock PYTHON=python3.11' >&2; exit 1; }
	@$(BIN)/python -m piptools --version >/dev/null 2>&1 || $(NEUTRAL) $(PIP) install pip-tools
	@mkdir -p requirements
	@echo 'Locking requirements/base.txt ...'
	@$(COMPILE) --build-deps-for wheel --output-file requirements/base.txt $(ARGS)
	@echo 'Locking requirements/dev.txt ...'
	@$(COMPILE) --build-deps-for editable --extra dev --constraint requirements/base.txt \
	  --output-file requirements/dev.txt $(ARGS)

clean: ## remove .venv, caches and what was built (never data)
	@rm -rf $(VENV) $(MUTANTS) mutants build dist web/node_modules src/dm3/widget/static src/dm3/messenger/static .coverage htmlcov .hypothesis .import_linter_cache .mypy_cache \
	  .pytest_cache .ruff_cache .schemathesis
	@find . \( -name .git -o -name node_modules \) -prune -o -name __pycache__ -type d \
	  -exec rm -rf {} +

$(WEB): $(WEB_MODULES) $(WEB_SOURCES)
	@echo "Building the browser's part ..."
	@web/with-node node build.mjs
	@web/with-node node packages.mjs

$(WEB_MODULES): web/package.json web/package-lock.json | $(STAMP)
	@echo 'Installing what the browser'"'"'s part is built with into web/node_modules ...'
	@web/with-node npm ci --silent --no-progress
	@touch $@

# Also when .venv is left over from an interpreter that has gone.
$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo 'make: $(PYTHON) was not found; install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3' >&2; \
	  exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "make: Python 3.11 or newer is needed, and $(PYTHON) is $$($(PYTHON) --version 2>&1); name another: make PYTHON=/path/to/python3" >&2; \
	  exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "make: $(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; \
	  exit 1; }
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)

# The build backend is in the lock, so nothing outside the lock is ever fetched.
$(STAMP): requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo 'Installing the locked dependencies into $(VENV) (a minute or two the first time) ...'
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(MUTANTS)/.stamp: requirements/dev.txt Makefile | $(BIN)/python
	@echo 'Installing the locked dependencies and $(MUTMUT) into $(MUTANTS) ...'
	@rm -rf $(MUTANTS)
	@$(BIN)/python -m venv $(MUTANTS)
	@$(MUTANTS)/bin/python -m pip -qq --disable-pip-version-check install --require-hashes -r requirements/dev.txt
	@$(MUTANTS)/bin/python -m pip -qq --disable-pip-version-check install $(MUTMUT)
	@touch $@
