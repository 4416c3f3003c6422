# Every target in one line each: make help. Nothing here is needed to run or test truckroll: go run . dev, go test ./...

GOLANGCI_VERSION      := v2.15.0
WORKFLOWCHECK_VERSION := v0.6.0
BIN                   := $(CURDIR)/bin
GOFILES               := $(shell git ls-files '*.go')
FUZZTIME              ?= 30s
export PATH := $(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help dev test lint lint-servers check vet fmt-check tidy-check workflowcheck generate generate-check build fuzz tools clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

dev: ## run everything on this machine
	go run . dev

test: ## run all tests, with real servers
	go test ./...

build: ## build bin/truckroll
	go build -trimpath -ldflags='-s -w' -o $(BIN)/truckroll .

check: fmt-check vet lint workflowcheck tidy-check ## everything that reads the code without running it

lint: $(BIN)/golangci-lint-$(GOLANGCI_VERSION) ## run golangci-lint
	$< run --allow-parallel-runners ./...

lint-servers: $(BIN)/golangci-lint-$(GOLANGCI_VERSION) ## the same for the servers in deploy, which takes minutes: not part of check
	cd deploy/devserver && go vet ./... && $< run --allow-parallel-runners -c $(CURDIR)/.golangci.yml ./...
	cd deploy/s3server && go vet ./... && $< run --allow-parallel-runners -c $(CURDIR)/.golangci.yml ./...

vet: ## run go vet
	go vet ./...

fmt-check: ## find files that gofmt would change
	@changed=$$(gofmt -l $(GOFILES)); test -z "$$changed" || { echo "gofmt -w $$changed"; exit 1; }

workflowcheck: $(BIN)/workflowcheck-$(WORKFLOWCHECK_VERSION) ## find nondeterminism in workflow code
	$< -config workflowcheck.yaml ./...

tidy-check: ## find go.mod and go.sum files that go mod tidy would change
	go mod tidy -diff
	cd deploy/devserver && go mod tidy -diff
	cd deploy/s3server && go mod tidy -diff

generate: ## write generated code anew
	go generate ./...

generate-check: generate ## find generated code that is not up to date
	git diff --exit-code

fuzz: ## fuzz every fuzz target for FUZZTIME (30s)
	@grep -rl --include='*_test.go' '^func Fuzz' . | xargs -r -n1 dirname | sort -u | while read -r dir; do \
		for target in $$(go test -list '^Fuzz' "$$dir" | grep '^Fuzz'); do \
			echo "$$dir $$target"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x "$$dir" || exit 1; \
		done; \
	done

tools: $(BIN)/golangci-lint-$(GOLANGCI_VERSION) $(BIN)/workflowcheck-$(WORKFLOWCHECK_VERSION) ## install the linters into bin/

# The version is in the file's name, so that a new pin is a new file.
$(BIN)/golangci-lint-%:
	GOBIN=$(BIN) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$*
	mv $(BIN)/golangci-lint $@

$(BIN)/workflowcheck-%:
	GOBIN=$(BIN) go install go.temporal.io/sdk/contrib/tools/workflowcheck@$*
	mv $(BIN)/workflowcheck $@

clean: ## remove what builds and dev leave behind, data included
	rm -rf $(BIN) data
	go clean -testcache
