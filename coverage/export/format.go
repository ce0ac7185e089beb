package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"tungnha/internal/problem"
)

// Format is a file format, named as the ending of its files.
type Format string

// The formats.
const (
	GeoJSON    Format = "geojson"  // RFC 7946
	GeoJSONL   Format = "geojsonl" // a feature a line
	GeoJSONSeq Format = "geojsons" // RFC 8142: a feature a line, a record separator before each
	CSV        Format = "csv"
	XLSX       Format = "xlsx"
	Parquet    Format = "parquet" // GeoParquet 1.1
	GeoPackage Format = "gpkg"
)

// Formats lists the formats in the order of help and documents.
var Formats = []Format{GeoJSON, GeoJSONL, GeoJSONSeq, CSV, XLSX, Parquet, GeoPackage}

// ParseFormat reads the name of a format.
func ParseFormat(s string) (Format, *problem.Problem) {
	for _, f := range Formats {
		if string(f) == s {
			return f, nil
		}
	}
	return "", problem.NoneOf("format", s, Formats...)
}

// MediaType returns the media type of the format.
func (f Format) MediaType() string {
	switch f {
	case GeoJSON:
		return "application/geo+json"
	case GeoJSONL:
		return "application/x-ndjson"
	case GeoJSONSeq:
		return "application/geo+json-seq"
	case CSV:
		return "text/csv; charset=utf-8; header=present"
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case Parquet:
		return "application/vnd.apache.parquet"
	default:
		return "application/geopackage+sqlite3"
	}
}

// Write streams the table to w in the format, in memory that does not grow with its rows. A
// workbook and a GeoPackage are made in temporary files first.
func (t *Table) Write(ctx context.Context, w io.Writer, format Format) error {
	err := t.write(ctx, w, format)
	var said sqlite3.Error
	if errors.Is(err, syscall.ENOSPC) || errors.As(err, &said) && said.Code == sqlite3.ErrFull {
		return fmt.Errorf("%w: %w", ErrNoRoom, err)
	}
	return err
}

// ErrNoRoom means that there is no room on the disk for the temporary file in which a format is made first.
var ErrNoRoom = errors.New("there is no room on the disk to make the file")

func (t *Table) write(ctx context.Context, w io.Writer, format Format) error {
	switch format {
	case GeoJSON:
		return t.writeGeoJSON(ctx, w)
	case GeoJSONL:
		return t.writeFeatures(ctx, w, "")
	case GeoJSONSeq:
		return t.writeFeatures(ctx, w, "\x1e")
	case CSV:
		return t.writeCSV(ctx, w)
	case XLSX:
		return t.writeXLSX(ctx, w)
	case Parquet:
		return t.writeParquet(ctx, w)
	case GeoPackage:
		return t.writeGeoPackage(ctx, w)
	}
	return fmt.Errorf("format %q: not one of %v", format, Formats)
}
