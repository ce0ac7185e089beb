// Package columns is the data of an index in memory: a column for each field of the households, and the
// visits in blocks of 1,024 households.
//
// Read in this order:
//
//	columns.go     one immutable state: a registry, its blocks, and the state after a post
//	registry.go    what visits do not change: areas, teams, households, and the area of each household in each tree
//	household.go   the columns of households, and the table from id to position
//	service.go     the hamlets that each team serves from which day
//	block.go       the visits of a block, household by household
//	day_index.go   the same visits by day, and the day from which on nothing changes
//	build.go, visit_buffer.go, read.go   from a stream of records
//	box.go, digest.go, share.go          boxes of coordinates, digests of content, work shared between cores
//
// Columns are exported because the loops that count visits read them directly. They must not be changed outside this
// package.
package columns
