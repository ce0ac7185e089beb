#!/usr/bin/env bash
# flatgeobuf writes the properties of the first feature alone: what only later features have is gone.
#
# One would expect a writer of GeoJSON features to keep every property of every feature, as GDAL does, or to refuse
# features that differ, and a property that is absent to stay absent.
# What happens (flatgeobuf 4.5.0, geojson.serialize): the columns are those of the first feature. An area whose
# "flags" come only on the second feature loses them without a word; and where the first feature has a text that a
# later one lacks, that one reads back as the empty text, not as nothing.
# Source: https://github.com/flatgeobuf/flatgeobuf (src/ts, buildHeader); npm flatgeobuf 4.5.0
set -euo pipefail
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT && cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --loglevel=error flatgeobuf@4.5.0 >/dev/null
cat >run.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { geojson } from 'flatgeobuf';
console.log('flatgeobuf', JSON.parse(readFileSync('node_modules/flatgeobuf/package.json')).version);
const feature = (properties, i) => ({ type: 'Feature', properties, geometry: { type: 'Point', coordinates: [108 + i / 10, 16] } });
const bytes = geojson.serialize({ type: 'FeatureCollection', features: [
  feature({ code: '00082', leader: 'Tổ 1' }, 0), feature({ code: '00083', flags: 'no_team' }, 1)] });
const read = [];
for await (const f of geojson.deserialize(bytes)) read.push(f.properties);
read.sort((a, b) => a.code.localeCompare(b.code));
console.log(JSON.stringify(read));
process.exit(JSON.stringify(read) === '[{"code":"00082","leader":"Tổ 1"},{"code":"00083","leader":""}]' ? 0 : 1);
JS
node run.mjs
