package rules

import "strings"

// Kind is what a measure is and how it is derived.
type Kind uint8

// The kinds of measures.
const (
	Counted   Kind = iota // the number Part
	Share                 // Part / Whole, of one; none where Whole is 0
	Ratio                 // Part / Whole, with a unit of its own; none where Whole is 0
	Day                   // of the latest visit
	DaysSince             // from the latest visit to the window's last day
	Low                   // lower end of the interval of the share Part / Whole
	High                  // upper end
	Served                // codes of the hamlets that a team serves on the window's last day
	Earlier               // Part / Whole in the window that this one is compared with
	Change                // Part / Whole less Earlier

	// What Gi* of the share Part / Whole says of a cell.
	SpotScore      // in standard deviations
	SpotP          // two-sided p-value
	SpotCorrectedP // p-value after correction for the number of cells
	SpotClass      // hot, cold or not_significant
)

// Layers is a set of the layers that a measure is in.
type Layers uint16

// The layers. Those of files and of answers are also those of OGC collections.
const (
	InAreas        Layers = 1 << iota // areas and flags, which are areas
	InCells                           // H3 cells
	InTeams                           //
	InPeriods                         // days, weeks, months
	InTiles                           // the vector tiles of cells, areas and flags
	InPointer                         // what the map shows of a place under the pointer; with InTiles
	InAreaTiles                       // the vector tiles of areas and flags, before the count
	InHotSpots                        // cells whose hot spots are requested, in files
	InHotSpotTiles                    // and in vector tiles
	InChangeTiles                     // vector tiles of cells and areas that are compared with an earlier window

	// InRows are the layers of every grouping.
	InRows = InAreas | InCells | InTeams | InPeriods
)

// Units of numbers, as UCUM writes them: what is in braces is a thing that is counted.
const (
	UnitHouseholds = "{household}"
	UnitVisits     = "{visit}"
	UnitOne        = "1"
)

// Measure is one figure of a row. The list of them, Config.Measures, is what columns of files, members of JSON,
// properties of tiles, OGC schemas, the dictionary, CSVW metadata and the map's TypeScript are made from.
type Measure struct {
	Key  string // in files, JSON and tiles; stable
	Kind Kind
	Unit string // of a number, UCUM
	In   Layers

	LabelVI, LabelEN string // a heading
	VI, EN           string // what it means
	Doc              string // the OpenAPI description of the member of JSON
	Tile             string // the TileJSON description of the property

	Part, Whole Number // see Kind
	Hide        Hidden // it is suppressed with any of these; from Part and Whole

	// Of a layer of households, a yes or no for each: the bit of State, and the field's name and meaning there.
	State                                            State
	HouseholdVI, HouseholdEN                         string
	HouseholdKey, HouseholdLabelVI, HouseholdLabelEN string // empty: as in the other layers

	Skill  int    // of Config.Skills; -1: of none
	Member string // of a skill: the name within uptake in JSON
}

