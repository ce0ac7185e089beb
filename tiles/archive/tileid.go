package archive

// PMTiles numbers tiles zoom by zoom, within a zoom along a Hilbert curve, so that what is
// near on the map is near in the file. PMTiles 3, section 4.1: "TileID".

// TileID returns the number of a tile.
func TileID(z, x, y int) uint64 {
	id := firstID(z)
	column, row := uint64(x), uint64(y)
	for level := z - 1; level >= 0; level-- {
		side := uint64(1) << level
		right, down := column>>level&1, row>>level&1
		id += side * side * (3*right ^ down)
		column, row = turn(side, column&(side-1), row&(side-1), right, down)
	}
	return id
}

// TileCoord returns the coordinates of the tile of a number: the inverse of TileID.
func TileCoord(id uint64) (z, x, y int) {
	for z < 31 && id >= firstID(z+1) {
		z++
	}
	id -= firstID(z)
	var column, row uint64
	for level := range z {
		side := uint64(1) << level
		right := id >> 1 & 1
		down := (id ^ right) & 1
		column, row = turn(side, column, row, right, down)
		column += side * right
		row += side * down
		id >>= 2
	}
	return z, int(column), int(row)
}

// firstID returns the number of a zoom's first tile: how many tiles all zooms before have.
func firstID(z int) uint64 { return (1<<(2*z) - 1) / 3 }

// turn mirrors coordinates in a quarter of the curve so that the quarter runs as the whole does.
func turn(side, column, row, right, down uint64) (uint64, uint64) {
	if down == 1 {
		return column, row
	}
	if right == 1 {
		column, row = side-1-column, side-1-row
	}
	return row, column
}
