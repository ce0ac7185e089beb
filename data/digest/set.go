package digest

import "tungnha/data"

// The kinds of record of which a store keeps a digest each, as places in a Set.
const (
	Areas = iota
	Teams
	Households
	Visits
	Settings
	kinds
)

// Kinds names the places of a Set.
var Kinds = [kinds]data.Kind{data.Areas, data.Teams, data.Households, data.Visits, data.Settings}

// Set has the digest of the records of each kind; or what a transaction adds to those.
type Set [kinds]Digest

// Created adds a record that is written.
func (s *Set) Created(kind int, now Digest) { s[kind] = s[kind].Add(now) }

// Deleted takes a record out.
func (s *Set) Deleted(kind int, old Digest) { s[kind] = s[kind].Sub(old) }

// Updated puts a record in the place of another.
func (s *Set) Updated(kind int, old, now Digest) { s[kind] = s[kind].Add(now).Sub(old) }

// Put sets the digest of the kind of a name; one that is unknown is passed over.
func (s *Set) Put(kind string, records int64, sum []byte) (err error) {
	for i, name := range Kinds {
		if string(name) == kind {
			s[i], err = Parse(records, sum)
		}
	}
	return err
}

// Reader computes the digests of records as they are read.
type Reader struct {
	*Hasher
	Found Set
	Whole [kinds]bool // the kinds of which all records were read
}

// NewReader returns a reader; the key has KeySize bytes.
func NewReader(key []byte) *Reader { return &Reader{Hasher: NewHasher(key)} }

// All is a handler that has every kind read, for the digests alone.
func All() data.RecordHandler {
	return data.RecordHandler{
		Area:      func(*data.Area) error { return nil },
		Team:      func(*data.Team) error { return nil },
		Household: func(*data.Household) error { return nil },
		Visit:     func(*data.Visit) error { return nil },
	}
}

// Compare returns an error where the records of the kinds that were read are not those that the program wrote last.
func (r *Reader) Compare(written Set) *data.AlteredError {
	var altered data.AlteredError
	for i, kind := range Kinds {
		if r.Whole[i] && r.Found[i] != written[i] {
			altered.Alterations = append(altered.Alterations,
				data.Alteration{Kind: kind, Written: written[i].Records, Found: r.Found[i].Records})
		}
	}
	if len(altered.Alterations) == 0 {
		return nil
	}
	return &altered
}
