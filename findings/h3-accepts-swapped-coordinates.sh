#!/usr/bin/env bash
# H3 has a cell for latitude 108: longitude and latitude of Việt Nam given the wrong way round are no error.
#
# One would expect an error, or at least no cell, for a latitude beyond 90 degrees: h3-js throws for other arguments out
# of their domain (a resolution of 16, an invalid cell), and E_LATLNG_DOMAIN exists among H3's error codes.
# What happens (H3 4.5.0): only coordinates that are not finite are refused. The angles are used as they are on the
# sphere, so that 108.2, 16.05 (Đà Nẵng with its coordinates swapped) is a valid cell at 71.8° N 163.95° W, in the Arctic
# Ocean, and every count by cell goes on as if nothing had happened. Whoever indexes registers has to check the range.
# Source: https://h3geo.org/docs/library/errors; npm h3-js 4.5.0
set -euo pipefail
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT && cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --loglevel=error h3-js@4.5.0 >/dev/null
cat >run.cjs <<'JS'
const h3 = require('h3-js');
console.log('h3-js', require('h3-js/package.json').version);
const right = h3.latLngToCell(16.05, 108.2, 9), swapped = h3.latLngToCell(108.2, 16.05, 9);
const show = (cell) => `${cell} ${h3.isValidCell(cell)} ${h3.cellToLatLng(cell).map((x) => x.toFixed(2)).join(' ')}`;
console.log('16.05, 108.2:', show(right));
console.log('108.2, 16.05:', show(swapped));
const throws = (f) => { try { f(); return false; } catch { return true; } };
const resolution = throws(() => h3.latLngToCell(16.05, 108.2, 16)), infinite = throws(() => h3.latLngToCell(Infinity, 0, 9));
console.log('resolution 16 is refused:', resolution, '- an infinite latitude is refused:', infinite);
process.exit(swapped === '890d10b608fffff' && h3.isValidCell(swapped) && resolution && infinite ? 0 : 1);
JS
node run.cjs
