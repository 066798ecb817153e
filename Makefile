# What can be done here; "make help" lists it. Every target is a true command:
# it fails when what it stands for fails.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS   += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := build

# The version that the binary tells: a tag, or what git knows, or what the
# caller says (make VERSION=1.2.3), as packagers without a repository do.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# One static binary for every libc. Race detection is the only use of cgo.
export CGO_ENABLED := 0
# The version is told by VERSION; asking git a second time only fails where the
# tree belongs to somebody else.
export GOFLAGS := $(strip $(GOFLAGS) -buildvcs=false)

# urfave_cli_no_docs drops the generators of man pages and their dependencies.
# Inlining is left to where time is spent, the arithmetic of keys and the
# runtime: elsewhere it costs 7 % of the binary's size and wins nothing that
# "make bench" could see. Functions that begin at multiples of 8 bytes instead of
# 32 save 2 % more.
BUILD := go build -trimpath -tags urfave_cli_no_docs -ldflags '-s -w -funcalign=8 -X main.version=$(VERSION)' \
	-gcflags=all=-l -gcflags=crypto/internal/fips140/bigmod= -gcflags=runtime=
LINT  := go tool -modfile=tools/go.mod golangci-lint

# What the boxes are made of and reached with, as Debian calls it.
BOX_PACKAGES := mmdebstrap systemd-container debian-archive-keyring mount \
	util-linux procps iproute2 openssh-client rpm

# A guard against a test that hangs, not a limit on how long a good one takes.
TEST_TIMEOUT := 40m

##@ Build

.PHONY: build
build: ## bin/sshd-doctor for this machine, static
	$(BUILD) -o bin/sshd-doctor ./cmd/sshd-doctor

.PHONY: build-all
build-all: ## the same for amd64 and arm64
	GOOS=linux GOARCH=amd64 $(BUILD) -o bin/sshd-doctor-linux-amd64 ./cmd/sshd-doctor
	GOOS=linux GOARCH=arm64 $(BUILD) -o bin/sshd-doctor-linux-arm64 ./cmd/sshd-doctor

# Packages are dated by the last commit, so that anybody who builds it gets the
# same bytes.
NFPM  := go tool -modfile=packaging/nfpm/go.mod nfpm
EPOCH  = $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct))
# A tag v1.2.3 gives 1.2.3; without one, a version that every release is newer
# than: 0.0.0~git202601021504, for apk 0.0.0_git202601021504.
PKG_VERSION = $(or $(patsubst v%,%,$(filter v%,$(shell git describe --tags --exact-match 2>/dev/null))),$(shell TZ=UTC git log -1 --date=format-local:%Y%m%d%H%M --format=0.0.0~git%cd))

ARCHS := amd64 arm64
KINDS := deb rpm apk

.PHONY: packages
packages: build-all ## deb, rpm and apk for amd64 and arm64, in dist/
	rm -rf dist && mkdir -p dist
	go run ./packaging/gen -o dist/files -version '$(PKG_VERSION)' -epoch $(EPOCH) bin/sshd-doctor-linux-amd64 bin/sshd-doctor-linux-arm64
	cp -r packaging/scripts dist/files/ && find dist/files -exec touch -d @$(EPOCH) {} +
	for arch in $(ARCHS); do for kind in $(KINDS); do \
		version='$(PKG_VERSION)'; [ $$kind != apk ] || version=$${version/\~/_}; \
		ARCH=$$arch PKG_VERSION=$$version SOURCE_DATE_EPOCH=$(EPOCH) $(NFPM) package -f packaging/nfpm.yaml -p $$kind -t dist/; \
	done; done

.PHONY: packages-lint
packages-lint: ## what Debian's and Fedora's linters, shells and Prometheus say of what lies in dist/ (root)
	@scripts/deps lintian rpmlint rpm zsh fish man-db groff
	lintian --fail-on error,warning,info --allow-root dist/*.deb
	scripts/rpmlint -c packaging/rpmlint.toml dist/*.rpm
	bash -n dist/files/completion/sshd-doctor.bash
	zsh -n dist/files/completion/_sshd-doctor
	fish --no-execute dist/files/completion/sshd-doctor.fish
	! for page in dist/files/man/*.gz; do zcat $$page | groff -man -ww -z; done 2>&1 | grep .
	scripts/promtool check rules packaging/sshd-doctor.rules.yml
	scripts/promtool test rules packaging/sshd-doctor.rules_test.yml

.PHONY: clean
clean: ## remove what was built here (the roots of boxes stay, see CONTRIBUTING.md)
	rm -rf bin dist

##@ Show

.PHONY: demo
demo: deps build ## break a disposable Debian box, heal it, get in again (root)
	@go run ./test/demo -binary bin/sshd-doctor

##@ Test

.PHONY: test
test: deps ## every test, those in boxes included (root)
	go test -count=1 -tags boxes -timeout $(TEST_TIMEOUT) ./...

.PHONY: unit
unit: ## the tests that need neither root nor boxes
	go test ./...

.PHONY: boxes
boxes: deps ## only the tests in boxes (root)
	go test -count=1 -tags boxes -timeout $(TEST_TIMEOUT) ./test/...

.PHONY: cloud
cloud: deps ## every first boot of test/cloud on every release (root, some minutes)
	SSHD_DOCTOR_CLOUD=all go test -count=1 -tags boxes -timeout $(TEST_TIMEOUT) -v ./test/cloud

.PHONY: race
race: ## the unit tests under the race detector (needs a C compiler)
	@scripts/deps gcc libc6-dev
	CGO_ENABLED=1 go test -race ./...

# A number of executions, not of seconds: a slow machine tests as much.
FUZZ_EXECUTIONS := 20000

.PHONY: fuzz
fuzz: ## each fuzz target, for FUZZ_EXECUTIONS inputs
	@scripts/fuzz $(FUZZ_EXECUTIONS)

.PHONY: lint
lint: ## golangci-lint as tools/go.mod pins it, and go vet for both machines
	GOARCH=arm64 go vet -tags boxes ./...
	$(LINT) run ./...

.PHONY: fmt
fmt: ## lay the code out as lint wants it
	gofmt -s -w cmd internal test

##@ Measure and record

.PHONY: casebook
casebook: deps ## run the table of cases on every suite and write docs/casebook.md (root)
	go run ./test/casebook/cmd/casebook -baselines -o docs/casebook.md

.PHONY: casebook-units
casebook-units: deps build ## the same, from inside the sandbox of the units (root)
	SSHD_DOCTOR_BINARY=bin/sshd-doctor go run ./test/casebook/cmd/casebook -units systemd

.PHONY: years
years: deps ## let boxes live through days of unattended runs and write docs/years.txt (root, some minutes)
	go test -count=1 -tags boxes,long -parallel 3 -timeout $(TEST_TIMEOUT) -run TestDays ./test/years

.PHONY: bench
bench: deps build ## measure in boxes and write docs/benchmarks.md (root, some minutes)
	go run ./test/bench -binary bin/sshd-doctor -o docs/benchmarks.md

##@ Help

.PHONY: deps
deps: ## install the Debian packages that boxes need, where they are missing (root)
	@scripts/deps $(BOX_PACKAGES)

.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
