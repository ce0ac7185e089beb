// Package names invents the names of communes and hamlets.
package names

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"tungnha/geo"
)

// The first and the last syllables of made-up hamlet names on the plains: words of good
// omen, directions and old village words, as hamlets all over the country have them.
var (
	plainFirst = []string{"Phú", "An", "Bình", "Đông", "Tây", "Trung", "Mỹ", "Xuân", "Tân", "Thanh", "Hòa",
		"Phước", "Vĩnh", "Long", "Thuận", "Lộc", "Hưng", "Đại", "Kim", "Ngọc", "Hà", "Cẩm", "Châu", "Nam"}
	plainLast = []string{"Hòa", "An", "Thịnh", "Lộc", "Sơn", "Mỹ", "Quý", "Bình", "Đức", "Lâm", "Trung", "Khê",
		"Phong", "Hưng", "Thành", "Xuân", "Tân", "Thạnh", "Hội", "Trạch", "Điền", "Giang", "Lợi", "Nghĩa"}
	hillFirst = []string{"A", "Pa", "Ta", "Ka", "La", "Ra", "Cha", "Nà", "Khe", "Đắk", "Plei", "Kon"}
	hillLast  = []string{"Rơi", "Lăng", "Mung", "Tôi", "Xanh", "Dinh", "Nghi", "Rung", "Vạc", "Lấy", "Tăng",
		"Mưa", "Plăng", "Rớt", "Choong", "Rai", "Năm", "Ta Rê", "Bưng", "Pơ", "Dung", "Ga", "Chơ", "Lênh"}
)

// Hamlets returns the kind and the names of n hamlets of a commune. No two are the same;
// those of neighbours that once were one village share a word.
func Hamlets(n int, urban bool, relief float64, rng *rand.Rand) (kind string, names []string) {
	names = make([]string, 0, n)
	if urban {
		for i := range n {
			names = append(names, "Tổ dân phố "+strconv.Itoa(i+1))
		}
		return "Tổ dân phố", names
	}
	kind = "Thôn"
	first, last := plainFirst, plainLast
	if relief > 0.75 {
		kind = []string{"Thôn", "Làng", "Bản"}[rng.IntN(3)]
		first, last = hillFirst, hillLast
	} else if rng.IntN(5) == 0 { // in some communes they are only numbered
		for i := range n {
			names = append(names, kind+" "+strconv.Itoa(i+1))
		}
		return kind, names
	}
	// A walk through all pairs of syllables in an order of its own: nothing comes twice.
	order := rng.Perm(len(first) * len(last))
	for next := 0; len(names) < n; next++ {
		suffix := ""
		if round := next / len(order); round > 0 {
			suffix = " " + strconv.Itoa(round+1)
		}
		pair := order[next%len(order)]
		a, b := first[pair/len(last)], last[pair%len(last)]
		if a == b {
			continue
		}
		name := fmt.Sprintf("%s %s %s%s", kind, a, b, suffix)
		together := 1
		if relief <= 0.75 && suffix == "" && rng.IntN(4) == 0 {
			together = min(2+rng.IntN(2), n-len(names))
		}
		if together == 1 {
			names = append(names, name)
			continue
		}
		parts := []string{"Đông", "Tây", "Trung"}
		if rng.IntN(3) == 0 || a == "Đông" || a == "Tây" || a == "Trung" || b == "Trung" {
			parts = []string{"1", "2", "3"}
		}
		for _, part := range parts[:together] {
			names = append(names, name+" "+part)
		}
	}
	return kind, names
}

// The names of the invented communes, of the town, the shore, the plain and the hills. No real province's list
// has these together.
var (
	Wards = []string{"Bình Minh", "Sao Mai", "Hướng Dương", "Hoa Sen", "Hải Âu", "Cầu Vồng", "Ban Mai",
		"Hoa Phượng", "Ánh Dương", "Trăng Rằm"}
	Shore = []string{"Sóng Biếc", "Cát Vàng", "Bến Xuân", "Rừng Dương", "Cánh Buồm", "Mũi Sò", "Bãi Trăng",
		"Hàng Dừa", "Vịnh Ngọc", "Gió Lộng"}
	Plain = []string{"Đồng Xanh", "Lúa Mới", "Sơn Ca", "Bờ Tre", "Cánh Diều", "Đầm Sen", "Nắng Mai", "Cây Đa",
		"Hương Lúa", "Bến Nước", "Vàng Anh", "Mùa Gặt", "Giếng Làng", "Sân Đình", "Hoa Gạo", "Bằng Lăng",
		"Chim Én", "Mái Đình", "Ao Sen", "Luỹ Tre"}
	Hills = []string{"Gió Ngàn", "Suối Mơ", "Mây Trắng", "Đồi Sim", "Rừng Thông", "Thác Bạc", "Khe Sương",
		"Hoa Ban", "Núi Biếc", "Đèo Mây", "Suối Trong", "Hương Quế", "Đá Trắng", "Trăng Ngàn", "Cội Nguồn"}
	Island = "Đảo Yến"
)

// English returns a Vietnamese name as registers write it in English: in plain letters.
func English(name string) string {
	words := strings.Fields(geo.Fold(name))
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}
