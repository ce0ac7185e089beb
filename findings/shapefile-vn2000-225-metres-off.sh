#!/usr/bin/env bash
# shpjs puts a VN-2000 shapefile 225 metres to the north-west: the .prj has no datum shift, and none is looked up.
#
# shpjs reads the .prj beside a shapefile to give longitude and latitude. One would expect it, like PROJ, to recognise the
# datum by its name (D_Vietnam_2000), or to refuse a datum that it cannot relate to WGS 84.
# What happens (shpjs 6.2.0 with the proj4 it brings): the ESRI form of WKT, which is what .prj files contain, has no
# TOWGS84. VN-2000 has the ellipsoid of WGS 84, so that the datum is taken for WGS 84 itself and the coordinates are
# only unprojected. A house in Đà Nẵng is 225 m off, in the next hamlet, at a place that looks plausible. PROJ (tested:
# 9.1.1, the same WKT) applies its operation "VN-2000 to WGS 84 (2)".
# Source: https://epsg.org/transformation_6960/VN-2000-to-WGS-84-2.html; npm shpjs 6.2.0, proj4 2.22.0, proj4-list 1.0.4
set -euo pipefail
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT && cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --loglevel=error shpjs@6.2.0 proj4@2.22.0 proj4-list@1.0.4 >/dev/null
cat >run.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import proj4 from 'proj4';
import shp from 'shpjs';
const require = createRequire(import.meta.url);
console.log('shpjs', JSON.parse(readFileSync('node_modules/shpjs/package.json')).version);
const prj = 'PROJCS["VN_2000_UTM_Zone_49N",GEOGCS["GCS_VN_2000",DATUM["D_Vietnam_2000",' +
  'SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],' +
  'PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],' +
  'PARAMETER["Central_Meridian",111.0],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]';
const house = [108.2, 16.05], [x, y] = proj4('WGS84', require('proj4-list')['EPSG:3406'][1], house);
const file = new DataView(new ArrayBuffer(128)); // a header of 100 bytes, one record with one point
file.setInt32(0, 9994), file.setInt32(24, 64), file.setInt32(28, 1000, true), file.setInt32(32, 1, true);
[x, y, x, y].forEach((v, i) => file.setFloat64(36 + 8 * i, v, true));
file.setInt32(100, 1), file.setInt32(104, 10), file.setInt32(108, 1, true);
file.setFloat64(112, x, true), file.setFloat64(120, y, true);
const read = await shp({ shp: file.buffer, prj });
const [lon, lat] = (read.features?.[0].geometry ?? read[0]).coordinates;
const east = (lon - house[0]) * 111320 * Math.cos((lat * Math.PI) / 180), north = (lat - house[1]) * 110660;
console.log(`off by ${Math.hypot(east, north).toFixed(0)} m: ${east.toFixed(0)} m east, ${north.toFixed(0)} m north`);
process.exit(Math.abs(Math.hypot(east, north) - 225) < 2 && east < 0 && north > 0 ? 0 : 1);
JS
node run.mjs
