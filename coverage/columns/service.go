package columns

import (
	"slices"
	"strings"

	"tungnha/coverage/boundary"
	"tungnha/data"
)

// service is the hamlets of one tree that a team serves from a day until its next service.
type service struct {
	from    data.Date
	hamlets []int32
}

// servicesOf returns, of each team, what it served when, the oldest first: codes that are no
// hamlet of the tree are left out.
func servicesOf(b *boundary.Tree, teams []data.Team) [][]service {
	services := make([][]service, len(teams))
	for t := range teams {
		for _, a := range teams[t].Assignments() {
			s := service{from: a.From}
			for _, code := range a.HamletCodes {
				i := b.Find(strings.TrimSpace(code))
				if b.IsHamlet(i) && !slices.Contains(s.hamlets, i) {
					s.hamlets = append(s.hamlets, i)
				}
			}
			services[t] = append(services[t], s)
		}
	}
	return services
}

// ServedOn returns the hamlets that are assigned to the team on the day.
func (l *AreaOf) ServedOn(team int32, day data.Date) []int32 {
	services := l.services[team]
	for i := len(services) - 1; i >= 0; i-- {
		if services[i].from <= day {
			return services[i].hamlets
		}
	}
	return nil
}
