package sample

import (
	"bytes"
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/data"
)

var files = []string{"areas.geojson", "hamlets.csv", "households.csv", "teams.csv", "visits.csv"}

func day(t *testing.T, s string) data.Date {
	t.Helper()
	d, err := data.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// write makes a sample in a new directory.
func write(t *testing.T, opt Options) (string, Report) {
	t.Helper()
	dir := t.TempDir()
	report, err := Write(context.Background(), dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	return dir, report
}

// rows reads a file into one map of fields a row.
func rows(t *testing.T, dir, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	out := make([]map[string]string, 0, len(all))
	for _, record := range all[1:] {
		row := map[string]string{}
		for i, field := range record {
			row[all[0][i]] = field
		}
		out = append(out, row)
	}
	return out
}

func TestSameSeedSameBytes(t *testing.T) {
	opt := Options{Seed: 5, Households: 6000, Today: day(t, "2026-06-30")}
	one, _ := write(t, opt)
	processors := runtime.GOMAXPROCS(1) // nor may it matter how many communes are made at once
	two, _ := write(t, opt)
	runtime.GOMAXPROCS(processors)
	opt.Seed = 6
	other, _ := write(t, opt)
	for _, name := range files {
		a, err := os.ReadFile(filepath.Join(one, name))
		if err != nil {
			t.Fatal(err)
		}
		b, _ := os.ReadFile(filepath.Join(two, name))
		c, _ := os.ReadFile(filepath.Join(other, name))
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs between two runs with the same seed", name)
		}
		if bytes.Equal(a, c) {
			t.Errorf("%s is the same with another seed", name)
		}
	}
	left, _ := os.ReadDir(one)
	if len(left) != len(files) {
		t.Errorf("%d files in the directory, want %d", len(left), len(files))
	}
}

// square is a commune of the given side in degrees.
func square(code, kind string, lon, lat, side float64) data.Area {
	return data.Area{
		Code: code, Name: "Ô " + code, Kind: kind, Level: data.Commune, Parent: "98",
		DeclaredHouseholds: data.Unknown, Population: data.Unknown,
		Geometry: orb.MultiPolygon{{{{lon, lat}, {lon + side, lat}, {lon + side, lat + side}, {lon, lat + side},
			{lon, lat}}}},
	}
}

func TestHouseholdsByCommune(t *testing.T) {
	with := func(a data.Area, population int) data.Area {
		a.Population = population
		return a
	}
	abolished := square("98004", "Xã", 108, 15, 0.05)
	abolished.ValidTo = day(t, "2025-06-30")
	lent := data.Area{Code: "98001", Level: data.Commune, Population: 7000, DeclaredHouseholds: data.Unknown}
	tests := []struct {
		name  string
		areas []data.Area
		total int
		want  map[string]int
	}{
		{"by population", []data.Area{with(square("98001", "Xã", 108, 15, 0.1), 3500),
			with(square("98002", "Phường", 108.1, 15, 0.03), 7000)}, 0,
			map[string]int{"98001": 1000, "98002": 2000}},
		{"scaled", []data.Area{with(square("98001", "Xã", 108, 15, 0.1), 3500),
			with(square("98002", "Phường", 108.1, 15, 0.03), 7000)}, 301,
			map[string]int{"98001": 100, "98002": 201}},
		{"population on a row of its own", []data.Area{square("98001", "Xã", 108, 15, 0.1), lent}, 0,
			map[string]int{"98001": 2000}},
		{"an empty special zone", []data.Area{with(square("98001", "Xã", 108, 15, 0.1), 700),
			square("98003", "Đặc khu", 108.5, 15, 0.1)}, 0,
			map[string]int{"98001": 200}},
		{"a special zone across the sea",
			[]data.Area{with(square("98001", "Xã", 108, 15, 0.1), 700),
				with(square("98003", "Đặc khu", 112, 16, 0.1), 9000)}, 0,
			map[string]int{"98001": 200}},
		{"an abolished commune", []data.Area{with(square("98001", "Xã", 108, 15, 0.1), 700), abolished}, 0,
			map[string]int{"98001": 200}},
		{"dense beyond any street", []data.Area{square("98002", "Phường", 108, 15, 0.002)}, 4000,
			map[string]int{"98002": 4000}},
		{"one household", []data.Area{square("98001", "Xã", 108, 15, 0.3)}, 1, map[string]int{"98001": 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, report := write(t, Options{Areas: tt.areas, Households: tt.total, Seed: 3,
				Today: day(t, "2026-11-21")})
			got := map[string]int{}
			for _, h := range rows(t, dir, "households.csv") {
				code, _, _ := strings.Cut(h["household_id"], "-")
				got[code]++
			}
			for code, n := range tt.want {
				if got[code] != n {
					t.Errorf("%s: %d households, want %d", code, got[code], n)
				}
			}
			if len(got) != len(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			text, _ := os.ReadFile(filepath.Join(dir, "areas.geojson"))
			if !bytes.Contains(text, []byte("Tỉnh 98")) {
				t.Error("areas.geojson lacks the province that the communes name")
			}
			if report.Households == 0 {
				t.Error("the report counts no households")
			}
		})
	}
}

// A large mountain commune must not outweigh a small ward when only areas are known.
func TestPeopleByArea(t *testing.T) {
	ward, plain, mountain := peopleByArea("Phường", 10), peopleByArea("Xã", 60), peopleByArea("Xã", 450)
	if !(ward > plain && plain > 2*mountain && mountain > 0) {
		t.Errorf("ward %.0f, plain %.0f, mountains %.0f: want them to fall", ward, plain, mountain)
	}
	if n := peopleByArea("Đặc khu", 350); n != 0 {
		t.Errorf("an unknown special zone has %.0f people, want none", n)
	}
}

func TestWriteRefuses(t *testing.T) {
	today := day(t, "2026-11-21")
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	hamletOnly := []data.Area{{Code: "98001001", Level: data.Hamlet, Population: data.Unknown}}
	twice := []data.Area{square("98001", "Xã", 108, 15, 0.1), square("98001", "Xã", 109, 15, 0.1)}
	sliver := square("98001", "Xã", 108, 15, 0.1)
	sliver.Geometry = orb.MultiPolygon{{{{108, 15}, {108.1, 15}, {108.1, 15.000000001}, {108, 15}}}}
	tests := []struct {
		name string
		ctx  context.Context
		opt  Options
		want string
	}{
		{"no day", context.Background(), Options{}, "day"},
		{"fewer than no households", context.Background(), Options{Today: today, Households: -1}, "-1 households"},
		{"nothing to fill", context.Background(), Options{Today: today, Areas: hamletOnly}, "no commune"},
		{"a commune twice", context.Background(), Options{Today: today, Areas: twice}, "98001 stands twice"},
		{"no room", context.Background(), Options{Today: today, Areas: []data.Area{sliver}, Households: 100}, "98001"},
		{"cancelled", cancelled, Options{Today: today}, "canceled"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := Write(tt.ctx, dir, tt.opt)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("%d files are left behind", len(left))
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	today, err := data.ParseDate("2026-11-21")
	if err != nil {
		b.Fatal(err)
	}
	visits := 0
	for b.Loop() {
		report, err := Write(context.Background(), b.TempDir(), Options{Seed: 1, Households: 60000, Today: today})
		if err != nil {
			b.Fatal(err)
		}
		visits += report.Visits
	}
	b.ReportMetric(float64(visits)/b.Elapsed().Seconds(), "visits/s")
}
