# Every word needs Python 3.11 or newer, git and make; nothing else. `make` alone says what there is.

BIN := .venv/bin
STAMP := .venv/.stamp
LOCKS := requirements/core.txt requirements/dev.txt

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint shape bench docs lock clean

help: ## say what there is
	@awk -F ': .*## ' '/^[a-z]+:.*## / { printf "make %-6s  %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## make .venv with .venv/bin/pratique, from the locked requirements
	@$(BIN)/python -m compileall -q src

# Byte code is compiled here: without it every start takes two to three times as long, and PYTHONDONTWRITEBYTECODE would forbid it later.
$(STAMP): $(LOCKS) pyproject.toml
	@python=$$(for name in $(PYTHON) python3.14 python3.13 python3.12 python3.11 python3; do \
	    "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$name"; break; }; done); \
	if [ -z "$$python" ]; then echo "No Python 3.11 or newer was found. Install one (Debian: apt install python3 python3-venv), or name it: make setup PYTHON=/path/to/python3" >&2; exit 1; fi; \
	"$$python" -c 'import ensurepip, venv' 2>/dev/null || { echo "$$python cannot make virtual environments. Install its venv package (Debian: apt install python3-venv)." >&2; exit 1; }; \
	test -x $(BIN)/python && $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || "$$python" -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q $(BIN)/../lib >/dev/null || true
	@touch $(STAMP)

demo: setup ## make a real image of several layers, scan it, show the report (IMAGE=… scans your own, FEEDS=… says where advisories are)
	@$(BIN)/python examples/demo.py $(if $(FEEDS),--feeds "$(FEEDS)") $(if $(IMAGE),"$(IMAGE)")

test: lint ## everything that must hold: style, types, floors, tests
	$(BIN)/pytest $(ARGS)

lint: setup
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-logo

shape: setup ## hold the imports against the floors; list the modules that ask which noun is missing
	$(BIN)/lint-imports --no-logo
	@echo; echo "Modules of more than 300 lines:"
	@find src -name '*.py' -exec wc -l {} + | awk '$$2 != "total" && $$1 > 300 { print; found = 1 } END { if (!found) print "  none" }' | sort -rn

bench: setup ## measure against the limit of the machine and against peers, side by side (minutes; needs mmdebstrap and npm)
	$(BIN)/python bench/run.py $(ARGS)

docs: setup ## write the pages that are made from the code
	$(BIN)/python docs/generate.py

lock: setup ## write requirements/ anew from pyproject.toml
	$(call compile,core)
	$(call compile,dev,--group dev -c requirements/core.txt)
	$(call compile,server,--extra server -c requirements/core.txt)
	$(call compile,malware,--extra malware -c requirements/core.txt)

define compile
	$(BIN)/uv pip compile pyproject.toml $(2) --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	    --no-header --no-emit-index-url --no-emit-find-links --output-file requirements/$(1).txt
endef

clean: ## remove what was made
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