// measures are those that every programme has, in the order of JSON.
var measures = []Measure{
	{Key: "households", Kind: Counted, Unit: UnitHouseholds, In: InRows | InTiles, Part: numHouseholds,
		LabelVI: "Số hộ", LabelEN: "Households",
		VI: "số hộ thuộc diện vào ngày cuối kỳ", EN: "eligible households on the last day",
		Doc: "eligible households on the window's last day", Tile: "Number: eligible households on the last day",
		State: Eligible, HouseholdVI: "thuộc diện", HouseholdEN: "counts among the households",
		HouseholdKey: "eligible", HouseholdLabelVI: "Thuộc diện", HouseholdLabelEN: "Eligible"},
	{Key: "attempted", Kind: Counted, Unit: UnitHouseholds, In: InRows | InTiles, Part: numAttempted,
		LabelVI: "Đã đến", LabelEN: "Attempted",
		VI: "hộ đã được đến trong kỳ", EN: "households with a visit in the window",
		Tile:  "Number: households visited in the window, whatever the outcome",
		State: Attempted, HouseholdVI: "đã được đến trong kỳ", HouseholdEN: "visited in the window"},
	{Key: "contacted", Kind: Counted, Unit: UnitHouseholds, In: InRows | InTiles, Part: numContacted,
		LabelVI: "Đã gặp", LabelEN: "Contacted",
		VI: "hộ đã gặp được", EN: "households that opened the door",
		Tile:  "Number: households met in the window",
		State: Contacted, HouseholdVI: "đã gặp được", HouseholdEN: "opened the door"},
	{Key: "reached", Kind: Counted, Unit: UnitHouseholds, In: InRows | InTiles, Part: numReached,
		LabelVI: "Đã hoàn thành", LabelEN: "Reached",
		VI: "hộ đã hoàn thành hướng dẫn", EN: "households with a completed visit",
		Tile:  "Number: households with a completed visit in the window",
		State: Reached, HouseholdVI: "đã hoàn thành", HouseholdEN: "visit completed"},
	{Key: "revisit_due", Kind: Counted, Unit: UnitHouseholds, In: InRows | InTiles, Part: numRevisitDue,
		LabelVI: "Cần quay lại", LabelEN: "Revisit due",
		VI: "hộ cần quay lại", EN: "attempted, not reached, last found absent or partly done",
		Tile:  "Number: households to come back to",
		State: RevisitDue, HouseholdVI: "cần quay lại", HouseholdEN: "to be visited again"},
	{Key: "visits", Kind: Counted, Unit: UnitVisits, In: InRows | InTiles, Part: numVisits,
		LabelVI: "Lượt thăm", LabelEN: "Visits",
		VI: "số lượt thăm trong kỳ", EN: "visits in the window", Tile: "Number: visits in the window"},
	{Key: "last_visit", Kind: Day, In: InRows | InTiles,
		LabelVI: "Lần thăm gần nhất", LabelEN: "Last visit",
		VI: "ngày thăm gần nhất", EN: "day of the latest visit", Tile: "String: day of the latest visit, YYYY-MM-DD"},
	{Key: "days_since_visit", Kind: DaysSince, In: InTiles,
		Tile: "Number: days from the latest visit to the last day"},
	{Key: "coverage", Kind: Share, Unit: UnitOne, In: InRows | InTiles, Part: numReached, Whole: numHouseholds,
		LabelVI: "Tỷ lệ bao phủ", LabelEN: "Coverage",
		VI: "tỷ lệ bao phủ: hoàn thành / tổng số hộ", EN: "reached / households",
		Doc: "reached / households", Tile: "Number: reached / households, 0 to 1; absent: no data"},
	{Key: "attempt_rate", Kind: Share, Unit: UnitOne, In: InRows | InTiles, Part: numAttempted, Whole: numHouseholds,
		LabelVI: "Tỷ lệ đã đến", LabelEN: "Attempt rate",
		VI: "tỷ lệ đã đến: đã đến / tổng số hộ", EN: "attempted / households",
		Doc: "attempted / households", Tile: "Number: attempted / households, 0 to 1; absent: no data"},
	{Key: "success_rate", Kind: Share, Unit: UnitOne, In: InRows | InTiles, Part: numReached, Whole: numContacted,
		LabelVI: "Tỷ lệ thành công", LabelEN: "Success rate",
		VI: "tỷ lệ thành công: hoàn thành / gặp được", EN: "reached / contacted",
		Doc: "reached / contacted", Tile: "Number: reached / contacted, 0 to 1; absent: no data"},

	{Key: "declared_households", Kind: Counted, Unit: UnitHouseholds, In: InAreas | InAreaTiles, Part: NumDeclared,
		LabelVI: "Số hộ công bố", LabelEN: "Declared households",
		VI: "số hộ theo công bố", EN: "households that the authority declares",
		Tile: "Number: households that the authority declares"},
	{Key: "registry_completeness", Kind: Share, Unit: UnitOne, In: InAreas | InAreaTiles, Part: numHouseholds,
		Whole:   NumDeclared,
		LabelVI: "Độ đầy đủ của sổ", LabelEN: "Registry completeness",
		VI: "số hộ trong sổ / số hộ công bố", EN: "households / declared_households",
		Doc: "households / declared_households", Tile: "Number: households / declared_households"},

	{Key: "members", Kind: Counted, Unit: "{person}", In: InTeams, Part: NumMembers,
		LabelVI: "Số thành viên", LabelEN: "Members", VI: "số thành viên", EN: "members", Doc: "of a team"},
	{Key: "reached_by_any", Kind: Counted, Unit: UnitHouseholds, In: InTeams, Part: numReachedAny,
		LabelVI: "Hoàn thành bởi tổ bất kỳ", LabelEN: "Reached by any team",
		VI: "hộ trên địa bàn được bất kỳ tổ nào hoàn thành", EN: "households of its hamlets reached by any team",
		Doc: "of a team: households of its hamlets reached by any team"},
	{Key: "reached_elsewhere", Kind: Counted, Unit: UnitHouseholds, In: InTeams, Part: numReachedElsewhere,
		LabelVI: "Hoàn thành ngoài địa bàn", LabelEN: "Reached elsewhere",
		VI: "hộ ngoài địa bàn mà tổ đã hoàn thành", EN: "households of other hamlets that it reached",
		Doc: "of a team: households of other hamlets it reached"},
	{Key: "serves", Kind: Served, In: InTeams, LabelVI: "Địa bàn", LabelEN: "Serves",
		VI: "thôn, tổ được phân công vào ngày cuối kỳ", EN: "hamlets assigned to it on the last day",
		Doc: "of a team: codes of the hamlets assigned to it on the window's last day"},
	{Key: "visits_inside", Kind: Counted, Unit: UnitVisits, In: InTeams, Part: numVisitsInside,
		LabelVI: "Lượt trong địa bàn", LabelEN: "Visits inside",
		VI: "lượt thăm trong địa bàn", EN: "visits to households of its hamlets",
		Doc: "of a team: visits to households of its hamlets"},
	{Key: "visits_outside", Kind: Counted, Unit: UnitVisits, In: InTeams, Part: numVisitsOutside,
		LabelVI: "Lượt ngoài địa bàn", LabelEN: "Visits outside",
		VI: "lượt thăm ngoài địa bàn", EN: "visits to other households", Doc: "of a team: visits to other households"},
	{Key: "days_worked", Kind: Counted, Unit: "d", In: InTeams, Part: numDaysWorked,
		LabelVI: "Số ngày đi thăm", LabelEN: "Days worked",
		VI: "số ngày có đi thăm", EN: "days with a visit", Doc: "of a team: days with a visit"},
	{Key: "visits_per_day", Kind: Ratio, Unit: "{visit}/d", In: InTeams, Part: numVisits, Whole: numDaysWorked,
		LabelVI: "Lượt mỗi ngày", LabelEN: "Visits per day",
		VI: "số lượt thăm mỗi ngày đi", EN: "visits / days_worked", Doc: "of a team: visits / days_worked"},
	{Key: "revisits", Kind: Counted, Unit: UnitVisits, In: InTeams, Part: numRevisits,
		LabelVI: "Lượt quay lại", LabelEN: "Revisits",
		VI:  "lượt quay lại sau khi vắng nhà hoặc làm dở",
		EN:  "visits where the time before ended absent or partly done",
		Doc: "of a team: visits to households that were found absent, or done in part, the time before"},
	{Key: "revisits_completed", Kind: Counted, Unit: UnitVisits, In: InTeams, Part: numRevisitsCompleted,
		LabelVI: "Quay lại hoàn thành", LabelEN: "Revisits completed",
		VI: "lượt quay lại đã hoàn thành", EN: "revisits that it completed",
		Doc: "of a team: revisits that it completed"},
	{Key: "revisit_effectiveness", Kind: Share, Unit: UnitOne, In: InTeams, Part: numRevisitsCompleted,
		Whole:   numRevisits,
		LabelVI: "Hiệu quả quay lại", LabelEN: "Revisit effectiveness",
		VI: "hiệu quả quay lại: hoàn thành / quay lại", EN: "revisits_completed / revisits",
		Doc: "of a team: revisits_completed / revisits"},

	{Key: "newly_reached", Kind: Counted, Unit: UnitHouseholds, In: InPeriods, Part: numNewlyReached,
		LabelVI: "Hoàn thành mới", LabelEN: "Newly reached",
		VI: "hộ lần đầu hoàn thành trong kỳ", EN: "households reached in the period and not before in the window",
		Doc: "of a period: households reached in it and not before in the window"},
	{Key: "reached_so_far", Kind: Counted, Unit: UnitHouseholds, In: InPeriods, Part: numReachedSoFar,
		LabelVI: "Hoàn thành lũy kế", LabelEN: "Reached so far",
		VI:  "hộ đã hoàn thành lũy kế đến hết kỳ",
		EN:  "households reached from the window's first day to the period's last",
		Doc: "of a period: households reached from the window's first day to the period's last"},

	{Key: "gi_z", Kind: SpotScore, Unit: UnitOne, In: InHotSpots | InHotSpotTiles, Part: numReached,
		Whole:   numHouseholds,
		LabelVI: "Gi*", LabelEN: "Gi*", VI: "Gi*: mức lệch của độ bao phủ quanh ô so với trung bình",
		EN: "Getis-Ord Gi*: how far coverage around the cell is from the mean, in standard deviations",
		Tile: "Number: Getis-Ord Gi*, how far coverage around the cell is from the mean, " +
			"in standard deviations; absent: no statistic"},
	{Key: "gi_p", Kind: SpotP, Unit: UnitOne, In: InHotSpots, Part: numReached, Whole: numHouseholds,
		LabelVI: "p của Gi*", LabelEN: "p of Gi*", VI: "giá trị p hai phía", EN: "two-sided p-value of gi_z"},
	{Key: "gi_q", Kind: SpotCorrectedP, Unit: UnitOne, In: InHotSpots, Part: numReached, Whole: numHouseholds,
		LabelVI: "p hiệu chỉnh", LabelEN: "Corrected p",
		VI: "giá trị p đã hiệu chỉnh theo số ô", EN: "p-value after correction for the number of cells"},
	{Key: "hotspot", Kind: SpotClass, In: InHotSpots | InHotSpotTiles, Part: numReached, Whole: numHouseholds,
		LabelVI: "Cụm", LabelEN: "Hot spot", VI: "hot: cụm bao phủ cao; cold: cụm bao phủ thấp",
		EN: "hot: high coverage stands together; cold: low coverage does; not_significant",
		Tile: "String: hot where high coverage stands together beyond chance, " +
			"cold where low coverage does, else not_significant"},

	{Key: "earlier_coverage", Kind: Earlier, Unit: UnitOne, In: InChangeTiles, Part: numReached, Whole: numHouseholds,
		LabelVI: "Bao phủ kỳ trước", LabelEN: "Earlier coverage",
		Tile: "Number: reached / households in the earlier window; absent: no data"},
	{Key: "coverage_change", Kind: Change, Unit: UnitOne, In: InChangeTiles, Part: numReached, Whole: numHouseholds,
		LabelVI: "Thay đổi bao phủ", LabelEN: "Change of coverage",
		Tile: "Number: coverage less earlier_coverage, -1 to 1; absent: no data in one of the windows"},
}

