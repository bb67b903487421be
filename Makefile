# PRM on this machine. Python 3.11 or newer and make are all it needs; see CONTRIBUTING.md.
#
#   make run      start everything, at http://localhost:8000     PORT=8001  PRM_DATA_DIR=/a/folder
#   make test     run the tests                                  ARGS="tests/contacts -k import"  JOBS=4
#   make check    what CI runs: format, lint, types, layers, migrations, translations, tests
#   make bench    measure speed against floors                   ARGS="..."
#   make lint, format, messages, lock, clean

SHELL := /bin/sh
.PHONY: run test check bench lint format types messages lock clean environment environment-dev
.DEFAULT_GOAL := run

VENV ?= .venv
JOBS ?= auto
ARGS ?=
BIN := $(VENV)/bin

run: environment
	@$(BIN)/python -m prm.web.messages compile
	@exec $(BIN)/python -m prm.embedded.run --end-with-parent

test: environment-dev
	@$(BIN)/python -m prm.web.messages compile
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

check: lint types
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m prm.web.messages check
	@$(MAKE) --no-print-directory test

bench: environment-dev
	@$(BIN)/python -m prm.web.messages compile
	$(BIN)/python -m benchmarks $(ARGS)

lint: environment-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djade --check --target-version 5.2 $$(find templates -name '*.html')
	$(BIN)/lint-imports

types: environment-dev
	$(BIN)/mypy .

format: environment-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djade --target-version 5.2 $$(find templates -name '*.html')

messages: environment-dev
	$(BIN)/python -m prm.web.messages update
	$(BIN)/python -m prm.web.messages compile

# Locks what the .in files ask for, with hashes, for every system; UPGRADE=1 takes the newest versions.
lock: environment-dev
	@for name in requirements requirements-embedded requirements-dev; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			$(if $(UPGRADE),--upgrade) $$name.in --output-file $$name.txt || exit 1; \
	done

# Removes what the embedded run keeps: all its data. The virtual environment stays.
clean:
	@make/clean

environment:
	@VENV="$(VENV)" make/environment embedded

environment-dev:
	@VENV="$(VENV)" make/environment dev
