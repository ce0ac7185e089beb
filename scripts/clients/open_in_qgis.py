"""Opens what Từng Nhà writes in QGIS, without a window, and counts.

usage: open_in_qgis.py FILE LAYER=COUNT [LAYER=COUNT …]

A GeoPackage's layers are named; any other file has one layer, named by the file's stem.
"""

import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import QgsApplication, QgsVectorLayer  # noqa: E402


def main(path, wants):
    QgsApplication.setPrefixPath("/usr", True)
    app = QgsApplication([], False)
    app.initQgis()
    failed = False
    for want in wants:
        name, count = want.split("=")
        uri = f"{path}|layername={name}" if path.endswith(".gpkg") else path
        layer = QgsVectorLayer(uri, name, "ogr")
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
