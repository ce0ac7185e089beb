#!/usr/bin/env bash
# Reads the cells of zoom 10 in GDAL: from the tileset of OGC API - Tiles and from an archive of tiles
# that the server makes and answers in ranges. A cell at a seam is in both tiles; each once, they must
# be as many and add up to the same households and reached as the rows of FILE.
#   tiles_in_gdal.sh URL FILE.csv
# TUNGNHA_OGRINFO is the ogrinfo, if not the one installed: a command and its arguments.
set -euo pipefail
url=$1
read -ra ogrinfo <<<"${TUNGNHA_OGRINFO:-ogrinfo}"
version=$("${ogrinfo[@]}" --version | sed 's/^GDAL \([0-9.]*\).*/\1/')
at_least() { [ "$(printf '%s\n' "$1" "$version" | sort -V | head -1)" = "$1" ]; }
want=$(awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) column[$i] = i; next}
  {h += $column["households"]; r += $column["reached"]} END {print NR - 1, h, r}' "$2")

check() { # WHAT LAYER ARGUMENTS…
  local got sql="SELECT 'is', count(*), sum(households), sum(reached) FROM (SELECT DISTINCT h3, households, reached FROM \"$2\")"
  got=$("${ogrinfo[@]}" -ro -q "${@:3}" -dialect SQLITE -sql "$sql" | sed -n 's/^  .* = //p' | paste -sd' ')
  [ "$got" = "is $want" ] || { echo "FAIL GDAL $version, $1: $got, want is $want"; exit 1; }
  echo "ok   GDAL $version, $1: cells, households, reached: $want"
}

if at_least 3.7; then
  # The driver takes the collection's extent, which is in degrees, for one in the tiles' metres, so it
  # is told that too.
  metres=$(curl -fs "$url/ogc/collections/cells" | python3 -c '
import json, math, sys
west, south, east, north = json.load(sys.stdin)["extent"]["spatial"]["bbox"][0]
x, y = (lambda lon: math.radians(lon)*6378137), (lambda lat: math.asinh(math.tan(math.radians(lat)))*6378137)
print("-oo", f"MINX={x(west)}", "-oo", f"MINY={y(south)}", "-oo", f"MAXX={x(east)}", "-oo", f"MAXY={y(north)}")')
  check "OGC API - Tiles" "Zoom level 10" -oo API=TILES $metres \
    "OGCAPI:$url/ogc/collections/cells"
else
  echo "none GDAL $version, OGC API - Tiles: not run; 3.7 and later read vector tiles (TUNGNHA_OGRINFO may name such an ogrinfo)"
fi
if at_least 3.8; then
  job=$url$(curl -fs -D - -o /dev/null -H 'Prefer: respond-async' "$url/api/v1/exports/cells.pmtiles?max_zoom=10" | sed -n 's/^Location: \([^\r]*\).*/\1/p')
  for _ in $(seq 240); do
    if curl -fs "$job" | grep -q '"status":"done"'; then break; fi
    sleep 0.5
  done
  check "PMTiles" cells "/vsicurl/$job/file"
else
  echo "none GDAL $version, PMTiles: not run; 3.8 and later have the driver (TUNGNHA_OGRINFO may name such an ogrinfo)"
fi
