#!/usr/bin/env bash
# DuckDB writes a geometry without a reference system into Parquet, and reads it back as longitude and latitude.
#
# One would expect a GEOMETRY that names no reference system to name none after a round trip through a file: the
# specification of GeoParquet has "crs": null for exactly that, and an absent member for OGC:CRS84.
# What happens (DuckDB 1.5.6, without extensions): COPY leaves the member out, in its default GeoParquet 1.0, so that the
# file claims WGS 84 for whatever was in the column. Coordinates in VN-2000 metres come back as
# GEOMETRY('OGC:CRS84'), with a bounding box of 548000 degrees, and every reader that trusts the metadata puts them
# nowhere. GEOPARQUET_VERSION 'V2' and 'NONE' keep the column without a system. The way out that suggests itself, to name
# the system in the type, GEOMETRY('EPSG:3406'), is refused: the core knows no EPSG code.
# Source: https://geoparquet.org/releases/v1.1.0 (crs); npm @duckdb/node-api 1.5.6-r.1
set -euo pipefail
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT && cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --loglevel=error @duckdb/node-api@1.5.6-r.1 >/dev/null
cat >run.mjs <<'JS'
import { DuckDBInstance } from '@duckdb/node-api';
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const value = async (sql) => (await connection.runAndReadAll(sql)).getRowsJson()[0][0];
console.log('DuckDB', await value('SELECT version()'));
const point = "'POINT(548000 1774000)'::GEOMETRY", seen = [await value(`SELECT typeof(${point})`)];
for (const version of ['V1', 'V2', 'NONE']) {
  await connection.run(`COPY (SELECT ${point} AS g) TO '${version}.parquet' (GEOPARQUET_VERSION '${version}')`);
  seen.push(await value(`SELECT typeof(g) FROM '${version}.parquet'`));
}
await connection.run(`COPY (SELECT ${point} AS g) TO 'default.parquet'`);
seen.push(await value("SELECT typeof(g) FROM 'default.parquet'"));
const column = JSON.parse(await value("SELECT decode(value) FROM parquet_kv_metadata('default.parquet')")).columns.g;
console.log('in memory, through V1, V2, NONE and the default:', seen.join(', '));
console.log('metadata of the default:', JSON.stringify(column));
const refused = await value("SELECT 'POINT(0 0)'::GEOMETRY('EPSG:3406')").then(() => false, () => true);
console.log("GEOMETRY('EPSG:3406') is refused:", refused);
const same = seen.join() === "GEOMETRY,GEOMETRY('OGC:CRS84'),GEOMETRY,GEOMETRY,GEOMETRY('OGC:CRS84')";
process.exit(same && !('crs' in column) && refused ? 0 : 1);
JS
node run.mjs
