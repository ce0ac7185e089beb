package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"tungnha/data/ingest"
	"tungnha/internal/problem"
)

// langFlag is the flag of the language. It is read before all others, because wrong usage is reported in it too.
const langFlag = "--lang"

// chooseLang returns the language of what the program prints: that of --lang or TUNGNHA_LANG, else that of the
// locale, in the order of POSIX. Any locale but a Vietnamese one is English.
func chooseLang(args []string) problem.Lang {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, langFlag+"="); ok {
			return langNamed(value)
		}
		if arg == langFlag && i+1 < len(args) {
			return langNamed(args[i+1])
		}
		if arg == "--" {
			break
		}
	}
	return langNamed(cmp.Or(os.Getenv("TUNGNHA_LANG"), os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"),
		os.Getenv("LANG")))
}

func langNamed(locale string) problem.Lang {
	name := strings.ToLower(locale)
	if name == "vi" || strings.HasPrefix(name, "vi_") || strings.HasPrefix(name, "vi-") ||
		strings.HasPrefix(name, "vi.") {
		return problem.Vietnamese
	}
	return problem.English
}

// say returns a sentence, or a format, in the language of the program. It is looked up by its English form, as
// gettext does; a test shows that all that are used are in the table.
func (p *program) say(english string) string {
	if p.lang == problem.Vietnamese {
		if text, ok := vietnamese[english]; ok {
			return text
		}
	}
	return english
}

// usagef makes an error of wrong usage. The format is one in the table of say.
func (p *program) usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(p.say(format), args...)}
}

// sentence is an error whose format is in the table of say.
type sentence struct {
	format string
	values []any
}

// sentencef makes an error that errorText has in both languages. An error among the values is wrapped.
func sentencef(format string, values ...any) error { return &sentence{format, values} }

func (s *sentence) Error() string { return fmt.Sprintf(s.format, s.values...) }

func (s *sentence) Unwrap() error {
	for _, value := range s.values {
		if err, ok := value.(error); ok {
			return err
		}
	}
	return nil
}

// text returns the sentence in the language of the program.
func (s *sentence) text(p *program) string {
	values := slices.Clone(s.values)
	for i, value := range values {
		if err, ok := value.(error); ok {
			values[i] = p.errorText(err)
		}
	}
	return fmt.Sprintf(p.say(s.format), values...)
}

// errorText returns an error in the language of the program, as far as it is one that has its sentences in both.
func (p *program) errorText(err error) string {
	var (
		file      *ingest.FileError
		parameter *problem.Problem
		path      *fs.PathError
		own       *sentence
	)
	switch {
	case p.lang == problem.English:
	case errors.As(err, &own):
		return strings.Replace(err.Error(), own.Error(), own.text(p), 1)
	case errors.As(err, &file) && file.Problem() != nil:
		return file.Problem().Sentence(p.lang)
	case errors.As(err, &path) && errors.Is(path, fs.ErrNotExist):
		return fmt.Sprintf(p.say("there is no file %s"), path.Path)
	case errors.As(err, &parameter): // what is written before it is a name: of a flag, a file or a record
		return strings.Replace(err.Error(), parameter.Error(), parameter.Sentence(p.lang), 1)
	}
	return err.Error()
}
