// Package geo is geometry on the globe: points in areas, H3 cells, Vietnamese place names.
//
// Coordinates are WGS 84 degrees in the order of orb.Point: longitude, then latitude. An
// edge is the straight line between two vertices on the longitude/latitude plane, as in
// GeoJSON and every GIS format; areas do not cross the antimeridian.
//
// A Locator returns which area contains a point. Its answers are exact: a point is tested
// with arithmetic that does not round wherever rounding could change the answer, so the
// index never disagrees with a plain walk over every edge.
//
// A Cell is an H3 index. This package alone imports h3-go; parents, spans and resolutions
// are bit operations here, because a call into C costs more than the work.
package geo
