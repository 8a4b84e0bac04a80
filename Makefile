# The words CI uses too. `make` alone lists them.
#
#   PYTHON=python3.12   which Python builds the environments (3.11 or later)
#   LAB_ARGS=...        more arguments for JupyterLab, such as --no-browser
#   PYTEST_ARGS=...     more arguments for pytest, such as -k notebooks

PYTHON   ?= python3
NOTEBOOK ?= notebooks/01-watch-the-board.ipynb
LAB_ARGS ?=
PYTEST_ARGS ?=

# .venv holds the checkout (editable); .venv-test holds the built wheel and nothing of it.
VENV := .venv
TEST := .venv-test
BIN  := $(VENV)/bin

SOURCES := $(shell find toolkit rulesets -name __pycache__ -prune -o -name '.*' -prune -o -print 2>/dev/null)
PAGES   := $(wildcard README.md LICENSE)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help lab test lint types format refresh mutate docs wheel chromium clean

help: ## list these words
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

lab: $(VENV)/.lab ## open JupyterLab on the first notebook and print its address
	@BIN=$(BIN) sh scripts/lab.sh $(NOTEBOOK) $(LAB_ARGS)

test: $(TEST)/.wheel chromium ## build the wheel and test it: units, notebooks, browser
	@sh scripts/test_wheel.sh $(TEST)/bin/python $(PYTEST_ARGS)

lint: $(VENV)/.dev ## ruff: lint and format, changing nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy, strict, over toolkit/
	$(BIN)/mypy

format: $(VENV)/.dev ## ruff: fix what it can, then format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

refresh: $(VENV)/.lab ## run every notebook again and save its outputs
	$(BIN)/python scripts/refresh_notebooks.py

mutate: $(VENV)/.lab ## plant wrong law, one fault at a time, and see which notebook cells notice
	$(BIN)/python scripts/mutate_law.py

docs: $(VENV)/.lab ## write build/site: the pages and notebooks, readable without a kernel
	$(BIN)/python scripts/build_docs.py

wheel: build/.wheel ## build dist/*.whl

chromium:
	@sh scripts/chromium.sh >/dev/null

clean: ## remove environments, builds and caches
	rm -rf $(VENV) $(TEST) build dist artifacts .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: each says what was last installed, and is older than what it must follow.

%/.made: | scripts/preflight.sh
	@sh scripts/preflight.sh $(PYTHON)
	@rm -rf $*
	$(PYTHON) -m venv $*
	@touch $@

.PRECIOUS: $(VENV)/.made $(TEST)/.made

$(VENV)/.lab: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.lab

build/.wheel: $(TEST)/.made pyproject.toml $(PAGES) $(SOURCES)
	@rm -rf dist && mkdir -p build
	$(TEST)/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .
	@touch $@

$(TEST)/.libraries: $(TEST)/.made pyproject.toml | build/.wheel
	$(TEST)/bin/python -m pip install --quiet --disable-pip-version-check "$$(echo dist/blackletter-*.whl)[test]"
	@touch $@

$(TEST)/.wheel: build/.wheel $(TEST)/.libraries
	$(TEST)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall dist/blackletter-*.whl
	@touch $@
