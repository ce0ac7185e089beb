"""Opens the vector tiles of cells in QGIS, without a window: counts the cells in all tiles of
a zoom, and draws them as a layer of vector tiles.

usage: tiles_in_qgis.py URL ZOOM COUNT

URL is that of the server.
"""

import json
import os
import sys
import tempfile
import urllib.error
import urllib.request
from math import log, pi, radians, tan

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (  # noqa: E402
    QgsApplication, QgsMapRendererParallelJob, QgsMapSettings, QgsPointXY, QgsRectangle, QgsTileMatrix,
    QgsVectorLayer, QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize  # noqa: E402


def cells_of(url):
    """The cells of one tile; a tile without any, or beyond the map, has none."""
    try:
        with urllib.request.urlopen(url) as answer:
            raw = answer.read()
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        raw = b""
    if not raw:
        return set()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "tile.mvt")
        with open(path, "wb") as tile:
            tile.write(raw)
        layer = QgsVectorLayer(f"{path}|layername=cells", "cells", "ogr")
        return {feature["h3"] for feature in layer.getFeatures()}


def drawn(layer, extent):
    """How many pixels of a map of the layer are not white."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setExtent(extent)
    settings.setOutputSize(QSize(400, 400))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    return sum(image.pixelColor(x, y).name() != "#ffffff" for x in range(0, 400, 4) for y in range(0, 400, 4))


def main(url, zoom, want):
    QgsApplication.setPrefixPath("/usr", True)
    app = QgsApplication([], False)
    app.initQgis()
    with urllib.request.urlopen(f"{url}/tiles/cells.json") as answer:
        tilejson = json.load(answer)
    template = tilejson["tiles"][0].replace("&", "%26")
    layer = QgsVectorTileLayer(f"type=xyz&url={template}&zmin={tilejson['minzoom']}&zmax={tilejson['maxzoom']}", "cells")
    west, south, east, north = tilejson["bounds"]
    matrix = QgsTileMatrix.fromWebMercator(zoom)
    corner = [matrix.mapToTileCoordinates(point) for point in (mercator(west, north), mercator(east, south))]
    cells = set()
    for x in range(int(corner[0].x()), int(corner[1].x()) + 1):
        for y in range(int(corner[0].y()), int(corner[1].y()) + 1):
            cells |= cells_of(tilejson["tiles"][0].format(z=zoom, x=x, y=y))
    southwest, northeast = mercator(west, south), mercator(east, north)
    pixels = drawn(layer, QgsRectangle(southwest, northeast)) if layer.isValid() else 0
    good = layer.isValid() and len(cells) == want and pixels > 100
    print(f"{'ok  ' if good else 'FAIL'} QGIS tiles of zoom {zoom}: {len(cells)} cells, want {want}; {pixels} of 10000 pixels drawn")
    sys.stdout.flush()
    os._exit(not good)  # taking QGIS down in order can crash the interpreter, after all is counted


def mercator(lon, lat):
    radius = 6378137.0
    return QgsPointXY(radius * radians(lon), radius * log(tan(pi / 4 + radians(lat) / 2)))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