// skillMeasures are those of each skill: in Key, labels and texts # is replaced by its key or its name. In JSON they
// are the members of uptake.
var skillMeasures = []Measure{
	{Key: "assessed_#", Member: "assessed", Kind: Counted, Unit: UnitHouseholds, In: InRows | InTiles,
		Part:    numAssessed,
		LabelVI: "Đã đánh giá: #", LabelEN: "Assessed: #", VI: "hộ đã đánh giá: #", EN: "households assessed: #",
		Tile: "Number: households in which it was looked at: #"},
	{Key: "shown_#", Member: "shown", Kind: Counted, Unit: UnitHouseholds, In: InRows | InTiles, Part: numShown,
		LabelVI: "Làm được: #", LabelEN: "Shown: #", VI: "hộ làm được: #", EN: "households that showed the skill: #",
		Tile: "Number: those of them that showed it: #"},
	{Key: "uptake_#", Member: "rate", Kind: Share, Unit: UnitOne, In: InRows | InTiles, Part: numShown,
		Whole:   numAssessed,
		LabelVI: "Tỷ lệ làm được: #", LabelEN: "Uptake: #", VI: "tỷ lệ làm được: #", EN: "shown / assessed: #",
		Tile: "Number: shown / assessed, 0 to 1; absent: no data"},
	{Key: "uptake_#_low", Member: "low", Kind: Low, Unit: UnitOne, In: InRows, Part: numShown, Whole: numAssessed,
		LabelVI: "Cận dưới: #", LabelEN: "Low end: #",
		VI: "cận dưới khoảng tin cậy 95 %", EN: "lower end of the 95 % interval"},
	{Key: "uptake_#_high", Member: "high", Kind: High, Unit: UnitOne, In: InRows, Part: numShown, Whole: numAssessed,
		LabelVI: "Cận trên: #", LabelEN: "High end: #",
		VI: "cận trên khoảng tin cậy 95 %", EN: "upper end of the 95 % interval"},
}

