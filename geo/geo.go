// Package geo is geometry on the globe: points in areas, H3 cells, Vietnamese place names.
package geo
