# What operators and developers do. `make help` lists it.
SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
NODE := node_modules/.bin/node --disable-proto=delete --disable-warning=ExperimentalWarning
SERVERS := $(NODE) scripts/provision/with-servers.ts

.DEFAULT_GOAL := help
.PHONY: help install start dev test test-unit test-simulation simulate crash lint format type-check build repl cluster tenant audit-verify audit-export knowledge-graph bench bench-knowledge bench-pii bench-curves bench-flame eval docs screenshots db-migrate db-schema fuzz clean

help: ## lists these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

install: ## installs the locked dependencies and builds the web app
	@scripts/install.sh

start: ## runs the platform on the embedded default (the same as ./start.sh)
	@./start.sh

dev: install ## runs the platform and starts it anew when a file changes
	@$(NODE) --watch scripts/start.ts

test: install ## runs everything that CI runs, on real servers that it brings along
	@$(SERVERS) -- $(NODE) scripts/test.ts

test-unit: install ## the fast tests: no servers
	@$(NODE) scripts/test.ts unit

test-simulation: install ## some hundred simulated schedules of crashes and partitions
	@$(NODE) scripts/test.ts simulation

simulate: install ## many simulated schedules; SEEDS=2000, SEED=<n> replays one
	@$(NODE) scripts/simulate.ts $(if $(SEEDS),--seeds $(SEEDS)) $(if $(SEED),--from $(SEED) --seeds 1)

crash: install ## real nodes killed, paused and cut off under load; MINUTES=10 ARGS='--rolling | --mutation no-fence | --seed 2'
	@$(NODE) scripts/crash.ts --minutes $(or $(MINUTES),10) $(ARGS)

.PHONY: crash-realtime
crash-realtime: install ## kills a node of three under widgets in the middle of an answer; WIDGETS=1000
	@$(SERVERS) --only pg,nats,redis -- $(NODE) scripts/crash-realtime.ts

.PHONY: protocol-suites
protocol-suites: install ## cases of engine.io 4 and socket.io 5 against our sockets, counted; SUITES=<folder>,<folder> of the public suites
	@SUITES=$(SUITES) $(NODE) scripts/protocol-suites.ts

fuzz: install ## random requests on every operation of the OpenAPI document; REQUESTS=20000 SEED=1
	@npm run -s fuzz -- $(if $(REQUESTS),--requests $(REQUESTS)) $(if $(SEED),--seed $(SEED))

.PHONY: revocation
revocation: install ## three nodes under load: a key revoked, a flag flipped, tools promoted, a data key rotated; seconds until each node obeys
	@$(SERVERS) --only pg,nats,redis -- $(NODE) scripts/revocation.ts

.PHONY: key-timing
key-timing: install ## whether the time of a wrong key's refusal tells of the keys that live, by statistics; EACH=3000
	@$(NODE) scripts/key-timing.ts

.PHONY: personal-data
personal-data: install ## personal data planted in messages, headers, tools and errors, looked for in all logs, traces, metrics, errors and prompts of the run
	@mocha --exit --timeout 120000 test/e2e/no-personal-data.test.ts test/unit/mixins/dlp.test.ts

.PHONY: isolation
isolation: install ## every table and operation tried across tenants, on both databases, embedded and in a cluster; and with row-level security off, where it must be found
	@$(SERVERS) --only pg,nats,redis -- mocha --exit --timeout 120000 test/integration/isolation.test.ts

lint: install ## Biome's rules and format, checked
	@biome check --error-on-warnings .

format: install ## Biome's format, written
	@biome check --write .

type-check: install ## TypeScript, the platform and the web app
	@tsc -p tsconfig.json && tsc -p web/tsconfig.json

build: install ## builds the web app into web/dist
	@npm run -s build -w web

repl: install ## a console that joins a running platform: call conversation.inspect ...
	@$(NODE) scripts/repl.ts

cluster: install ## N nodes and a gateway on real PostgreSQL, NATS and Redis; N=3 PORT=8000 UNITS=...
	@$(SERVERS) --only pg,nats,redis -- $(NODE) scripts/cluster.ts

tenant: install ## makes a tenant on a running platform and prints its API key; NAME=<name>
	@$(NODE) scripts/tenant.ts --name "$(NAME)"

audit-verify: install ## checks that a tenant's audit log is as it was written; TENANT=<name>
	@$(NODE) scripts/audit.ts verify --tenant "$(TENANT)"

audit-export: install ## writes a tenant's audit log as JSON Lines; TENANT=<name>
	@$(NODE) scripts/audit.ts export --tenant "$(TENANT)"

knowledge-graph: install ## the graph over the vectors of a cluster's knowledge, for tenants with many passages; ARGS='--dimensions 1536'
	@$(NODE) scripts/knowledge-graph.ts $(ARGS)

bench-knowledge: install ## search among 100,000 passages of 200 tenants, into docs/benchmarks; some five minutes; DATA=../shared/data
	@$(SERVERS) --only pg -- sh -c '$(NODE) bench/knowledge/load.ts $(if $(DATA),--data $(DATA)) && $(NODE) bench/knowledge/measure.ts $(if $(DATA),--data $(DATA))'

.PHONY: bench-limits bench-slow-replica
bench-limits: install ## 1,000 calls against a budget for 300, nodes killed with money and tokens in hand; one JSON line
	@$(SERVERS) --only pg,redis -- $(NODE) bench/limits/limits.ts

bench-slow-replica: install ## p99 with and without second calls where replicas are slow, extra calls, sockets closed, billing
	@$(NODE) bench/w2/slow-replica.ts

bench-pii: install ## redaction beside two libraries of the registry; DATA=<synth.jsonl[.gz]>
	@$(NODE) bench/pii.ts $(if $(DATA),--data $(DATA))

bench: install ## W1 beside peers into docs/benchmarks, some ten minutes; PEERS=<folder> ROUNDS=3
	@$(NODE) bench/compare.ts $(if $(PEERS),--peers $(PEERS)) $(if $(ROUNDS),--rounds $(ROUNDS))

bench-curves: install ## what a turn costs by history, sleepers and nodes, into docs/benchmarks
	@$(NODE) bench/w1/curves.ts

bench-flame: install ## where the microseconds of a turn go, into docs/benchmarks
	@$(NODE) bench/w1/flame.ts

eval: install ## an evaluation; SUITE=<suite> ARGS='--data <path>'
	@npm run -s eval -- $(SUITE) $(ARGS)

docs: install ## writes the generated pages: settings, errors, OpenAPI
	@$(NODE) scripts/generate-docs.ts

screenshots: install ## takes the pictures of the documentation
	@$(SERVERS) --only chromium -- $(NODE) scripts/screenshots.ts

db-schema: install ## writes migrations/schema.sql from the migrations
	@$(NODE) scripts/schema.ts

clean: ## removes what was built and cached, not ./data
	@rm -rf .cache web/dist
