package coverage

import (
	"maps"

	"tungnha/coverage/columns"
	"tungnha/data"
)

// State is an index on its way forward. Its revision is the write of the source up to which it is complete; ahead has
// the households whose visits are those of a later revision, because a batch was joined before what others had written
// in between was known. With it, batches may come in any order, overlap and come again: the visits of a household never
// go back, and nothing is taken for complete that is not. A State never changes.
type State struct {
	index *Index
	ahead map[string]int64 // revision of the household's visits, where it is later than the index's
}

// NewState returns the state of an index that was just built.
func NewState(ix *Index) State { return State{index: ix} }

// Index returns the index of the state.
func (s State) Index() *Index { return s.index }

// Replaced returns the state of an index that was built anew. Where it has the very data of the one before, it keeps
// the results computed so far.
func (s State) Replaced(ix *Index) State { return State{index: ix.keepResults(s.index)} }

// Join returns the state after a batch that has everything written after a revision, up to its own. It reports whether
// the index is complete up to the batch's revision then: otherwise something written before is missing, or the batch
// has somebody whom the index does not have yet.
func (s State) Join(p data.Posted, after int64) (next State, complete bool) {
	ix := s.index
	if p.Revision <= ix.columns.Revision {
		return s, true
	}
	complete = after <= ix.columns.Revision
	ahead := maps.Clone(s.ahead)
	if ahead == nil {
		ahead = make(map[string]int64, len(p.Histories))
	}
	touched := make(map[uint32][]columns.Packed) // by position of the household
	for id, history := range p.Histories {
		if ahead[id] >= p.Revision {
			continue // joined before, from a later batch
		}
		position, ok := ix.columns.Households.Find(id)
		if !ok {
			complete = false // registered by another process a moment ago
			continue
		}
		visits, err := ix.columns.Registry.PackAll(history)
		if err != nil {
			complete = false // by a team that the index has not read yet
			continue
		}
		touched[position] = visits
		ahead[id] = p.Revision
	}
	revision := ix.columns.Revision
	if complete {
		revision = p.Revision
		maps.DeleteFunc(ahead, func(_ string, as int64) bool { return as <= revision })
	}
	joined := newIndex(ix.config, ix.columns.With(touched, revision), ix.derived, ix.clock)
	joined.released = ix.released
	return State{joined.keepResults(ix), ahead}, complete
}

// Release returns the state of which the public sees the present data, as of the release in force: where there is a new
// one, before what came after it is joined. It reports whether there was.
func (s State) Release() (next State, due bool) {
	ix := s.index
	if data.DateOf(ix.clock()) < ix.Released().release.Next {
		return s, false
	}
	now := newIndex(ix.config, ix.columns, ix.derived, ix.clock)
	now.released.once.Do(func() { now.released.index = now.releaseOf(ix.columns) })
	return State{now.keepResults(ix), s.ahead}, true
}

// keepResults gives a new index the results of an older one that has the very same data, as after a write that changed
// nothing; else the older one forgets them.
func (ix *Index) keepResults(old *Index) *Index {
	if old.version == ix.version {
		ix.results = old.results
	} else {
		old.results.drop()
	}
	return ix
}
