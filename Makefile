# The commands of a working day; `make help` lists them. Each sets up what it needs by itself.
VENV ?= .venv
PORT ?= 8000
ENVIRONMENT ?= local
export PORT ENVIRONMENT
export PYTHONPATH := $(CURDIR):$(CURDIR)/platform
PYTHON := $(VENV)/bin/python
PYTEST = $(PYTHON) -m pytest $(if $(CI),-p tests.plugins.ci)
# What `make test` is to run: make test TESTS=tests/config
TESTS ?=
# What `make hosts-test` is to try: HOSTS="-m short" for what .ci/run has time for.
HOSTS ?=
# What `make load` does, and to whom; some shells have a HOST of their own in the environment.
HOST = http://127.0.0.1:$(PORT)
USERS = 100
SPAWN = 10
TIME = 1m
PERSONA = producer
SHAPE = steady
LOAD =

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run monitoring test infra-test hosts-test playbooks-test hosts-check sbom release lock drills bench load reference fuzz screenshots openapi check lint format clean

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

run: $(VENV)/.run ## Everything on this machine, until Ctrl-C; PORT=9000 make run for another port
	@exec $(PYTHON) -m config.local

monitoring: $(VENV)/.run ## Prometheus and Alertmanager beside `make run`, until Ctrl-C
	@exec $(PYTHON) -m config.local.monitoring

test: $(VENV)/.development ## The whole test suite; TESTS=tests/config for a part of it
	$(PYTEST) $(TESTS)

infra-test: $(VENV)/.development .venv-infra/.tools ## Terraform checked, and applied to an emulated AWS
	$(PYTEST) tests/infra

hosts-test: $(VENV)/.development .venv-hosts/.tools ## Debian hosts that boot on this machine, released onto under load and lost; as root; HOSTS="-m short"
	$(PYTEST) -p no:randomly -v -s tests/hosts/test_hosts.py tests/hosts/test_scaled_hosts.py $(HOSTS)

playbooks-test: $(VENV)/.development .venv-hosts/.tools ## The other playbooks, inventories and the monitoring host, on hosts as above
	$(PYTEST) -p no:randomly -v -s tests/hosts/test_playbooks.py tests/hosts/test_inventories.py \
	    tests/hosts/test_monitoring_host.py

hosts-check: .venv-hosts/.tools ## Lint of the playbooks, scripts, containers and workflows, and a search for secrets
	cd ansible && ../.venv-hosts/bin/ansible-lint --offline --profile production
	shellcheck .ci/run $$(git ls-files "*.sh")
	.venv-hosts/bin/hadolint Dockerfile
	.venv-hosts/bin/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	.venv-hosts/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	.venv-hosts/bin/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	.venv-hosts/bin/zizmor --quiet --offline .github
	@# On a copy: where something known has moved to another line, it writes that down, and ends with 3.
	@mkdir -p .local && cp .secrets.baseline .local/secrets.baseline
	.venv-hosts/bin/detect-secrets-hook --baseline .local/secrets.baseline \
	    $$(git ls-files ':!.secrets.baseline') || test $$? -eq 3

sbom: .venv-hosts/.tools ## What a release holds of others (SBOM), in .local/sbom.json
	@mkdir -p .local
	.venv-hosts/bin/cyclonedx-py requirements --output-file .local/sbom.json requirements.lock

release: $(VENV)/.run ## What is committed as one file for hosts, in .local/releases
	@PYTHON=$(PYTHON) ansible/release.sh build

lock: .venv-hosts/.tools ## requirements.lock, from requirements.txt
	.venv-hosts/bin/uv pip compile --quiet --generate-hashes --no-header --no-annotate \
	    --python-version 3.11 --python-platform x86_64-manylinux_2_36 requirements.txt -o requirements.lock

drills: $(VENV)/.development ## The platform under faults, about an hour; writes docs/drills.md; DRILLS=--short for ten minutes
	$(PYTHON) -m tests.drills $(DRILLS)

bench: $(VENV)/.development .venv-bench/.peers ## The platform beside its peers, three quarters of an hour; BENCH=--quick for two minutes
	$(PYTHON) -m tests.bench $(BENCH)

