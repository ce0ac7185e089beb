package rowset

import "testing"

func TestSet(t *testing.T) {
	var s Set
	for _, fid := range []int64{1, 63, 64, 8191, 8192, 1 << 40, 0, -5} {
		if s.Add(fid) {
			t.Errorf("%d was there before it was added", fid)
		}
		if !s.Add(fid) {
			t.Errorf("%d is not there", fid)
		}
	}
	if len(s) != 4 {
		t.Errorf("%d pages, want 4", len(s))
	}
}
