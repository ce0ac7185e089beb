#!/usr/bin/env bash
# PROJ moves VN-2000 by 0.8 m along two parallels of the Mekong delta: houses on either side of them are torn apart.
#
# One would expect a change of reference system to be continuous: two points a millimetre apart stay a millimetre apart.
# For VN-2000 one would expect the seven published parameters (EPSG:6960) from Cà Mau to Hà Giang.
# What happens (PROJ as GDAL calls it, in gdal3.js 2.8.1; the same in PROJ 9.1.1): EPSG has a second transformation with
# the area of use "Mekong delta blocks DBSCL 02 and 03" (EPSG:5194), PROJ prefers the smaller area, and so the parameters
# change at 9.35° N and at 11.04° N. Points 0.7 mm apart come out 0.815 m and 0.796 m apart, and everything between is
# as far from what the published parameters give. Nothing is said of it: both operations have the accuracy 1 m.
# Who needs one answer for a whole country names the operation (projinfo lists both).
# Source: https://epsg.org/transformation_5194/VN-2000-to-WGS-84-1.html,
# https://epsg.org/transformation_6960/VN-2000-to-WGS-84-2.html; npm gdal3.js 2.8.1, proj4 2.22.0
set -euo pipefail
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT && cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --loglevel=error gdal3.js@2.8.1 proj4@2.22.0 >/dev/null
cat >run.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import proj4 from 'proj4';
for (const name of ['gdal3.js', 'proj4'])
  console.log(name, JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version);
const path = 'node_modules/gdal3.js/dist/package';
const gdal = await createRequire(import.meta.url)('gdal3.js/node.js')({ path, useWorker: false });
const chosen = async (p) => (await gdal.gdaltransform([p], ['-s_srs', 'EPSG:4326', '-t_srs', 'EPSG:9210']))[0];
const published = (p) =>
  proj4('+proj=tmerc +lat_0=0 +lon_0=105.75 +k=0.9999 +x_0=500000 +y_0=0 +ellps=WGS84 +units=m ' +
    '+towgs84=-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278', p);
const apart = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
const lon = 106.7;
let asFound = true;
for (const [lat, want] of [[8.6, 0], [9.3, 0], [9.4, 0.815], [10.5, 0.802], [11, 0.796], [11.1, 0], [16, 0]]) {
  const off = apart(await chosen([lon, lat]), published([lon, lat]));
  console.log(`${lat}° N: ${off.toFixed(3)} m from the published parameters`);
  asFound &&= Math.abs(off - want) < 0.002;
}
for (const [parallel, want] of [[9.35, 0.815], [11.04, 0.796]]) {
  const [south, north] = [parallel - 3e-9, parallel + 3e-9];
  const torn = apart(await chosen([lon, south]), await chosen([lon, north]));
  console.log(`across ${parallel}° N: points 0.7 mm apart are ${torn.toFixed(3)} m apart in VN-2000`);
  asFound &&= Math.abs(torn - want) < 0.002;
}
if (!asFound) {
  console.log('CHANGED: this is not what was found');
  process.exit(1);
}
JS
node run.mjs
