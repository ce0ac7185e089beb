package coverage

import "tungnha/data"

// join returns the index with the visits of a batch that the source has made durable.
//
// The revision of the new index moves only where it is certain that nothing else was
// written in between; otherwise it stays, and a reload will bring what is missing. Of
// batches that the index holds already, nothing happens.
func (ix *Index) join(p data.Posted) *Index {
	if p.Revision <= ix.revision {
		return ix
	}
	revision, complete := ix.revision, p.Revision == ix.revision+1
	touched := make(map[int]map[uint32][]packed) // block, position
	for id, history := range p.Histories {
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
	}
	if complete {
		revision = p.Revision
	}
	blocks := append([]*block(nil), ix.blocks...)
	for n, histories := range touched {
		blocks[n] = blocks[n].with(n, &ix.register.households, histories)
	}
	return newIndex(ix.config, ix.register, blocks, revision, ix.clock)
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
