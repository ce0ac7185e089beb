package data

import (
	"tungnha/geo"
)

// Levels lists the levels from the widest to the narrowest.
var Levels = []Level{Province, District, Commune, Hamlet}

// Rank returns the place of the level in Levels, or -1 for what is no level.
func (l Level) Rank() int {
	switch l {
	case Province:
		return 0
	case District:
		return 1
	case Commune:
		return 2
	case Hamlet:
		return 3
	}
	return -1
}

// ParseLevel reads the name of a level; ok is false for any other text.
func ParseLevel(s string) (l Level, ok bool) {
	switch l = Level(s); l {
	case Province, District, Commune, Hamlet:
		return l, true
	}
	return "", false
}

// levelOfKind has the kinds of area by their folded names. The kinds below the commune
// differ from region to region.
var levelOfKind = map[string]Level{
	"tinh": Province, "thanh pho": Province, "thanh pho truc thuoc trung uong": Province,

	"quan": District, "huyen": District, "thi xa": District, "thanh pho thuoc tinh": District,
	"thanh pho thuoc thanh pho truc thuoc trung uong": District,

	"phuong": Commune, "xa": Commune, "dac khu": Commune, "thi tran": Commune,

	"thon": Hamlet, "to dan pho": Hamlet, "khu pho": Hamlet, "khom": Hamlet, "ap": Hamlet, "ban": Hamlet,
	"buon": Hamlet, "bon": Hamlet, "lang": Hamlet, "plei": Hamlet, "xom": Hamlet, "soc": Hamlet, "phum": Hamlet,
	"khu": Hamlet, "khoi": Hamlet, "khoi pho": Hamlet, "khu vuc": Hamlet, "khu dan cu": Hamlet, "tieu khu": Hamlet,
	"to": Hamlet, "to nhan dan": Hamlet, "cum dan cu": Hamlet, "khu dan pho": Hamlet,
}

// LevelOf returns the level of an area from its kind, spelt in any way: Phường, xã, TỔ DÂN
// PHỐ. A Thành phố with an area above it was one within a province, at the level of the
// districts. It returns the empty level for an unknown kind.
func LevelOf(kind, parent string) Level {
	folded := geo.Fold(kind)
	if folded == "thanh pho" && parent != "" {
		return District
	}
	return levelOfKind[folded]
}
