package geo

// Fold returns the form of a Vietnamese name in which different spellings meet: lower
// case, without diacritics, đ as d, composed or decomposed, either tone placement, spaces
// collapsed. Đà Nẵng, ĐÀ NẴNG and da nang fold to "da nang".
func Fold(name string) string { panic("not yet") }
