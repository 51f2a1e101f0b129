# Everything a newcomer needs: `make demo`, `make test`. Each makes .venv where it is missing.
# As root, the servers that the tests talk to are installed from Debian's packages.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SERVERS = nginx-light apache2 systemd prometheus prometheus-alertmanager openssl gnutls-bin chromium tinyproxy-bin microsocks \
	$(STACKS) $(STARTTLS)
STACKS := botan ecj erlang-ssl h2o haproxy hitch iproute2 lighttpd lighttpd-mod-gnutls lighttpd-mod-mbedtls \
	lighttpd-mod-nss lighttpd-mod-openssl lighttpd-mod-wolfssl nghttp2-proxy openjdk-17-jre-headless stunnel4 \
	trafficserver
STARTTLS := dovecot-imapd dovecot-lmtpd dovecot-managesieved dovecot-pop3d exim4-daemon-light inn2 inspircd \
	mariadb-server-core postgresql-15 proftpd-mod-crypto prosody slapd xrdp
# One more than cores where there are two: many tests wait for a server.
WORKERS ?= 3
PARALLEL = -n $(WORKERS) --dist worksteal

# The tests start our command some hundred times, and pytest rewrites each of their files: both keep the bytecode.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test unit lint format made compatibility bench fuzz servers oldest clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.demo ## Watch a laboratory of healthy and ill servers on this machine
	@$(BIN)/ocsp-staple-exporter demo $(DEMO)

test: lint servers ## Lint, then run all tests, real servers included
	$(BIN)/pytest $(PARALLEL)

unit: $(STAMP) ## Run the tests that need no server from Debian's packages
	$(BIN)/pytest $(PARALLEL) -m "not real_server"

lint: $(STAMP) ## ruff, mypy --strict, and the arrows between the rooms
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## Format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

made: $(STAMP) ## Make anew what is made of the code: schema, rules, dashboards, pictures of the pages
	$(BIN)/ocsp-staple-exporter config-schema >config.schema.json
	$(BIN)/python scripts/build-rules
	$(BIN)/python -m dashboards.generate
	$(BIN)/python scripts/take-screenshots

compatibility: $(STAMP) servers ## Try every TLS stack, and make docs/compatibility.md of what was read
	rm -rf .compatibility
	CI=true COMPATIBILITY_RECORDS=.compatibility $(BIN)/pytest $(PARALLEL) tests/compatibility \
		--ignore tests/compatibility/test_compatibility_page.py
	$(BIN)/python -m tests.compatibility.page .compatibility

bench: $(STAMP) ## What a probe and a scrape cost, beside peers (BENCH="probes instructions parts growth bad_hosts")
	@scripts/install-servers nginx-light openssl prometheus-blackbox-exporter gcc libc6-dev libssl-dev valgrind
	$(BIN)/python -m bench $(BENCH)

fuzz: $(STAMP) ## Fuzz the judge, the TLS client and what precedes TLS, guided by coverage, for FUZZ_SECONDS (600)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	$(BIN)/python -m fuzz

oldest: ## Run the tests of tls/ and ocsp/ with the oldest supported cryptography
	$(PYTHON) -m venv $(VENV)-oldest
	$(VENV)-oldest/bin/pip install --quiet --require-hashes -r requirements/dev.txt
	$(VENV)-oldest/bin/pip install --quiet --no-deps -e . cryptography==48.0.0
	$(VENV)-oldest/bin/pytest $(PARALLEL) -m "not real_server" tests/tls tests/ocsp tests/lab

servers: ## Install the test servers from Debian's packages, where this is root
	@scripts/install-servers $(SERVERS)

clean: ## Remove what the other targets made
	rm -rf $(VENV) $(VENV)-oldest .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .fuzz .compatibility
	find src tests bench fuzz dashboards scripts -name __pycache__ -prune -exec rm -rf {} +

# The demo needs the runtime packages only; the development ones follow with the first test.
$(VENV)/.demo: requirements/runtime.txt requirements/build.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -e $(STAMP) || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/runtime.txt -r requirements/build.txt
	@test -e $(STAMP) || $(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(STAMP): requirements/dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@
