#!/usr/bin/env python3
"""Edits a layer of a GeoPackage as GDAL, and with it QGIS, does, its spatial index present: moves the geometry of one
feature, changes a field of another, deletes or adds one.
  edit_in_gdal.py FILE LAYER move|change|delete|add"""
import sys

from osgeo import ogr

ogr.UseExceptions()
path, name, edit = sys.argv[1:]
source = ogr.Open(path, 1)
layer = source.GetLayerByName(name)
text = {"areas": "name", "households": "hamlet_code"}[name]
feature = next(f for f in layer if f.GetGeometryRef() is not None)
if edit == "move":
    moved = feature.GetGeometryRef().Clone()
    moved.FlattenTo2D()
    for part in ([moved] if name == "households" else [ring for polygon in moved for ring in polygon]):
        for i in range(part.GetPointCount()):
            x, y, _ = part.GetPoint(i)
            part.SetPoint_2D(i, x + 0.001, y)
    feature.SetGeometry(moved)
    layer.SetFeature(feature)
elif edit == "change":
    feature.SetField(text, feature.GetField(text) + "x" if name == "areas" else None)
    layer.SetFeature(feature)
elif edit == "delete":  # one that no visit refers to
    layer.SetAttributeFilter("household_id = 'added-by-gdal'")
    layer.DeleteFeature(next(iter(layer)).GetFID())
elif edit == "add":
    another = feature.Clone()
    another.SetFID(-1)
    another.SetField({"areas": "code", "households": "household_id"}[name], "added-by-gdal")
    layer.CreateFeature(another)
else:
    sys.exit(__doc__)
source = None
