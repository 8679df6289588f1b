# Needs Python >= 3.11 and make; everything else is fetched. `make demo` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV := .venv
EXTRAS_VENV := .venv-extras
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --progress-bar off
EDITABLE := --no-deps --no-build-isolation --editable .
TEST_PROCESSES := 2
# The tests start many processes, which should not compile everything anew.
unexport PYTHONDONTWRITEBYTECODE
# Lines that Babel writes into the head of every catalogue, and that say nothing here.
PLACEHOLDERS := '^"(Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By): '
LOCK := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links --group build

.DEFAULT_GOAL := help
.PHONY: help demo test check test-extras lock docs translations clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## Start everything with the demo graph on http://127.0.0.1:8000
	@$(VENV)/bin/trimatch demo || [ $$? -eq 130 ] # Ctrl-C is how it ends

test: $(VENV)/.dev check ## Run every check and every test
	@$(VENV)/bin/python -m pytest --numprocesses $(TEST_PROCESSES) --no-loadscope-reorder

check: $(VENV)/.dev ## Run the linter and the type checker
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy

test-extras: $(EXTRAS_VENV)/.extras ## Test the sentence-transformers embedder with a real model (6 GB)
	@$(EXTRAS_VENV)/bin/python -m pytest tests/extras

lock: $(VENV)/.dev ## Write the lock files again from pyproject.toml
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH"; \
	$(LOCK) --output-file requirements.lock && \
	$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock && \
	$(LOCK) --group dev --group extras-test --extra sentence-transformers \
		--constraint requirements-dev.lock --output-file requirements-extras.lock

docs: $(VENV)/.dev ## Write the generated pages of docs/ again
	@$(VENV)/bin/python -m api.settings_reference > docs/settings.md

translations: $(VENV)/.dev ## Bring the catalogues of api/translations in step with the pages' strings
	@mkdir -p build
	@$(VENV)/bin/pybabel -q extract --sort-output -F api/translations/babel.cfg -k N_ --no-location \
		-o build/messages.pot .
	@for language in ar es fr ru zh; do \
		$(VENV)/bin/pybabel -q update -i build/messages.pot -d api/translations -l $$language --no-fuzzy-matching \
			--ignore-obsolete --ignore-pot-creation-date --width 100 && \
		catalogue=api/translations/$$language/LC_MESSAGES/messages.po && \
		grep -v -E $(PLACEHOLDERS) $$catalogue >build/messages.po && mv build/messages.po $$catalogue; done

clean: ## Remove the environments and every cache of the checkout
	rm -rf $(VENV) $(EXTRAS_VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# A stamp is older than its lock when the lock has changed: the environment is then brought in step.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing Trimatch into $(VENV) (a minute or less, once) ..."
	@$(VENV)/bin/python $(PIP_INSTALL) --require-hashes --requirement requirements.lock
	@$(VENV)/bin/python $(PIP_INSTALL) $(EDITABLE)
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing Trimatch and its test tools into $(VENV) ..."
	@$(VENV)/bin/python $(PIP_INSTALL) --require-hashes --requirement requirements-dev.lock
	@$(VENV)/bin/python $(PIP_INSTALL) $(EDITABLE)
	@touch $@ $(VENV)/.runtime

$(EXTRAS_VENV)/.extras: requirements-extras.lock pyproject.toml | $(EXTRAS_VENV)/bin/python
	@echo "Installing sentence-transformers and torch into $(EXTRAS_VENV) (about 6 GB) ..."
	@$(EXTRAS_VENV)/bin/python $(PIP_INSTALL) --require-hashes --requirement requirements-extras.lock
	@$(EXTRAS_VENV)/bin/python $(PIP_INSTALL) $(EDITABLE)
	@touch $@

%/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Trimatch needs Python 3.11 or newer; this is " + sys.version.split()[0] \
		+ ". Name another one: make PYTHON=/path/to/python3.12") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(@D)/..
