package data

import "testing"

func TestLevelOf(t *testing.T) {
	tests := []struct {
		kind, parent string
		want         Level
	}{
		{"Tỉnh", "", Province}, {"Thành phố", "", Province}, {"Thành phố", "48", District},
		{"Quận", "48", District}, {"Huyện", "48", District}, {"Thị xã", "48", District},
		{"Phường", "48", Commune}, {"xã", "48", Commune}, {"ĐẶC KHU", "48", Commune}, {"Thị trấn", "", Commune},
		{"Thôn", "", Hamlet}, {"Tổ dân phố", "", Hamlet}, {"To dan pho", "", Hamlet}, {"Khu phố", "", Hamlet},
		{"Khóm", "", Hamlet}, {"Ấp", "", Hamlet}, {"Bản", "", Hamlet}, {"Buôn", "", Hamlet},
		{"Ward", "", ""}, {"", "", ""},
	}
	for _, tt := range tests {
		if got := LevelOf(tt.kind, tt.parent); got != tt.want {
			t.Errorf("LevelOf(%q, %q) = %q, want %q", tt.kind, tt.parent, got, tt.want)
		}
	}
}
