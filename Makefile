# make run    the map with a sample programme        make test    everything, set-up included
# make check  formats, types, vet, staticcheck, rooms  make bench   ratios against peers (BENCH=name… runs some)
# make test-clients  QGIS, GDAL, LibreOffice, DuckDB open what we write        make soak  ten minutes under load; the country
SHELL := /bin/bash
.DELETE_ON_ERROR:

GO_FILES := $(shell find . -name '*.go' -not -path './node_modules/*' -not -path './api/web/node_modules/*')
WEB_FILES := $(shell find api/web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/test-results/*' -not -name '*.go' -not -name api.gen.ts)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
ADDR ?= 127.0.0.1:8080

.PHONY: run build test test-go test-web check bench test-clients soak clean

run: build
	bin/tungnha demo --addr $(ADDR)

build: bin/tungnha

bin/tungnha: api/web/dist/index.html $(GO_FILES) go.mod go.sum
	@scripts/need.sh go=golang gcc=gcc
	go build -o bin/tungnha ./cmd/tungnha

# The types of the server's answers, api.gen.ts, are written by the build and by the check, from the OpenAPI document.
api/web/dist/index.html: $(WEB_FILES) api/testdata/openapi.json
	@scripts/need.sh node=nodejs npm=npm
	cd api/web && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build
	@touch $@

test: build check test-go test-web

test-go:
	@scripts/need.sh ogrinfo=gdal-bin cs2cs=proj-bin
	go test ./...
	go test -race -skip TestScopeOfEveryRoute ./coverage ./coverage/live ./coverage/windows ./internal/cache ./tiles ./api

test-web: build
	@scripts/need.sh chromium=chromium
	cd api/web && npm test && npm run --silent sizes && TUNGNHA_BIN=$(CURDIR)/bin/tungnha npm run e2e

check:
	@test -z "$$(gofmt -l $$(git ls-files '*.go') | tee /dev/stderr)" || { echo 'run gofmt -w on these'; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	go test -count=1 ./scripts
	@scripts/need.sh node=nodejs npm=npm
	@test -x api/web/node_modules/.bin/prettier || (cd api/web && npm ci --no-audit --no-fund --loglevel=error)
	cd api/web && npm run --silent check

bench: api/web/dist/index.html
	go run ./scripts/bench $(BENCH)

test-clients: build
	@scripts/need.sh ogrinfo=gdal-bin soffice=libreoffice-calc
	@/usr/bin/python3 -c "import qgis.core" 2>/dev/null || scripts/need.sh python-qgis=python3-qgis
	@/usr/bin/python3 -c "import geopandas" 2>/dev/null || scripts/need.sh python-geopandas=python3-geopandas
	@scripts/need.sh node=nodejs npm=npm curl=curl
	@test -d scripts/bench/duckdb/node_modules || (cd scripts/bench/duckdb && npm install --no-save --no-audit --no-fund --loglevel=error)
	scripts/clients/run.sh bin/tungnha
	TUNGNHA_CLIENTS=1 TUNGNHA_BIN=$(CURDIR)/bin/tungnha go test -count=1 ./scripts/cookbook

# Ten minutes of posts and queries; a thousand large requests and readers who stall, within 1.5 GiB; all of Đà Nẵng
# in both stores, which must answer alike; then the country: 28 million households (8 GB of memory, 5 GB of disk).
soak:
	go run ./scripts/soak
	go run ./scripts/overload
	TUNGNHA_TEST_HOUSEHOLDS=900000 go test -count=1 -timeout 1h -v -run 'TestStoresAgree$$' ./cmd/tungnha
	go run ./scripts/country

clean:
	rm -rf bin api/web/node_modules
	find api/web/dist -mindepth 1 -not -name .gitkeep -delete
