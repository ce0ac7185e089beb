package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/export"
	"tungnha/data"
)

// boundariesVersion is one tree of areas and the days on which it is valid.
type boundariesVersion struct {
	From  *string        `json:"from" format:"date" doc:"first day; null: always did"`
	To    *string        `json:"to" format:"date" doc:"last day; null: still does"`
	Areas map[string]int `json:"areas" doc:"how many there are of each level"`
}

// boundariesFound is all versions of the boundaries.
type boundariesFound struct {
	Version  string              `json:"version" doc:"of the data"`
	Versions []boundariesVersion `json:"versions" doc:"the oldest first; a day of one, given as boundaries, answers any query on it"`
}

type boundariesOutput struct{ Body boundariesFound }

type compareInput struct {
	A     day    `query:"a" required:"true" doc:"a day on which the one version holds"`
	B     day    `query:"b" required:"true" doc:"a day on which the other version holds"`
	Level string `query:"level" enum:"province,district,commune,hamlet" default:"commune" doc:"the level of the areas"`
	To    day    `query:"to" doc:"the households that count on this day; without it: today"`
}

// compared is the areas of a level in two versions of the boundaries, side by side.
type compared struct {
	Version    string            `json:"version" doc:"of the data"`
	Definition string            `json:"definition" doc:"version of the indicators' definitions"`
	Level      string            `json:"level"`
	To         string            `json:"to" format:"date" doc:"the households are those that count on this day"`
	A          boundariesVersion `json:"a"`
	B          boundariesVersion `json:"b"`
	Households *uint32           `json:"households" doc:"in all"`
	Old        []areaChange      `json:"old" doc:"what became of each area of a"`
	New        []areaChange      `json:"new" doc:"how each area of b came about"`
}

// areaChange is what became of one area.
type areaChange struct {
	Code       string       `json:"code" doc:"empty: what belongs to no area"`
	Name       string       `json:"name"`
	Kind       string       `json:"kind,omitempty"`
	Fate       string       `json:"fate,omitempty" enum:"same,redigitised,renamed,redrawn,merged,split,abolished,new"`
	Households *uint32      `json:"households"`
	Kept       *uint32      `json:"kept" doc:"households of the largest part"`
	KeptShare  *float64     `json:"kept_share" doc:"kept / households"`
	Parts      []changePart `json:"parts" doc:"what it has in common with areas of the other version, the largest first"`
}

// changePart is what two areas have in common.
type changePart struct {
	Code       string   `json:"code" doc:"empty: in no area"`
	Name       string   `json:"name"`
	Households *uint32  `json:"households"`
	Surface    *float64 `json:"surface" doc:"share of the area's surface; null: one of the two has no outline"`
	Sliver     bool     `json:"sliver,omitempty" doc:"less than 1 % of both: a difference of digitising"`
}

type compareOutput struct{ Body compared }

func (s *Server) routeBoundaries() {
	register(s, huma.Operation{
		OperationID: "list-boundaries", Method: http.MethodGet, Path: "/api/v1/boundaries",
		Summary: "Versions of the boundaries, and the days on which each holds", Tags: []string{"areas"},
	}, s.getBoundaries)
	register(s, huma.Operation{
		OperationID: "compare-boundaries", Method: http.MethodGet, Path: "/api/v1/boundaries/compare",
		Summary: "Two versions side by side: what became of each area, and of its households",
		Description: "Each household is in one area, or in none, of each version, so both lists add up to all of " +
			"them. Not for the public: households of one version could be subtracted from those of the other.",
		Tags: []string{"areas"},
	}, s.compareBoundaries)
}

func (s *Server) getBoundaries(ctx context.Context, _ *struct{}) (*boundariesOutput, error) {
	a, err := request.From(ctx)
	if err != nil {
		return nil, err
	}
	out := &boundariesOutput{}
	out.Body.Version = a.View.Version()
	out.Body.Versions = []boundariesVersion{}
	versions, err := a.View.Versions(ctx)
	if err != nil {
		return nil, err
	}
	for i := range versions {
		out.Body.Versions = append(out.Body.Versions, describeVersion(&versions[i]))
	}
	return out, nil
}

func describeVersion(b *boundary.Version) boundariesVersion {
	v := boundariesVersion{From: b.From.OrNull(), To: b.To.OrNull(), Areas: map[string]int{}}
	for level, n := range b.Areas {
		v.Areas[string(level)] = n
	}
	return v
}

func versionOf(t *boundary.Tree) *boundary.Version {
	return &boundary.Version{From: t.From, To: t.To, Areas: t.Counts()}
}

func (s *Server) compareBoundaries(ctx context.Context, in *compareInput) (*compareOutput, error) {
	a, err := request.From(ctx)
	if err != nil {
		return nil, err
	}
	c, err := a.View.Compare(ctx, in.A.Date, in.B.Date, data.Level(in.Level), in.To.Date)
	if err != nil {
		return nil, err
	}
	return &compareOutput{compared{
		Version: c.Version, Definition: export.Definition, Level: string(c.Level), To: c.On.String(),
		A: describeVersion(versionOf(c.A)), B: describeVersion(versionOf(c.B)),
		Households: &c.Households,
		Old:        describeChanges(c, c.A, c.B, c.Old),
		New:        describeChanges(c, c.B, c.A, c.New),
	}}, nil
}

func describeChanges(c *coverage.Comparison, near, far *boundary.Tree, changes []boundary.Change) []areaChange {
	out := make([]areaChange, len(changes))
	for i := range changes {
		ch := &changes[i]
		o, kept := &out[i], ch.Kept()
		o.Fate, o.Households, o.Kept = string(ch.Type), &ch.Households, &kept
		if ch.Households > 0 {
			share := float64(kept) / float64(ch.Households)
			o.KeptShare = &share
		}
		if ch.Area != boundary.NoArea {
			unit := &near.Areas[ch.Area]
			o.Code, o.Name, o.Kind = unit.Code, unit.Name, unit.Kind
		}
		o.Parts = make([]changePart, len(ch.Parts))
		for k, p := range ch.Parts {
			part := &o.Parts[k]
			part.Households, part.Sliver = &p.Households, p.Sliver
			if p.Share != boundary.Unmeasured {
				part.Surface = &p.Share
			}
			if p.Area != boundary.NoArea {
				part.Code, part.Name = far.Areas[p.Area].Code, far.Areas[p.Area].Name
			}
		}
	}
	return out
}
