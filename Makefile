# Everything a person or CI does with this checkout. Tools are built from the pinned
# modules under tools/, never downloaded as binaries.

SHELL := /bin/bash
GO    ?= go
BIN   := bin
TOOLS := $(CURDIR)/tools/bin
PROGRAMS := worker api starter sandbox
export TEMPORAL_CLI ?= $(shell command -v temporal 2>/dev/null || echo $(TOOLS)/temporal)

.DEFAULT_GOAL := help
.PHONY: help build demo test lint replay soak soak-short soak-lines soak-kills fuzz bench ship clean tools FORCE

help: ## this list
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

build: $(PROGRAMS:%=$(BIN)/%) ## the four programs, in bin/

$(BIN)/%: FORCE
	@$(GO) build -trimpath -o $@ ./$*

FORCE:

demo: build $(TEMPORAL_CLI) ## the main job on this machine (ONCE=1: end after the check)
	@$(BIN)/starter dev $(if $(ONCE),--once)

# In these packages nothing runs at once, which the linter sees to: the race detector finds nothing
# in their own tests, but takes fifteen times as long. It watches them in the tests of who uses them.
SINGLE := /internal/transform(/|$$)

# The whole system in processes has the machine for itself: what waits for three servers at once
# is not to wait for the compiler as well.
test: $(TEMPORAL_CLI) ## every fast test; needs Go only (RACE=1: with the race detector)
	$(GO) test $(if $(RACE),-race) -timeout 30m $$($(GO) list ./... | grep -Ev '/e2e$$|$(SINGLE)')
	$(GO) test -timeout 10m $$($(GO) list ./... | grep -E '$(SINGLE)')
	$(GO) test $(if $(RACE),-race) -timeout 30m ./internal/e2e

replay: ## recorded histories against today's workflows
	$(GO) test -run Replay -count=1 ./workflows/...

lint: $(TOOLS)/golangci-lint $(TOOLS)/workflowcheck ## golangci-lint and workflowcheck
	$(TOOLS)/golangci-lint run ./...
	$(TOOLS)/workflowcheck -config workflows/workflowcheck.yaml ./workflows/...

soak: build $(TEMPORAL_CLI) $(TOOLS)/versitygw $(TOOLS)/fake-gcs-server $(TOOLS)/minio ## the long tests: kills, faults, big data
	$(GO) test -tags soak -timeout 3h -count=1 ./...

soak-short: build $(TEMPORAL_CLI) $(TOOLS)/versitygw $(TOOLS)/fake-gcs-server ## the slice of the soak that CI runs: a tenth of the kills and deliveries, bad lines
	@$(MAKE) --no-print-directory --output-sync=line --jobs=2 soak-lines soak-kills # one of them waits, the other works

soak-lines:
	SOAK_DELIVERIES=12 SOAK_MEBIBYTES=64 $(GO) test -tags soak -timeout 20m -count=1 -run '^Test(Network|Reset)' ./internal/destination/...

soak-kills:
	SOAK_KILLS=5 SOAK_DELIVERIES=20 $(GO) test -tags soak -timeout 30m -count=1 -run '^Test(Kill|Atomic)' ./internal/e2e/...

FUZZ_TIME ?= 5m
FUZZ_WORKERS ?= 1

fuzz: ## every fuzz target for FUZZ_TIME (5m): decoders and renderers against hostile data; nightly
	@GO='$(GO)' FUZZ_TIME=$(FUZZ_TIME) FUZZ_WORKERS=$(FUZZ_WORKERS) tools/fuzz.sh

bench: build $(TEMPORAL_CLI) $(TOOLS)/versitygw ## the measurements of docs/benchmarks.md, each beside its rival
	$(GO) run ./internal/bench

ship: ## parse Dockerfile and docker-compose.yml with the real parsers
	@POSTGRES_PASSWORD=checked $(GO) run -C tools/ship . $(CURDIR)/Dockerfile $(CURDIR)/docker-compose.yml

clean: ## remove programs and the demo's state
	rm -rf $(BIN) .transporter

tools: $(TOOLS)/temporal $(TOOLS)/golangci-lint $(TOOLS)/workflowcheck $(TOOLS)/versitygw $(TOOLS)/fake-gcs-server $(TOOLS)/duckdb ## build all pinned tools

$(TOOLS)/temporal: tools/temporal/go.mod tools/temporal/go.sum
	@echo "building the Temporal dev server once (two to four minutes)"
	@$(GO) build -C tools/temporal -ldflags='-s -w' -o ../bin/temporal github.com/temporalio/cli/cmd/temporal

$(TOOLS)/golangci-lint: tools/golangci-lint/go.mod tools/golangci-lint/go.sum
	@$(GO) build -C tools/golangci-lint -ldflags='-s -w' -o ../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(TOOLS)/workflowcheck: tools/workflowcheck/go.mod tools/workflowcheck/go.sum
	@$(GO) build -C tools/workflowcheck -ldflags='-s -w' -o ../bin/workflowcheck go.temporal.io/sdk/contrib/tools/workflowcheck

$(TOOLS)/versitygw: tools/versitygw/go.mod tools/versitygw/go.sum
	@$(GO) build -C tools/versitygw -ldflags='-s -w' -o ../bin/versitygw github.com/versity/versitygw/cmd/versitygw

$(TOOLS)/duckdb: tools/duckdb/go.mod tools/duckdb/go.sum tools/duckdb/main.go
	@$(GO) build -C tools/duckdb -ldflags='-s -w' -o ../bin/duckdb .

$(TOOLS)/fake-gcs-server: tools/fake-gcs-server/go.mod tools/fake-gcs-server/go.sum
	@$(GO) build -C tools/fake-gcs-server -ldflags='-s -w' -o ../bin/fake-gcs-server github.com/fsouza/fake-gcs-server

$(TOOLS)/minio: tools/minio/go.mod tools/minio/go.sum
	@echo "building MinIO once, for the soak alone (some eight minutes)"
	@$(GO) build -C tools/minio -ldflags='-s -w' -o ../bin/minio github.com/minio/minio
