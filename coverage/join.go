package coverage

import (
	"maps"

	"tungnha/data"
)

// state is an index on its way forward. Its revision says up to which write of the source it
// is complete; ahead names the households whose visits are those of a later revision,
// because a batch was joined before what others had written in between was known. With it,
// batches may come in any order, overlap and come again: the visits of a household never go
// back, and nothing is taken for complete that is not.
type state struct {
	index *Index
	ahead map[string]int64 // revision of the household's visits, where above the index's
}

func newState(ix *Index) state { return state{ix, make(map[string]int64)} }

// join brings the state forward by a batch that holds everything written after a revision,
// up to its own. It reports whether the index is complete up to the batch's revision now:
// otherwise something written before is missing, or somebody whom the register does not
// know yet.
func (s *state) join(p data.Posted, after int64) bool {
	ix := s.index
	if p.Revision <= ix.revision {
		return true
	}
	complete := after <= ix.revision
	touched := make(map[int]map[uint32][]packed) // block, position
	for id, history := range p.Histories {
		if s.ahead[id] >= p.Revision {
			continue // joined before, from a later batch
		}
		position, ok := ix.register.households.find(id)
		if !ok {
			complete = false // registered by another process a moment ago
			continue
		}
		visits, err := ix.register.packAll(history)
		if err != nil {
			complete = false // by a team that the index has not read yet
			continue
		}
		n := int(position / blockSize)
		if touched[n] == nil {
			touched[n] = make(map[uint32][]packed)
		}
		touched[n][position] = visits
		s.ahead[id] = p.Revision
	}
	revision := ix.revision
	if complete {
		revision = p.Revision
		maps.DeleteFunc(s.ahead, func(_ string, as int64) bool { return as <= revision })
	}
	blocks := append([]*block(nil), ix.blocks...)
	for n, histories := range touched {
		blocks[n] = blocks[n].with(n, &ix.register.households, histories)
	}
	s.index = newIndex(ix.config, ix.register, blocks, revision, ix.clock)
	return complete
}

func (r *register) packAll(history []data.Visit) ([]packed, error) {
	visits := make([]packed, len(history))
	for i := range history {
		p, err := r.pack(&history[i])
		if err != nil {
			return nil, err
		}
		visits[i] = p
	}
	return visits, nil
}
