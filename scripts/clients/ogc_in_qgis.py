"""Opens the collections of OGC API - Features in QGIS's own provider, without a window,
and counts; then once more with a filter and within a box.

usage: ogc_in_qgis.py URL COLLECTION=COUNT [COLLECTION=COUNT …]
"""

import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import QgsApplication, QgsFeatureRequest, QgsRectangle, QgsVectorLayer  # noqa: E402


def layer_of(url, name):
    return QgsVectorLayer(f"url='{url}' typename='{name}' pagingEnabled='true' pageSize='10000'", name, "OAPIF")


def check(name, got, want, more=""):
    ok = got == want
    print(f"{'ok  ' if ok else 'FAIL'} OAPIF {name}: {got} features, want {want}{more}")
    return ok


def main(url, wants):
    QgsApplication.setPrefixPath("/usr", True)
    app = QgsApplication([], False)
    app.initQgis()
    good = True
    for want in wants:
        name, count = want.split("=")
        layer = layer_of(url, name)
        if not layer.isValid():
            good = check(name, "no valid layer", int(count))
            continue
        features = list(layer.getFeatures())
        crs = layer.crs().authid() or "no CRS"
        good &= check(name, len(features), int(count), f"; {crs}; {layer.extent().toString(3)}")
        if name == "areas":
            # What lies within a box, and what an expression says: the same as over all features.
            box = features[0].geometry().boundingBox().buffered(-0.001)
            within = [f for f in features if f.geometry().boundingBox().intersects(box)]
            request = QgsFeatureRequest().setFilterRect(QgsRectangle(box))
            near = list(layer_of(url, name).getFeatures(request))
            good &= check(name + " in a box", len(near) > 0 and {f["code"] for f in near} <= {f["code"] for f in within}, True)
            some = list(layer_of(url, name).getFeatures(QgsFeatureRequest().setFilterExpression('"households" > 1000')))
            good &= check(name + " by expression", len(some), sum(1 for f in features if f["households"] > 1000))
    sys.stdout.flush()
    os._exit(not good)  # taking QGIS down in order can crash the interpreter, after all is counted


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
