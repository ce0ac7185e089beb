package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/internal/problem"
)

type coverageCmd struct {
	storeFlags
	By string `help:"What a row is: area, cell, team, day, week or month." enum:"area,cell,team,day,week,month" default:"area" env:"TUNGNHA_BY"`
	queryFlags
	Format string `help:"table, csv, json or geojson." enum:"table,csv,json,geojson" default:"table" env:"TUNGNHA_FORMAT"`
}

// Run prints the rows.
func (c *coverageCmd) Run(ctx context.Context, p *program) error {
	by := coverage.By(c.By)
	if c.Format == "geojson" && by != coverage.ByArea && by != coverage.ByCell {
		return p.usagef("--format geojson: a %s has no place on a map", problem.Word(c.By, p.lang))
	}
	ix, err := c.index(ctx, p)
	if err != nil {
		return err
	}
	view := ix.For(c.viewer())
	result, err := view.Query(ctx, c.query(view, by))
	if err != nil {
		return p.queryFault(err)
	}
	switch c.Format {
	case "json":
		e := json.NewEncoder(p.stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(export.NewAnswer(result))
	case "csv":
		return export.ResultTable(view, result).Write(ctx, p.stdout, export.CSV)
	case "geojson":
		return export.ResultTable(view, result).Write(ctx, p.stdout, export.GeoJSON)
	}
	if err := p.printTable(export.NewAnswer(result)); err != nil || by != coverage.ByTeam {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, p.say("Rows of teams do not add up: a hamlet with two teams counts under both."))
	return err
}

// printTable prints an answer for people: aligned columns, the total last.
func (p *program) printTable(a export.Answer) error {
	from := p.say("ever")
	if a.From != nil {
		from = *a.From
	}
	rows := [][]string{{p.say("KEY"), p.say("NAME"), p.say("HOUSEHOLDS"), p.say("ATTEMPTED"), p.say("REACHED"),
		p.say("COVERAGE"), p.say("ATTEMPT"), p.say("SUCCESS"), p.say("REVISIT"), p.say("VISITS"), p.say("LAST VISIT"),
		p.say("FLAGS")}}
	for i := range a.Rows {
		rows = append(rows, p.tableRow(&a.Rows[i]))
	}
	total := p.tableRow(&a.Total)
	total[0], total[1] = p.say("TOTAL"), a.Total.Name
	rows = append(rows, total)

	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], columnsOf(cell))
		}
	}
	out := bufio.NewWriter(p.stdout)
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			padding := strings.Repeat(" ", widths[i]-columnsOf(cell))
			if i >= 2 && i <= 9 { // numbers end together
				cell, padding = padding, cell
			}
			line.WriteString(cell + padding + "  ")
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	fmt.Fprintf(out, p.say("%d rows, %s to %s, boundaries of %s, data %s\n"), len(a.Rows), from, a.To, a.Boundaries,
		a.Version)
	return out.Flush()
}

// tableRow is a record as people read it: "-" is no data, "*" is kept back.
func (p *program) tableRow(r *export.Record) []string {
	last := "-"
	if day := r.LastVisit(); day != nil {
		last = *day
	}
	key, name := r.Key, r.Name
	switch {
	case key == "":
		key, name = "-", p.say("(no area)")
	case name == key: // a cell or a period
		name = ""
	}
	return []string{key, name,
		countText(r.Count("households")), countText(r.Count("attempted")), countText(r.Count("reached")),
		shareText(r.Rate("coverage")), shareText(r.Rate("attempt_rate")), shareText(r.Rate("success_rate")),
		countText(r.Count("revisit_due")), countText(r.Count("visits")), last, strings.Join(shortFlags(r.Flags()), " ")}
}

// shortFlags leaves out what is true of every small place and would drown the rest.
func shortFlags(flags []string) []string {
	var short []string
	for _, f := range flags {
		if !strings.HasPrefix(f, "too_few_data:") {
			short = append(short, f)
		}
	}
	return short
}

func countText(n *uint32) string {
	if n == nil {
		return "*"
	}
	return strconv.FormatUint(uint64(*n), 10)
}

func shareText(share *float64) string {
	if share == nil {
		return "-"
	}
	return strconv.FormatFloat(*share*100, 'f', 1, 64) + " %"
}

// columnsOf is how many columns of a terminal a text takes: Vietnamese marks that are
// written as runes of their own take none.
func columnsOf(text string) int {
	n := 0
	for _, r := range text {
		if !unicode.Is(unicode.Mn, r) {
			n++
		}
	}
	return n
}
