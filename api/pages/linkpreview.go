package pages

import (
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"

	"tungnha/api/svgmap"
	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// linkPreview is what messengers show of a link to a commune's page, in the reader's language: the
// tags of the Open Graph protocol, and a picture.
type linkPreview struct {
	english   bool
	programme string // empty: it is the brand
	sample    bool
	code      string
	title     string // Phường Hòa Khánh
	period    string // 01/01/2026 – 31/03/2026
	share     float64
	total     *coverage.Row
	states    map[string]svgmap.State
	counts    [svgmap.Going]int
}

// brand is the name of the house; a programme that is called so has no name of its own.
const brand = "Từng Nhà"

// newLinkPreview reads the result of a query for the hamlets of the commune.
func newLinkPreview(programme string, sample bool, unit *data.Area, result *coverage.Result, from, to data.Date,
	english bool) *linkPreview {
	t := &linkPreview{english: english, sample: sample, code: unit.Code, title: placeName(unit, english),
		total: &result.Total, share: -1, states: map[string]svgmap.State{}}
	if programme != brand {
		t.programme = programme
	}
	t.period = t.say("đến ", "until ") + t.day(to)
	if from != data.NoDate {
		t.period = t.day(from) + " – " + t.day(to)
	}
	if t.total.Hidden&(rules.HiddenHouseholds|rules.HiddenReached) == 0 && t.total.Households > 0 {
		t.share = float64(t.total.Reached) / float64(t.total.Households)
	}
	for i := range result.Rows {
		row := &result.Rows[i]
		if row.Area == boundary.NoArea {
			continue // not a hamlet that a team can visit
		}
		state := stateOf(row.Flags)
		t.states[result.Boundaries.Areas[row.Area].Code] = state
		if state != svgmap.Going {
			t.counts[state]++
		}
		if state != svgmap.NoTeam && row.Flags&rules.FlagNoTeam != 0 {
			t.counts[svgmap.NoTeam]++ // not visited for lack of a team: counted under both
		}
	}
	return t
}

// stateOf is what a hamlet with the flags is foremost.
func stateOf(flags rules.Flags) svgmap.State {
	for state, flag := range [...]rules.Flags{svgmap.Unvisited: rules.FlagUnvisited,
		svgmap.BarelyVisited: rules.FlagBarelyVisited, svgmap.NoTeam: rules.FlagNoTeam, svgmap.Stale: rules.FlagStale} {
		if flags&flag != 0 {
			return svgmap.State(state)
		}
	}
	return svgmap.Going
}

func (t *linkPreview) say(vietnamese, english string) string {
	if t.english {
		return english
	}
	return vietnamese
}

// states in words, and how many hamlets are in each, the most urgent first.
func (t *linkPreview) tally() []svgmap.Count {
	names := [svgmap.Going]string{
		svgmap.Unvisited:     t.say("chưa ai đến", "not visited"),
		svgmap.BarelyVisited: t.say("mới đến rất ít", "barely visited"),
		svgmap.NoTeam:        t.say("chưa có tổ", "without a team"),
		svgmap.Stale:         t.say("lâu chưa trở lại", "not visited for long"),
	}
	var tally []svgmap.Count
	for state, n := range t.counts {
		if n > 0 {
			unit := "thôn, tổ"
			if t.english {
				if unit = "hamlets"; n == 1 {
					unit = "hamlet"
				}
			}
			tally = append(tally, svgmap.Count{State: svgmap.State(state), Words: t.number(n) + " " + unit + " " +
				names[state]})
		}
	}
	return tally
}

// figure is the share of households that were reached, and of is what it is a share of.
func (t *linkPreview) figure() string {
	if t.share < 0 {
		return ""
	}
	return t.percent(t.share)
}

func (t *linkPreview) of() []string {
	switch {
	case t.total.Hidden&(rules.HiddenHouseholds|rules.HiddenReached) != 0:
		return []string{t.say("số nhỏ, không hiển thị", "small number, not shown")}
	case t.total.Households == 0:
		return []string{t.say("chưa có hộ nào", "no households yet")}
	}
	reached, households := t.number(int(t.total.Reached)), t.number(int(t.total.Households))
	if t.english {
		return []string{reached + " of " + households, "households taught"}
	}
	return []string{reached + " trên " + households + " hộ", "đã được hướng dẫn xong"}
}

// description is one sentence a fact.
func (t *linkPreview) description() string {
	first := strings.Join(t.of(), " ")
	if figure := t.figure(); figure != "" {
		first = figure + ": " + first
	}
	sentences := []string{first + " (" + t.period + ")."}
	for _, count := range t.tally() {
		sentences = append(sentences, count.Words+".")
	}
	if t.sample {
		sentences = append([]string{t.say("Dữ liệu mẫu.", "Sample data.")}, sentences...)
	}
	return strings.Join(sentences, " ")
}

// head is the title of the page, and the tags of the Open Graph protocol that messengers
// read. The version in the picture's address has them fetch it again when the data change.
func (t *linkPreview) head(base, uri, version string) string {
	picture := url.Values{"v": {version}}
	if address, err := url.Parse(uri); err == nil {
		for _, name := range []string{"period", "lang"} {
			if value := address.Query().Get(name); value != "" {
				picture.Set(name, value)
			}
		}
	}
	title := t.title + " · " + brand
	var b strings.Builder
	fmt.Fprintf(&b, "<title>%s</title>", html.EscapeString(title))
	fmt.Fprintf(&b, "\n    <meta name=\"description\" content=\"%s\" />", html.EscapeString(t.description()))
	for _, tag := range [][2]string{
		{"og:type", "website"}, {"og:site_name", strings.TrimSuffix(brand+" · "+t.programme, " · ")},
		{"og:title", title}, {"og:description", t.description()}, {"og:url", base + uri},
		{"og:locale", t.say("vi_VN", "en_GB")},
		{"og:image", base + "/communes/" + url.PathEscape(t.code) + "/preview.png?" + picture.Encode()},
		{"og:image:type", "image/png"}, {"og:image:width", strconv.Itoa(svgmap.CardWidth)},
		{"og:image:height", strconv.Itoa(svgmap.CardHeight)},
		{"og:image:alt", title + ": " + t.description()},
	} {
		fmt.Fprintf(&b, "\n    <meta property=\"%s\" content=\"%s\" />", tag[0], html.EscapeString(tag[1]))
	}
	b.WriteString("\n    <meta name=\"twitter:card\" content=\"summary_large_image\" />")
	return b.String()
}

func (t *linkPreview) card() *svgmap.Card {
	name := brand
	if t.sample {
		name += t.say(" · Dữ liệu mẫu", " · Sample data")
	}
	figure := t.figure()
	if figure == "" {
		figure = "–"
	}
	return &svgmap.Card{Brand: name, Title: t.title, Subtitle: strings.TrimPrefix(t.programme+" · "+t.period, " · "),
		Figure: figure, Words: t.of(), Share: t.share, Tally: t.tally(), States: t.states}
}
