package coverage

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"tungnha/coverage/boundary"
	"tungnha/coverage/columns"
	"tungnha/coverage/rules"
	"tungnha/coverage/windows"
	"tungnha/data"
	"tungnha/geo"
)

// thresholdsOfArea returns the thresholds that are valid in the area: those of the province that
// it is in or is, where that one has its own.
func thresholdsOfArea(c *rules.Config, b *boundary.Tree, area int32) *rules.Thresholds {
	if len(c.Provinces) == 0 || area == boundary.NoArea {
		return &c.Thresholds
	}
	return thresholdsOfProvince(c, b, b.Ancestor(area, data.Province))
}

// UnknownProvinces lists the codes that have thresholds of their own and are those of no
// province, on any boundaries: most likely they are misspelt.
func (v *View) UnknownProvinces() []string {
	ix := v.index
	unknown := slices.Sorted(maps.Keys(ix.config.Provinces))
	return slices.DeleteFunc(unknown, func(code string) bool {
		return slices.ContainsFunc(ix.columns.History.Areas, func(a data.Area) bool {
			return a.Code == code && a.Level == data.Province
		})
	})
}

// thresholdsOfProvince returns the thresholds of a province of the tree; boundary.NoArea has the common ones.
func thresholdsOfProvince(c *rules.Config, b *boundary.Tree, province int32) *rules.Thresholds {
	if province == boundary.NoArea {
		return &c.Thresholds
	}
	return c.OfProvince(b.Areas[province].Code)
}

// thresholdsOfTeam returns the thresholds in the province of the team's commune.
func thresholdsOfTeam(c *rules.Config, b *boundary.Tree, team *data.Team) *rules.Thresholds {
	return thresholdsOfArea(c, b, b.Find(team.CommuneCode))
}

// thresholdsOfRow returns the thresholds that decided the flags of row i of the plan's result.
func thresholdsOfRow(c *rules.Config, p *plan, result *Result, i int) *rules.Thresholds {
	switch p.query.By {
	case ByArea:
		return thresholdsOfArea(c, p.boundaries, result.Rows[i].Area)
	case ByCell:
		return thresholdsOfCell(c, p.boundaries, result.provinces, i)
	case ByTeam:
		return thresholdsOfTeam(c, p.boundaries, &result.Teams[result.Rows[i].Team])
	}
	return &c.Thresholds
}

// thresholdsOfCell returns the thresholds of cell i, whose province cellProvinces found.
func thresholdsOfCell(c *rules.Config, b *boundary.Tree, provinces []int32, i int) *rules.Thresholds {
	if provinces == nil {
		return &c.Thresholds
	}
	return thresholdsOfProvince(c, b, provinces[i])
}

// areaFlags returns the flags of a hamlet or commune with the count. Other levels and the
// bucket of no area have none: nobody could act on them.
func (p *plan) areaFlags(c *rules.Config, area int32, count *rules.Count) rules.Flags {
	if !p.boundaries.IsHamlet(area) && !p.boundaries.IsCommune(area) {
		return 0
	}
	th := thresholdsOfArea(c, p.boundaries, area)
	return th.AreaFlags(&p.boundaries.Areas[area], count, p.served[area], p.query.To, len(c.Skills))
}

// provinceShare is how many households of a cell belong to one province.
type provinceShare struct {
	cell       geo.Cell
	province   int32 // boundary.NoArea: to none
	households uint32
}

// cellProvinces returns for each cell with a household in the scope, in the order of
// cells, the province of most of its households that count; of two with as many the one
// whose code comes first, and none before any. Where no province has thresholds of its own
// this is not needed, and it returns nil.
func (ix *Index) cellProvinces(ctx context.Context, p *plan) ([]int32, error) {
	if len(ix.config.Provinces) == 0 {
		return nil, nil
	}
	b := p.boundaries
	ofLeaf := b.Ancestors(data.Province)
	parts, err := columns.Share(ctx, p.blocks,
		func(ctx context.Context, blocks []int) (shares []provinceShare, err error) {
			var t windows.Scratch
			for _, n := range blocks {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				t.Scan(ix.columns, n, p.window)
				shares = ix.countProvinces(p, n, &t, ofLeaf, shares)
			}
			return shares, nil
		})
	if err != nil {
		return nil, err
	}
	shares := slices.Concat(parts...)
	slices.SortFunc(shares, func(a, b provinceShare) int {
		return cmp.Or(cmp.Compare(a.cell, b.cell), cmp.Compare(a.province, b.province))
	})
	var provinces []int32
	for i := 0; i < len(shares); {
		cell, province, most := shares[i].cell, int32(boundary.NoArea), int64(-1)
		for i < len(shares) && shares[i].cell == cell {
			// A cell that the cut between two parts went through has two shares of one.
			this, households := shares[i].province, int64(0)
			for ; i < len(shares) && shares[i].cell == cell && shares[i].province == this; i++ {
				households += int64(shares[i].households)
			}
			if households > most { // areas are sorted by code: of equals the first is kept
				province, most = this, households
			}
		}
		provinces = append(provinces, province)
	}
	return provinces, nil
}

// countProvinces adds the households of a block to the shares of its cells.
func (ix *Index) countProvinces(p *plan, n int, t *windows.Scratch, ofLeaf []int32,
	shares []provinceShare) []provinceShare {
	cells := ix.columns.Households.Cells
	first, end := ix.columns.Households.Below(p.query.Within)
	for at := max(n*columns.BlockSize, first); at < min(n*columns.BlockSize+len(ix.columns.Blocks[n].Starts)-1,
		end); at++ {
		i := at - n*columns.BlockSize
		leaf := p.areaOf.OfHousehold[at]
		if p.in != nil && !p.in[leaf] {
			continue
		}
		cell, province := cells[at].Parent(p.query.Resolution), ofLeaf[leaf]
		last := len(shares) - 1
		for last >= 0 && shares[last].cell == cell && shares[last].province != province {
			last--
		}
		if last < 0 || shares[last].cell != cell {
			shares = append(shares, provinceShare{cell: cell, province: province})
			last = len(shares) - 1
		}
		shares[last].households += uint32(t.States[i] & rules.Eligible)
	}
	return shares
}
