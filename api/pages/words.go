package pages

import (
	"strconv"
	"strings"

	"tungnha/data"
)

// number groups thousands: 48.102, in English 48,102.
func (t *linkPreview) number(n int) string {
	digits := strconv.Itoa(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(t.say(".", ","))
		}
		b.WriteRune(d)
	}
	return b.String()
}

// percent writes a share as the pages do: only nothing reads 0 and only everything reads 100.
func (t *linkPreview) percent(share float64) string {
	sign, value := "", share*100
	switch {
	case value > 0 && value < 0.05:
		sign, value = "<\u202f", 0.1
	case value < 100 && value > 99.95:
		sign, value = ">\u202f", 99.9
	}
	text := sign + strconv.FormatFloat(value, 'f', 1, 64)
	if t.english {
		return text + "%"
	}
	return strings.Replace(text, ".", ",", 1) + "\u00a0%"
}

func (t *linkPreview) day(d data.Date) string {
	if t.english {
		return d.Time().Format("2 Jan 2006")
	}
	return d.Time().Format("02/01/2006")
}

// placeName is the kind and the name, as the pages write them: Phường Hòa Khánh. The kinds
// in English are those of the page's words.
func placeName(unit *data.Area, english bool) string {
	if english {
		name, kind := unit.Name, map[string]string{"Phường": "Ward", "Xã": "Commune", "Thị trấn": "Township",
			"Đặc khu": "Special zone"}[unit.Kind]
		if kind == "" {
			kind = unit.Kind
		}
		return strings.TrimSpace(name + " " + kind)
	}
	if strings.HasPrefix(strings.ToLower(unit.Name), strings.ToLower(unit.Kind)) {
		return unit.Name
	}
	return unit.Kind + " " + unit.Name
}
