package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tungnha/internal/problem"
)

var verb = regexp.MustCompile(`%[+#]?[a-z%]`)

// Every sentence that is written is in the table, with the same values in the same order, and nothing else is.
func TestSentencesInVietnamese(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			var name string
			switch f := call.Fun.(type) {
			case *ast.SelectorExpr:
				name = f.Sel.Name
			case *ast.Ident:
				name = f.Name
			}
			if name != "say" && name != "usagef" && name != "sentencef" {
				return true
			}
			text, ok := call.Args[0].(*ast.BasicLit)
			if !ok {
				return true // usagef and sentence pass their format on
			}
			english, err := strconv.Unquote(text.Value)
			if err != nil {
				t.Fatal(err)
			}
			said[english] = true
			return true
		})
	}
	for english := range said {
		text, ok := vietnamese[english]
		if !ok {
			t.Errorf("%q is not in the table", english)
		} else if !slices.Equal(verb.FindAllString(text, -1), verb.FindAllString(english, -1)) {
			t.Errorf("%q and %q have different values", english, text)
		}
	}
	for english := range vietnamese {
		if !said[english] {
			t.Errorf("%q is said nowhere", english)
		}
	}
}

func TestChooseLang(t *testing.T) {
	for _, tt := range []struct {
		args []string
		env  map[string]string
		want problem.Lang
	}{
		{nil, nil, problem.English},
		{nil, map[string]string{"LANG": "vi_VN.UTF-8"}, problem.Vietnamese},
		{nil, map[string]string{"LANG": "vi_VN.UTF-8", "LC_ALL": "C"}, problem.English},
		{nil, map[string]string{"LANG": "en_US.UTF-8", "LC_MESSAGES": "vi_VN"}, problem.Vietnamese},
		{nil, map[string]string{"LANG": "vi_VN", "TUNGNHA_LANG": "en"}, problem.English},
		{nil, map[string]string{"LANG": "vie"}, problem.English},
		{[]string{"import", "--lang", "vi", "x.csv"}, map[string]string{"TUNGNHA_LANG": "en"}, problem.Vietnamese},
		{[]string{"--lang=en"}, map[string]string{"LANG": "vi"}, problem.English},
		{[]string{"import", "--", "--lang=vi"}, nil, problem.English},
	} {
		for _, name := range []string{"TUNGNHA_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
			t.Setenv(name, tt.env[name])
		}
		if got := chooseLang(tt.args); got != tt.want {
			t.Errorf("%v, %v: got %s, want %s", tt.args, tt.env, got, tt.want)
		}
	}
}

// The real program reports what is wrong in both languages, and takes back the rejects it wrote in either.
func TestLanguages(t *testing.T) {
	dir := t.TempDir()
	teams := "team_id,name,commune_code,hamlet_codes,members\nT1,Tổ một,,,-3\n"
	if err := os.WriteFile(filepath.Join(dir, "teams.csv"), []byte(teams), 0o644); err != nil {
		t.Fatal(err)
	}
	settings := "[thresholds]\nstale_days = -1\n"
	if err := os.WriteFile(filepath.Join(dir, "tungnha.toml"), []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		lang                             string
		report, rejects, missing, window string
		settings                         string
	}{
		{"en", "members -3 is negative", "2,members,-3 is negative,T1", "there is no database",
			"--to: the window ends on 2026-01-01, before it begins on 2026-02-01",
			"settings tungnha.toml: thresholds.stale_days: -1: want 0 to 1000000"},
		{"vi", "members: -3 là số âm", "2,members,-3 là số âm,T1", "không có cơ sở dữ liệu",
			"--to: khoảng thời gian kết thúc vào 2026-01-01, trước khi bắt đầu vào 2026-02-01",
			"tệp cấu hình tungnha.toml: thresholds.stale_days: -1: cần từ 0 đến 1000000"},
	} {
		t.Setenv("TUNGNHA_LANG", tt.lang)
		db := tt.lang + ".gpkg"
		if r := tungnha(t, dir, "coverage", "--db", db); !strings.Contains(r.stderr, tt.missing) {
			t.Errorf("%s: without a database: got %s", tt.lang, r.stderr)
		}
		r := tungnha(t, dir, "import", "--db", db, "--rejects", "r-"+tt.lang+".csv", "teams.csv")
		if r.status != exitRejected || !strings.Contains(r.stdout, tt.report) {
			t.Errorf("%s: import: got %d, %s", tt.lang, r.status, r.stdout)
		}
		path := filepath.Join(dir, "r-"+tt.lang+".csv")
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), tt.rejects) {
			t.Errorf("%s: rejects: got %s, %v", tt.lang, text, err)
		}
		mended := strings.Replace(string(text), "Tổ một,,,-3", "Tổ một,,,3", 1)
		if err := os.WriteFile(path, []byte(mended), 0o644); err != nil {
			t.Fatal(err)
		}
		if r := tungnha(t, dir, "import", "--db", db, path); r.status != exitDone {
			t.Errorf("%s: mended: got %d, %s", tt.lang, r.status, r.stdout)
		}
		r = tungnha(t, dir, "--config", "tungnha.toml", "coverage", "--db", db)
		if r.status != exitUsage || !strings.Contains(r.stderr, tt.settings) {
			t.Errorf("%s: settings: got %d, %s", tt.lang, r.status, r.stderr)
		}
		r = tungnha(t, dir, "coverage", "--db", db, "--from", "2026-02-01", "--to", "2026-01-01")
		if r.status != exitUsage || !strings.Contains(r.stderr, tt.window) {
			t.Errorf("%s: window: got %d, %s", tt.lang, r.status, r.stderr)
		}
	}
}