// Measures lists all measures of the programme, those of its skills last, skill by skill. It makes the list, so
// callers call it once for many rows.
func (c *Config) Measures() []Measure {
	list := make([]Measure, 0, len(measures)+len(skillMeasures)*len(c.Skills))
	for _, m := range measures {
		m.Skill = -1
		list = append(list, m)
	}
	for i, skill := range c.Skills {
		for _, m := range skillMeasures {
			m.Skill = i
			m.Part += Number(i)
			if m.Kind != Counted {
				m.Whole += Number(i)
			}
			m.Key = strings.Replace(m.Key, "#", skill.Key, 1)
			for _, text := range []*string{&m.LabelEN, &m.EN, &m.Tile} {
				*text = strings.Replace(*text, "#", skill.EN, 1)
			}
			for _, text := range []*string{&m.LabelVI, &m.VI} {
				*text = strings.Replace(*text, "#", skill.VI, 1)
			}
			list = append(list, m)
		}
	}
	for i := range list {
		m := &list[i]
		switch m.Kind {
		case Counted:
			m.Hide = hides[m.Part]
		case Day, DaysSince:
			m.Hide = HiddenVisits
		case Share, Ratio, Earlier, Change:
			m.Hide = hides[m.Part] | hides[m.Whole]
		case Low, High: // the interval needs the number of households
			m.Hide = hides[m.Part] | hides[m.Whole] | HiddenHouseholds
		}
	}
	return list
}

