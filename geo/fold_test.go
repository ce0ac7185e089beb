package geo

import (
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestFold(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"   ", ""},
		{"Đà Nẵng", "da nang"},
		{"ĐÀ NẴNG", "da nang"},
		{"da nang", "da nang"},
		{"  Đà \t Nẵng ", "da nang"},
		{"Đà\u00a0Nẵng", "da nang"},
		{"Hoà Khánh", "hoa khanh"},
		{"Hòa Khánh", "hoa khanh"},
		{"Thuỷ Nguyên", "thuy nguyen"},
		{"Thủy Nguyên", "thuy nguyen"},
		{"Quý", "quy"},
		{"Ưu Ơn Ăn Ân Êm Ôm", "uu on an an em om"},
		{"Ðà Nẵng", "da nang"}, // with the Icelandic letter
		{"Ea H'leo", "ea hleo"},
		{"Ea H’Leo", "ea hleo"},
		{"Ea Hleo", "ea hleo"},
		{"Phan Rang-Tháp Chàm", "phan rang thap cham"},
		{"Phan Rang – Tháp Chàm", "phan rang thap cham"},
		{"Tổ dân phố 12", "to dan pho 12"},
		{"Tổ 1/2", "to 1/2"},
		{"Thôn １２", "thon 12"}, // full-width digits
		{"A\u200bB", "ab"},
		{"abc ", "abc"},
		{"a  b", "a b"},
		{"東京", "東京"},
	} {
		for _, in := range []string{test.in, norm.NFC.String(test.in), norm.NFD.String(test.in)} {
			if got := Fold(in); got != test.want {
				t.Errorf("Fold(%+q) = %q, want %q", in, got, test.want)
			}
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Đà Nẵng", "Hoà", "a  b", "\xff\xfe", "İ", "Ǆ", "\u0344", "ﬁ", "K"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Fold(s)
		if !utf8.ValidString(got) {
			t.Errorf("Fold(%q) = %q, which is not UTF-8", s, got)
		}
		if again := Fold(got); again != got {
			t.Errorf("Fold(%q) = %q, folded again %q", s, got, again)
		}
		if d := Fold(norm.NFD.String(s)); utf8.ValidString(s) && d != got {
			t.Errorf("decomposed, %q folds to %q, want %q", s, d, got)
		}
	})
}

func BenchmarkFold(b *testing.B) {
	for _, name := range []string{"da nang", "Phường Hòa Khánh"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Fold(name)
			}
		})
	}
}
