"""Opens what Từng Nhà writes in QGIS, without a window, and counts.

usage: open_in_qgis.py FILE LAYER=COUNT [LAYER=COUNT …]
       open_in_qgis.py postgres://USER@HOST:PORT/DATABASE SCHEMA.LAYER=COUNT [SCHEMA.LAYER=COUNT …]

A GeoPackage's layers are named; any other file has one layer, named by the file's stem.
"""

import os
import sys
from urllib.parse import urlsplit

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import QgsApplication, QgsDataSourceUri, QgsVectorLayer  # noqa: E402

# What tells the rows of a table or view apart, which a person picks in QGIS's dialogue.
KEYS = {"areas": "fid", "households": "household_id", "teams": "team_id", "visits": "visit_id", "visits_in_words": "visit_id",
        "coverage_by_hamlet": "code", "coverage_by_commune": "code", "coverage_by_cell": "cell", "coverage_by_team": "team_id"}
OUTLINED = {"areas", "households", "coverage_by_hamlet", "coverage_by_commune"}


def open_layer(path, name):
    if not path.startswith("postgres://"):
        return QgsVectorLayer(f"{path}|layername={name}" if path.endswith(".gpkg") else path, name, "ogr")
    at, (schema, table) = urlsplit(path), name.split(".")
    uri = QgsDataSourceUri()
    uri.setConnection(at.hostname, str(at.port), at.path.lstrip("/"), at.username, "")
    uri.setDataSource(schema, table, "geom" if table in OUTLINED else "", "", KEYS[table])
    return QgsVectorLayer(uri.uri(False), name, "postgres")


def main(path, wants):
    QgsApplication.setPrefixPath("/usr", True)
    app = QgsApplication([], False)
    app.initQgis()
    failed = False
    for want in wants:
        name, count = want.split("=")
        layer = open_layer(path, name)
        got = layer.featureCount() if layer.isValid() else "no valid layer"
        read = sum(1 for _ in layer.getFeatures()) if layer.isValid() else 0
        ok = got == int(count) == read
        failed |= not ok
        crs = layer.crs().authid() or "no CRS"
        extent = layer.extent().toString(3)
        print(f"{'ok  ' if ok else 'FAIL'} {name}: {got} features counted, {read} read, want {count}; {crs}; {extent}")
    sys.stdout.flush()
    os._exit(failed)  # taking QGIS down in order can crash the interpreter, after all is counted


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
