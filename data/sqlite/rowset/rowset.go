// Package rowset keeps sets of row ids.
package rowset

// Set is a set of row ids, as pages of bits: a transaction that meets every row of a
// large table again spends an eighth of a byte on each.
type Set map[int64]*[128]uint64

// Add puts fid into the set and reports whether it was there.
func (s *Set) Add(fid int64) bool {
	if *s == nil {
		*s = make(Set)
	}
	page := (*s)[fid>>13]
	if page == nil {
		page = new([128]uint64)
		(*s)[fid>>13] = page
	}
	word, bit := &page[fid>>6&127], uint64(1)<<(fid&63)
	was := *word&bit != 0
	*word |= bit
	return was
}
