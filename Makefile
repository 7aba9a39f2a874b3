# Flywheel's targets. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: test-browser prove-reader plan-bundle find-bundle drift drift-issue drift-runners canary provider-lock errors help install install-cli demo tools test check static types format lint engine engine-path bench synth preview-changes comment workflows-lint policy successor deploy-plan deploy-plan-destroy deploy-apply

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "make %-15s %s\n", $$1, $$2}'

# npm's own record of what it installed: older than the lockfile means installing again.
node_modules/.package-lock.json: package-lock.json
	@echo "installing the packages of package-lock.json (half a minute)"
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

install: node_modules/.package-lock.json  ## install what the lockfile pins

demo: install  ## see it work: synth, adoption, cdktf deploy, without a cluster
	@node bin/demo.cjs

tools: install  ## build what the tests need, each once (TOOLS= narrows it): MinIO, OpenTofu, linters, ...
	@node bin/tools.cjs $(TOOLS)

test: install static tools  ## everything but the long profiles: types, format, linter, tools, every test
	@echo "running the tests"
	@engine=$$(node bin/engine-path.cjs) && FLYWHEEL_ENGINE="$${FLYWHEEL_ENGINE:-$$engine}" node_modules/.bin/jest

cluster-tools: install  ## build what test-cluster needs, once: kube-apiserver (15 minutes) and etcd
	@node bin/tools.cjs kube-apiserver etcd

# Not part of `make test`: the server takes long to build, and kubectl has to be there.
test-cluster: cluster-tools  ## a real Kubernetes API judges every object that `flywheel manifests` prints
	@engine=$$(node bin/engine-path.cjs) && FLYWHEEL_ENGINE="$${FLYWHEEL_ENGINE:-$$engine}" node_modules/.bin/jest --config jest.cluster.config.js

# Not part of `make test`: it needs a chromium (FLYWHEEL_CHROMIUM, else on PATH).
test-browser: install  ## the state server's page in a real browser: both schemes, keyboard, accessibility tree
	@node_modules/.bin/jest --config jest.browser.config.js

check: install static  ## the loop of a developer: types, format, linter, unit tests
	@node_modules/.bin/jest --maxWorkers 100% --selectProjects unit

# Side by side: none uses more than one core for long.
static:
	@echo "checking types, format and the linter's rules"
	@$(MAKE) --no-print-directory -j3 types format lint

# Each keeps what it found below node_modules/.cache, and looks again only at what changed.
types:
	@node_modules/.bin/tsc --noEmit

format:
	@node_modules/.bin/prettier --check --log-level warn --cache --cache-strategy content --cache-location node_modules/.cache/flywheel/prettier .

lint:
	@node_modules/.bin/eslint --cache --cache-strategy content --cache-location node_modules/.cache/flywheel/eslint .

engine: install  ## build OpenTofu where there is neither tofu nor terraform
	@node bin/engine-path.cjs > /dev/null

install-cli: install  ## put this clone's flywheel into FLYWHEEL_BIN (~/.local/bin)
	@node bin/install-cli.cjs

engine-path: install  ## print the engine that is used
	@node bin/engine-path.cjs

bench: install tools  ## measure synth, preview and the state server, as ratios in one run
	@node bin/bench.cjs
	@node bin/bench.cjs authority

synth: install  ## write cdktf.out, what `cdktf synth` writes
	@node bin/synth.cjs

preview-changes: install engine  ## what this checkout changes against BASE (origin/main), as files in OUT; ENVIRONMENTS= narrows it
	@node bin/preview-changes.cjs

comment: install  ## CI only: put the preview in ARTIFACT into one comment of its pull request
	@node bin/comment.cjs

# Without `install`: packages' scripts never run where secrets are.
prove-reader:  ## CI only: that the credentials for STACK cannot write
	@FLYWHEEL_ENGINE="$$(node bin/engine-path.cjs)" node bin/flywheel check --reader -- "$${STACK:?the stack to check}"

plan-bundle:  ## CI only: check and plan STACK by a reader's credentials, as a bundle in OUT
	@FLYWHEEL_ENGINE="$$(node bin/engine-path.cjs)" node bin/bundle.cjs plan

find-bundle:  ## CI only: which run made the bundle of STACK for PULL_REQUEST
	@node bin/bundle.cjs find

deploy-plan:  ## CI only: check, then plan STACK with the real providers, as a bundle for somebody to approve
	@FLYWHEEL_ENGINE="$$(node bin/engine-path.cjs)" node bin/bundle.cjs plan-of-main

deploy-plan-destroy:  ## CI only: the same of a plan that destroys STACK
	@FLYWHEEL_ENGINE="$$(node bin/engine-path.cjs)" node bin/bundle.cjs plan-destroy-of-main

deploy-apply:  ## CI only: apply the bundle of STACK in BUNDLE, approved on PULL_REQUEST
	@FLYWHEEL_ENGINE="$$(node bin/engine-path.cjs)" node bin/bundle.cjs apply

drift:  ## CI only: what STACK differs from its state, as a list of addresses in OUT
	@FLYWHEEL_ENGINE="$$(node bin/engine-path.cjs)" node bin/drift.cjs look

drift-issue:  ## CI only: open, update or close the issue of REPORT
	@node bin/drift.cjs issue

drift-runners:  ## CI only: say which jobs of this run no runner takes, and end it
	@node bin/drift.cjs runners

canary:  ## CI only: check STACK deeply
	@FLYWHEEL_ENGINE="$$(node bin/engine-path.cjs)" node bin/flywheel check --deep -- "$${STACK:?the stack to check}"

provider-lock: install engine  ## hash every provider into locks/ (STACK=, PLATFORMS=, MIRROR= narrow it): commit what it writes
	@FLYWHEEL_ENGINE="$$(node bin/engine-path.cjs)" node bin/flywheel provider-lock $(addprefix --platform ,$(PLATFORMS)) $(if $(MIRROR),--mirror "$(MIRROR)") -- $(STACK)

workflows-lint: install  ## actionlint and zizmor over every workflow
	@node bin/tools.cjs actionlint zizmor
	@node bin/workflows-lint.cjs

policy: install engine  ## check the planned objects with kube-score; policy/allow.yaml has what is accepted
	@node bin/tools.cjs kube-score
	@node bin/policy.cjs

errors: install  ## write docs/errors.md: every code with cause and remedy
	@node bin/errors.cjs

schemas: install  ## record a provider anew: PROVIDER=hashicorp/aws VERSION=5.100.0, TYPES= for what is new, OUT= for another folder
	@PROVIDER="$(PROVIDER)" VERSION="$(VERSION)" TYPES="$(TYPES)" OUT="$(OUT)" node bin/schemas.cjs

image-folder: install  ## lay out what the image holds in OUT (image): node OUT/flywheel.cjs is its entry
	@node bin/image.cjs "$${OUT:-image}"

image:  ## build the image with Docker: NODE_IMAGE, GO_IMAGE and BASE_IMAGE by digest, IMAGE= names it
	@node bin/image-build.cjs

image-push:  ## CI only: build the image with provenance, and push it to IMAGE
	@node bin/image-build.cjs push

successor: install  ## synthesize with cdktf's successor and report the differences
	@node bin/successor.cjs
