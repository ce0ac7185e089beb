package value

import (
	"strings"

	"tungnha/data"
	"tungnha/internal/problem"
)

// Skills reads the keys of skills as a set.
func Skills(field string, keys []string, skills data.Skills) (data.SkillSet, *problem.Problem) {
	var set data.SkillSet
	for _, key := range keys {
		i := skills.Index(key)
		if i < 0 && strings.ContainsAny(key, " \t") { // as form tools write lists
			more, p := Skills(field, strings.Fields(key), skills)
			if p != nil {
				return 0, p
			}
			set |= more
			continue
		}
		if i < 0 {
			known := make([]string, len(skills))
			for j := range skills {
				known[j] = skills[j].Key
			}
			return 0, problem.UnknownSkill(field, key, known)
		}
		set |= 1 << i
	}
	return set, nil
}

// List appends the values of a list to dst, without empty ones.
func List(dst []string, s string) []string {
	from := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != ';' && s[i] != '|' && s[i] != ',' {
			continue
		}
		if text := Trim(s[from:i]); text != "" {
			dst = append(dst, text)
		}
		from = i + 1
	}
	return dst
}

// Trim takes the ASCII space around a value off; Tidy takes the rest, and tells.
func Trim(s string) string {
	if s == "" || s[0] > ' ' && s[len(s)-1] > ' ' {
		return s
	}
	return strings.Trim(s, " \t\r\n\v\f")
}

// IsBlank reports whether nothing in s is seen.
func IsBlank(s string) bool {
	tidy, _ := Tidy(s)
	return tidy == ""
}
