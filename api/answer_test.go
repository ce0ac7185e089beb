package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"testing"

	"tungnha/coverage"
	"tungnha/coverage/export"
)

// TestWriteAnswer compares what is streamed with the answer made whole.
func TestWriteAnswer(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	ix := s.data.Load().Index()
	for _, c := range []struct {
		viewer coverage.Viewer
		query  coverage.Query
	}{
		{coverage.Viewer{}, coverage.Query{By: coverage.ByArea, Level: "hamlet"}},
		{coverage.Viewer{}, coverage.Query{By: coverage.ByMonth}},
		{coverage.Viewer{}, coverage.Query{By: coverage.ByCell, Resolution: 9}},
		{coverage.Operator, coverage.Query{By: coverage.ByTeam}},
		{coverage.Operator, coverage.Query{By: coverage.ByMonth}},
		{coverage.Operator, coverage.Query{By: coverage.ByCell, Resolution: 11}},
		{coverage.Operator, coverage.Query{By: coverage.ByArea, Level: "district"}}, // no rows
	} {
		q := c.query
		result, err := ix.For(c.viewer).Query(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := writeAnswer(context.Background(), &out, result); err != nil {
			t.Fatal(err)
		}
		whole, err := json.Marshal(export.NewAnswer(result))
		if err != nil {
			t.Fatal(err)
		}
		var got, want any
		if err := errors.Join(json.Unmarshal(out.Bytes(), &got), json.Unmarshal(whole, &want)); err != nil {
			t.Fatalf("%v: %v in %s", q, err, out.Bytes())
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%v:\ngot  %s\nwant %s", q, out.Bytes(), whole)
		}
	}
}

type brokenWriter struct{ after int }

func (b *brokenWriter) Write(p []byte) (int, error) {
	if b.after -= len(p); b.after < 0 {
		return 0, errors.New("the line is cut")
	}
	return len(p), nil
}

func TestWriteAnswerFails(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	result, err := s.data.Load().Index().For(coverage.Operator).Query(context.Background(),
		coverage.Query{By: coverage.ByCell, Resolution: 11})
	if err != nil {
		t.Fatal(err)
	}
	if err := writeAnswer(context.Background(), &brokenWriter{100}, result); err == nil {
		t.Error("a broken writer is no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := writeAnswer(ctx, io.Discard, result); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}

func BenchmarkWriteAnswer(b *testing.B) {
	s := newTestServer(b, showHouseholds)
	result, err := s.data.Load().Index().For(coverage.Operator).Query(context.Background(),
		coverage.Query{By: coverage.ByCell, Resolution: 11})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := writeAnswer(context.Background(), io.Discard, result); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(result.Rows)), "µs/row")
}
