# `make demo` and `make test` set up everything they need in a virtual environment of their own, once.
# PYTHON may name any Python 3.11 to 3.13: make test PYTHON=python3.12

PYTHON ?= python3
PYTEST_ARGS ?= --numprocesses 2 --dist worksteal

# --no-compile: Python compiles a module when it is first imported, and most of those that are installed never are.
PIP_INSTALL = -m pip install -qq --no-compile --disable-pip-version-check --constraint constraints.txt
PINS = pyproject.toml constraints.txt

.PHONY: help demo test format fmt lint types mypy pyright schemas docs clean

# Where it is set, every process would compile all that it imports once more; the tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

help:
	@echo "make demo     the whole job on embedded data: audit, balance, fine-tune, compare"
	@echo "make test     every test"
	@echo "make format   rewrite the code as ruff formats it"
	@echo "make fmt      check the formatting"
	@echo "make lint     ruff"
	@echo "make types    mypy and pyright"
	@echo "make schemas  generate schemas/*.schema.json again"
	@echo "make docs     write again what the pages take from the program, and build them as a site, in site/"
	@echo "make clean    remove both environments and what tools left behind"

demo: .venv-demo/.installed
	@.venv-demo/bin/datatool demo

test: .venv/.installed
	@.venv/bin/python -m pytest $(PYTEST_ARGS)

format: .venv/.linters
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

fmt: .venv/.linters
	@.venv/bin/ruff format --check .

lint: .venv/.linters
	@.venv/bin/ruff check .

types: mypy pyright

mypy: .venv/.linters
	@.venv/bin/mypy

pyright: .venv/.linters
	@.venv/bin/pyright --pythonpath .venv/bin/python

schemas: .venv/.installed
	@.venv/bin/python -m datatool.schemas._generate

docs: .venv/.installed
	@.venv/bin/python docs/update_audit.py
	@.venv/bin/python docs/update_explain.py
	@.venv/bin/python docs/update_cli.py
	@.venv/bin/python docs/update_recipe.py
	@.venv/bin/python docs/draw_balance.py
	@NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --strict

clean:
	rm -rf .venv .venv-demo build site *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# --no-build-isolation: setuptools too is the pinned one, and the tests that build a wheel need no network.
define install
@command -v $(PYTHON) >/dev/null || { echo "datatool must have a Python; got '$(PYTHON)', which is not installed. Hint: install Python 3.12." >&2; exit 2; }
@$(PYTHON) .ci/check_python.py
@echo "Setting up $(@D) (once; later runs download nothing)" >&2
@$(PYTHON) -m venv $(@D)
@$(@D)/bin/python $(PIP_INSTALL) pip setuptools
@$(@D)/bin/python $(PIP_INSTALL) --no-build-isolation --editable $(NEEDS)
@touch $@
endef

.venv-demo/.installed: NEEDS = '.[paddle,demo]'
.venv-demo/.installed: $(PINS)
	$(install)

.venv/.installed: NEEDS = '.[all]' --group test --group docs
.venv/.installed: $(PINS)
	$(install)

.venv/.linters: .venv/.installed
	@.venv/bin/python $(PIP_INSTALL) --group lint
	@touch $@
