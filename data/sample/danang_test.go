package sample

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/data"
)

// daNang reads the real communes of Đà Nẵng, with their population, where they are to be had.
func daNang(t *testing.T) []data.Area {
	t.Helper()
	root := os.Getenv("TUNGNHA_TEST_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	text, err := os.ReadFile(filepath.Join(root, "danang", "communes.geojson"))
	if err != nil {
		t.Skip("no real boundaries here: set TUNGNHA_TEST_DATA: ", err)
	}
	var collection struct {
		Features []struct {
			Properties struct{ Code, Name, Kind, Parent string }
			Geometry   struct{ Coordinates orb.MultiPolygon }
		}
	}
	if err := json.Unmarshal(text, &collection); err != nil {
		t.Fatal(err)
	}
	var areas []data.Area
	for _, f := range collection.Features {
		areas = append(areas, data.Area{
			Code: f.Properties.Code, Name: f.Properties.Name, Kind: f.Properties.Kind, Parent: f.Properties.Parent,
			Level: data.Commune, DeclaredHouseholds: data.Unknown, Population: data.Unknown,
			Geometry: f.Geometry.Coordinates,
		})
	}
	table, err := os.Open(filepath.Join(root, "danang", "communes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	rows, err := csv.NewReader(table).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		people, err := strconv.Atoi(row[5])
		if err != nil {
			people = data.Unknown
		}
		areas = append(areas, data.Area{Code: row[0], Level: data.Commune, Population: people,
			DeclaredHouseholds: data.Unknown})
	}
	return areas
}

func TestDaNangProgramme(t *testing.T) {
	areas := daNang(t)
	readProgramme(t, Options{Areas: areas, Households: 40000, Seed: 1, Today: day(t, "2026-11-21")}).check(t)
}

// The archipelago 400 km offshore has no households, whatever a table has for it; the
// largest communes are in the mountains and are not the most populous, even where no
// population is known.
func TestDaNangCounts(t *testing.T) {
	all := daNang(t)
	var bare []data.Area
	for _, a := range all {
		if a.Geometry != nil {
			bare = append(bare, a)
		}
	}
	for name, areas := range map[string][]data.Area{"with population": all, "by area": bare} {
		t.Run(name, func(t *testing.T) {
			p, err := newPlan(t.Context(),
				&Options{Areas: areas, Households: 900000, Seed: 1, Today: day(t, "2026-11-21")})
			if err != nil {
				t.Fatal(err)
			}
			sum := 0
			var largest, fullest *commune
			for _, c := range p.communes {
				sum += c.households
				if c.area.Kind == "Đặc khu" && c.households != 0 {
					t.Errorf("%s has %d households, want none", c.area.Name, c.households)
				}
				if largest == nil || c.km2() > largest.km2() {
					largest = c
				}
				if fullest == nil || c.households > fullest.households {
					fullest = c
				}
			}
			if sum != 900000 {
				t.Errorf("%d households in all, want 900000", sum)
			}
			if fullest.area.Kind != "Phường" || 3*largest.households > fullest.households {
				t.Errorf("most households: %s (%s), %d; largest: %s, %d", fullest.area.Name, fullest.area.Kind,
					fullest.households, largest.area.Name, largest.households)
			}
		})
	}
}
