#!/usr/bin/env bash
# polylabel places the name of everything smaller than a degree at a corner of its box, outside the area.
#
# One would expect the pole of inaccessibility with the default precision to be a rough one for small areas, but a point
# inside: that is what the algorithm is chosen for, over the centroid.
# What happens (polylabel 2.0.1): the precision is in the units of the coordinates and its default is 1. In longitude and
# latitude every commune and hamlet is narrower than that. The search does not begin then: the answer is the south-western
# corner of the bounding box with distance 0, for a square as for a crescent around a bay, without a warning. A list of
# 94 communes gets 94 such points. With a precision below the size of the area (tested: 1e-6) the point is inside.
# Source: https://github.com/mapbox/polylabel (README: precision, 1.0 by default); npm polylabel
set -euo pipefail
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT && cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --loglevel=error polylabel@2.0.1 >/dev/null
cat >run.mjs <<'JS'
import { readFileSync } from 'node:fs';
import polylabel from 'polylabel';
console.log('polylabel', JSON.parse(readFileSync('node_modules/polylabel/package.json')).version);
const km = 1 / 111.32, [lon, lat] = [108.25, 16.05];
const arc = (radius, from, to) => {
  const points = [];
  for (let a = from; from < to ? a <= to : a >= to; a += from < to ? 5 : -5)
    points.push([lon + radius * km * Math.sin((a * Math.PI) / 180), lat - radius * km * Math.cos((a * Math.PI) / 180)]);
  return points;
};
const crescent = [...arc(0.8, -140, 140), ...arc(0.6, 140, -140)];
const square = [[lon, lat], [lon + 0.02, lat], [lon + 0.02, lat + 0.02], [lon, lat + 0.02]];
const inside = (ring, [x, y]) => {
  let odd = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++)
    if (ring[i][1] > y !== ring[j][1] > y &&
      x < ((ring[j][0] - ring[i][0]) * (y - ring[i][1])) / (ring[j][1] - ring[i][1]) + ring[i][0]) odd = !odd;
  return odd;
};
let asFound = true;
for (const [name, ring] of [['square', square], ['crescent', crescent]]) {
  const corner = [Math.min(...ring.map((p) => p[0])), Math.min(...ring.map((p) => p[1]))];
  const closed = [[...ring, ring[0]]];
  const usual = polylabel(closed), fine = polylabel(closed, 1e-6);
  const atCorner = usual[0] === corner[0] && usual[1] === corner[1];
  console.log(name, 'by default: corner of the box', atCorner, 'distance', usual.distance,
    '· precision 1e-6: inside', inside(ring, fine));
  asFound &&= atCorner && usual.distance === 0 && inside(ring, fine);
}
process.exit(asFound ? 0 : 1);
JS
node run.mjs
