package windows

// What a computation takes for a while, in bytes.
const (
	spotScratch   = 160 // of a cell whose neighbourhood is looked at
	runScratch    = 160 // of a run of households of a fine cell, with what appending leaves behind
	windowScratch = 192 // of a cell group in a window that is counted
	queryScratch  = 256 << 10
)

// Cost is what decides the memory that a query takes while it is computed.
type Cost struct {
	Row     int64 // bytes of a row
	Areas   int64 // of the tree
	Groups  int64 // cell groups that are counted
	Cells   int64 // by cell: at most so many rows
	Periods int64 // by period: at most so many rows
	Fine    bool  // the cells are finer than cell groups
}

// Bytes is about what the computation takes, its result included.
func (c *Cost) Bytes() int64 {
	n := queryScratch + windowScratch*c.Groups + c.Periods*c.Row
	each := c.Row + spotScratch
	if c.Fine {
		each += runScratch
	}
	n += c.Cells * each
	if c.Cells == 0 && c.Periods == 0 {
		n += c.Areas * 2 * c.Row
	}
	return n
}
