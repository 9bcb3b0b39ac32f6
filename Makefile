# Everything a person or a pipeline does with the portal. `make help` lists it.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run setup test test-slow faults check types-js format bench translations lock postgres-stop clean

VENV ?= .venv
BIN := $(VENV)/bin
# The first Python of the right age; say PYTHON=... to choose another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
UV ?= uv
# Further words for pytest, such as ARGS="-k clock".
ARGS ?=

RUN_LOCKS := requirements.txt requirements-local.txt
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes
# What a production installation looks like to Django's own checks.
PRODUCTION := env -u DEMO -u DEBUG PUBLIC_URL=https://portal.example.org \
	SECRET_KEY_FILE= SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))')
# An address where nobody answers, for commands that must not need a database.
NO_DATABASE := DATABASE_URL=postgres://nobody@127.0.0.1:1/none

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run ## start the portal with everything it needs (PORT=8000)
	@$(BIN)/python -m certportal.processes

setup: $(VENV)/.dev ## install what developing needs

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "The portal needs Python 3.11 or newer; none was found." >&2; exit 1; }
	@echo "Creating $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { \
	echo "Python's venv module is missing: install python3-venv and try again." >&2; \
	rm -rf $(VENV); exit 1; }

$(VENV)/.run: $(RUN_LOCKS) | $(VENV)/bin/python
	@echo "Installing packages"
	@$(PIP_INSTALL) $(RUN_LOCKS:%=-r %)
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@echo "Installing the tools of developers"
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

translations: $(VENV)/.run ## compile the message catalogues
	@$(BIN)/python -m certportal.processes.translations

test: $(VENV)/.dev translations ## the quick tests
	$(BIN)/python -m pytest -n 2 -m "not slow" $(ARGS)

test-slow: $(VENV)/.dev translations ## the tests that take longer
	$(BIN)/python -m pytest -m slow $(ARGS)

faults: $(VENV)/.dev translations ## the fault table: break networks, processes, disks, pages; count what was lost
	$(BIN)/python -m pytest tests/faults -q $(ARGS)

bench: $(VENV)/.dev translations ## benchmarks, one JSON object a line
	@$(BIN)/python -m bench $(ARGS)

format: $(VENV)/.dev ## put code and templates into shape
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .
	find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 {} +

check: $(VENV)/.dev translations ## format, lint, types, contracts, migrations, translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 --check {} +
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/mypy .
	@$(MAKE) --no-print-directory types-js
	$(BIN)/lint-imports
	$(BIN)/python -m pip check --disable-pip-version-check
	$(NO_DATABASE) $(BIN)/python manage.py check --fail-level WARNING
	@echo "manage.py check --deploy, as in production"
	@$(PRODUCTION) $(NO_DATABASE) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(NO_DATABASE) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(NO_DATABASE) $(BIN)/python manage.py check_translations
	$(BIN)/python -m pytest -q tests/ops/test_requirements.py tests/ops/test_scripts.py

# npm is needed by nothing but this, so that a machine without it can do all the rest.
types-js: ## check the types of static/js, where npm is present (in CI always)
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory node_modules/.checked; \
	elif [ "$$CI" = true ]; then echo "npm is missing: install the packages nodejs and npm." >&2; exit 1; \
	else echo "npm is missing: the types of static/js were not checked."; fi

node_modules/.installed: package-lock.json
	npm ci --loglevel=error
	@touch $@

node_modules/.checked: node_modules/.installed jsconfig.json $(shell find static/js -name '*.js')
	node_modules/.bin/tsc --project jsconfig.json
	@touch $@

lock: ## pin the newest allowed packages with hashes (needs uv)
	for name in requirements requirements-local requirements-dev; do \
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --upgrade $$name.in -o $$name.txt || exit 1; done

postgres-stop: ## stop the local PostgreSQL, should one still run
	@$(BIN)/python -m certportal.local_postgres stop

clean: ## remove the environment and caches; the data in var/pg stays
	@test ! -x $(BIN)/python || $(BIN)/python -m certportal.local_postgres stop
	rm -rf $(VENV) node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache htmlcov
	rm -rf var/static var/pg-test var/*.stamp
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
