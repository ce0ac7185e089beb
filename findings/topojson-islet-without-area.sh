#!/usr/bin/env bash
# topojson keeps an islet as a ring without area: it counts as an outline, is drawn as nothing and fails validity.
#
# One would expect quantization (topojson's way to make boundary files small, 1e4 steps being its customary value) either
# to keep every part of an area, or to drop a part that becomes smaller than a step.
# What happens (topojson-server 3.0.1, topojson-client 3.1.0): the steps are of the whole file's extent, which an
# offshore district makes wide. From 107° E to 112° E a step is 53 m: an islet of 10 m keeps its ring of four positions
# and more, as GeoJSON asks, but all of them on one line. The feature is there and is a Polygon; its area is 0 and no
# point is in it. GEOS (tested: 3.11.1) calls it invalid. Boundaries that came through TopoJSON need their rings checked for area.
# Source: https://github.com/topojson/topojson-specification (2.1.2, transforms); npm topojson-server, topojson-client
set -euo pipefail
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT && cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --loglevel=error topojson-server@3.0.1 topojson-client@3.1.0 >/dev/null
cat >run.cjs <<'JS'
const { topology } = require('topojson-server'), { feature } = require('topojson-client');
for (const name of ['topojson-server', 'topojson-client']) console.log(name, require(name + '/package.json').version);
const square = (name, x, y, size) => ({ type: 'Feature', properties: { name }, geometry: { type: 'Polygon',
  coordinates: [[[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]] } });
const areas = { type: 'FeatureCollection', features: [square('mainland', 107, 15, 1.5), square('islet', 112.3, 16.5, 0.0001)] };
const file = topology({ areas }, 1e4);
const islet = feature(file, file.objects.areas).features.find((f) => f.properties.name === 'islet').geometry;
const ring = islet.coordinates[0];
let twice = 0;
for (let i = 1; i < ring.length; i++) twice += ring[i - 1][0] * ring[i][1] - ring[i][0] * ring[i - 1][1];
const columns = new Set(ring.map((p) => p[0])).size;
console.log('the islet is a', islet.type, 'of', ring.length, 'positions on', columns, 'meridian; area', Math.abs(twice / 2) < 1e-12 ? 0 : twice / 2);
process.exit(islet.type === 'Polygon' && ring.length >= 4 && columns === 1 ? 0 : 1);
JS
node run.cjs
