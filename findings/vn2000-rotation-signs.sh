#!/usr/bin/env bash
# Two npm packages of proj4 strings disagree on every VN-2000 reference system by half a metre and more.
#
# One would expect that packages which give EPSG codes their proj4 strings give the same string for VN-2000 (EPSG:4756
# and the projected systems on it, in which Vietnamese cadastral boundaries are delivered), or strings that mean the same.
# What happens: epsg-index 2.0.0 has the three rotations of towgs84 with the opposite sign of proj4-list 1.0.4 (the signs
# of the other convention for the same seven parameters). proj4 applies both without a word: the same point differs by
# 0.5 m in the Mekong delta to 0.8 m in Hà Nội. PROJ (tested: 9.1.1, operation "VN-2000 to WGS 84 (2)") agrees with
# proj4-list to a tenth of a millimetre.
# Source: https://epsg.org/transformation_6960/VN-2000-to-WGS-84-2.html; npm epsg-index 2.0.0, proj4-list 1.0.4, proj4 2.22.0
set -euo pipefail
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT && cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --loglevel=error proj4@2.22.0 proj4-list@1.0.4 epsg-index@2.0.0 >/dev/null
cat >run.cjs <<'JS'
const proj4 = require('proj4'), list = require('proj4-list'), index = require('epsg-index/all.json');
for (const name of ['proj4', 'proj4-list', 'epsg-index']) console.log(name, require(name + '/package.json').version);
const rotations = (text) => text.match(/towgs84=([^ ]+)/)[1].split(',').slice(3, 6).map(Number);
const a = list['EPSG:3406'][1], b = index['3406'].proj4;
console.log('proj4-list', rotations(a).join(' '));
console.log('epsg-index', rotations(b).join(' '));
let ok = rotations(a).every((r, i) => r === -rotations(b)[i]);
for (const [place, point, want] of [['Đà Nẵng', [108.2, 16.05], 0.644], ['Hà Nội', [105.85, 21.03], 0.757], ['TP.HCM', [106.7, 10.78], 0.547]]) {
  const p = proj4('WGS84', a, point), q = proj4('WGS84', b, point);
  const metres = Math.hypot(p[0] - q[0], p[1] - q[1]);
  console.log(place, metres.toFixed(3), 'm apart');
  ok &&= Math.abs(metres - want) < 0.002;
}
process.exit(ok ? 0 : 1);
JS
node run.cjs
