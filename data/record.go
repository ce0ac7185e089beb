// Package data defines the records of the programme (areas, households, teams, visits) and
// the contract that every store of them fulfils.
package data

import (
	"github.com/paulmach/orb"
)

// Level is the rank of an area in the administrative tree.
type Level string

// The levels, from the widest to the narrowest. Districts were abolished on 2025-07-01.
const (
	Province Level = "province"
	District Level = "district"
	Commune  Level = "commune"
	Hamlet   Level = "hamlet"
)

// Area is one administrative unit for as long as its boundaries were valid. Code and ValidFrom
// together name it: codes were used again when units merged on 2025-07-01.
type Area struct {
	Code               string // official unit code: text, leading zeros kept
	Name               string
	NameEN             string
	Kind               string // Phường, Xã, Đặc khu, Thôn, Tổ dân phố …
	Level              Level
	Parent             string           // code of the area above; empty at the top
	ValidFrom          Date             // first day; NoDate: always was
	ValidTo            Date             // last day; NoDate: still is
	DeclaredHouseholds int              // the authority's figure; Unknown where there is none
	Population         int              // people; Unknown where not published
	Geometry           orb.MultiPolygon // WGS 84 lon,lat; nil for most hamlets
}

// Unknown is a number that the register does not have.
const Unknown = -1

// Household is a dwelling that teams should visit. No name, phone or address is kept.
type Household struct {
	ID           string
	Point        orb.Point // WGS 84 lon,lat, rounded to 1e-7 degree
	HamletCode   string    // the hamlet it declares; empty where it declares none
	RegisteredOn Date
	RemovedOn    Date
	Given        FieldSet // of one that is put: the fields that it sets, the others stay as they are there
}

// Team is a community digital team and the hamlets it serves.
type Team struct {
	ID          string
	Name        string
	CommuneCode string
	HamletCodes []string // those of its latest assignment
	Members     int      // Unknown where the register has none
	FormedOn    Date
	DissolvedOn Date
	// History is which hamlets it served when, where that changed or did not begin with the
	// team: see Assignment. nil: HamletCodes, all along.
	History []Assignment
	Given   FieldSet // of one that is put: the fields that it sets, the others stay as they are there
}
