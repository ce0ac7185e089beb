// Package web is the map: a TypeScript application, built by Vite and embedded here.
package web

import (
	"embed"
	"io/fs"
)

// The pattern all: includes .gitkeep, so that the package compiles before the map is built.
//
//go:embed all:dist
var dist embed.FS

// Files returns the built map with index.html at its root. Before `make` has built it
// there is no index.html: the server of the files has to report it.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // only a misspelt constant can get here
	}
	return files
}