// Suppressed lists the counts in hidden by the names of JSON: key, and of a skill uptake.skill.assessed or shown.
func (c *Config) Suppressed(hidden Hidden) []string {
	if hidden == 0 {
		return nil
	}
	var names []string
	for i := range measures {
		if measures[i].Kind == Counted && hidden&hides[measures[i].Part] != 0 {
			names = append(names, measures[i].Key)
		}
		if measures[i].Kind == Day && hidden&HiddenVisits != 0 {
			names = append(names, measures[i].Key)
		}
	}
	for i, skill := range c.Skills {
		if hidden&(HiddenAssessed<<i) != 0 {
			names = append(names, "uptake."+skill.Key+".assessed")
		}
		if hidden&(HiddenShown<<i) != 0 {
			names = append(names, "uptake."+skill.Key+".shown")
		}
	}
	return names
}

// Count returns the count, and false where it is hidden or not known.
func (m *Measure) Count(numbers *Numbers, hidden Hidden) (n uint32, ok bool) {
	n = numbers[m.Part]
	return n, hidden&m.Hide == 0 && n != UnknownNumber
}

// Rate returns the share or ratio, and false where a count of it is hidden or not known, or the whole is 0.
func (m *Measure) Rate(numbers *Numbers, hidden Hidden) (rate float64, ok bool) {
	part, whole := numbers[m.Part], numbers[m.Whole]
	if hidden&m.Hide != 0 || whole == 0 || whole == UnknownNumber {
		return 0, false
	}
	return float64(part) / float64(whole), true
}

// OwnOf reports whether the measure is in the layer but not in all of them: one of areas, for example, or of teams.
func (m *Measure) OwnOf(layer Layers) bool { return m.In&layer != 0 && m.In&InRows != InRows }