load: $(VENV)/.run ## Load and its verification; HOST= USERS= SPAWN= TIME= PERSONA= SHAPE= LOAD= for more
	@locustfiles/run.sh "$(HOST)" "$(USERS)" "$(SPAWN)" "$(TIME)" --persona "$(PERSONA)" \
	    --shape "$(SHAPE)" $(LOAD)

reference: $(VENV)/.development .venv-reference/.emulator ## One reference run, with npm, written to docs/load.md; RUN=users MINUTES=1
	$(PYTHON) -m tests.reference $(RUN) $(if $(MINUTES),--minutes $(MINUTES)) --write

fuzz: $(VENV)/.development ## Schemathesis and hostile requests for long, with a new seed; FUZZ_SEED=7 repeats one
	@FUZZ_SEED=$${FUZZ_SEED:-$$(date +%s)}; export FUZZ_SEED; echo "FUZZ_SEED=$$FUZZ_SEED"; \
	    FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-200} $(PYTHON) -m pytest -q \
	    tests/integration/test_schemathesis.py tests/integration/test_hostile_requests.py

screenshots: $(VENV)/.development ## Pictures of the admin's pages in docs/images, while `make run` runs; same PORT
	$(PYTHON) -m tests.browser.screenshots

openapi: $(VENV)/.run ## The API's description, written to docs/openapi.yaml
	API_KEYS=required $(PYTHON) manage.py openapi > docs/openapi.yaml

check: lint ## All that is not a test: format, lint, types, layers, Django's own checks
	$(PYTHON) -m mypy
	$(VENV)/bin/lint-imports
	$(PYTHON) manage.py check
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) -m pytest -q tests/test_layout.py

lint: $(VENV)/.development ## Format and lint, told only
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m ruff check

format: $(VENV)/.development ## Format and lint, mended where that can be done
	$(PYTHON) -m ruff format
	$(PYTHON) -m ruff check --fix

clean: ## Forget the local data, the virtual environment and all caches
	rm -rf .local .venv .venv-bench .venv-hosts .venv-infra .venv-reference static .*_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

$(PYTHON):
	@for each in python3.12 python3.11 python3; do \
	    $$each -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' \
	        2>/dev/null || continue; \
	    echo "Making $(VENV) with $$($$each --version)"; \
	    exec $$each -m venv --clear $(VENV); \
	done; \
	echo "Python 3.11 or 3.12 with its venv module is needed and was not found" \
	    "(on Debian: apt-get install python3 python3-venv)." >&2; \
	exit 1

$(VENV)/.run: requirements.txt requirements-local.txt | $(PYTHON)
	@echo "Installing requirements-local.txt"
	@$(PYTHON) -m pip install -qq --disable-pip-version-check -r requirements-local.txt
	@touch $@

$(VENV)/.development: requirements.txt requirements-local.txt requirements-dev.txt | $(PYTHON)
	@echo "Installing requirements-dev.txt"
	@$(PYTHON) -m pip install -qq --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv-bench/.peers: requirements-bench.txt | $(PYTHON)
	@echo "Installing requirements-bench.txt"
	@$(PYTHON) -m venv --clear .venv-bench
	@.venv-bench/bin/python -m pip install -qq --disable-pip-version-check -r requirements-bench.txt
	@touch $@

.venv-hosts/.tools: requirements-hosts.txt ansible/requirements.txt | $(PYTHON)
	@echo "Installing requirements-hosts.txt"
	@$(PYTHON) -m venv --clear .venv-hosts
	@.venv-hosts/bin/python -m pip install -qq --disable-pip-version-check -r requirements-hosts.txt
	@touch $@

.venv-infra/.tools: requirements-infra.txt | $(PYTHON)
	@echo "Installing requirements-infra.txt"
	@$(PYTHON) -m venv --clear .venv-infra
	@.venv-infra/bin/python -m pip install -qq --disable-pip-version-check -r requirements-infra.txt
	@touch $@

# Node's modules, no virtual environment, and named like one for whatever leaves those alone.
.venv-reference/.emulator: tests/reference/package.json tests/reference/package-lock.json
	@command -v npm > /dev/null || { \
	    echo "npm is needed and was not found (on Debian: apt-get install npm)." >&2; exit 1; }
	@echo "Installing tests/reference/package.json"
	@mkdir -p .venv-reference && cp $^ .venv-reference
	@cd .venv-reference && npm ci --loglevel=error --ignore-scripts --no-audit --no-fund
	@touch $@
