// Package cookbook runs every snippet of docs/cookbook.md.
package cookbook

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	_ "tungnha/api" // so that a test that passed before is run again when these change
	_ "tungnha/coverage/export"
)

// snippet is one block of code of the document.
type snippet struct {
	line int
	tags []string // its language, then what it needs and what it shows
	code string
}

func (s *snippet) is(tag string) bool { return slices.Contains(s.tags, tag) }

const notRun = "<!-- not run: "

// read returns the document's snippets that are to be run.
func read(t *testing.T) []snippet {
	t.Helper()
	text, err := os.ReadFile("../../docs/cookbook.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []snippet
	var one *snippet
	skip := false
	for i, line := range strings.Split(string(text), "\n") {
		switch rest, fence := strings.CutPrefix(line, "```"); {
		case fence && one == nil:
			one = &snippet{line: i + 1, tags: strings.Fields(rest)}
		case fence:
			if !skip {
				all = append(all, *one)
			}
			one, skip = nil, false
		case one != nil:
			one.code += line + "\n"
		case strings.HasPrefix(line, notRun):
			skip = true
		}
	}
	if one != nil || len(all) < 10 {
		t.Fatalf("%d snippets, or one without an end", len(all))
	}
	return all
}

// kitchen is a folder in which the snippets are run, one after the other.
type kitchen struct {
	dir string
	env []string
}

func (k *kitchen) run(t *testing.T, name string, input []byte, args ...string) []byte {
	t.Helper()
	command := exec.Command(name, args...)
	command.Dir, command.Env, command.Stdin = k.dir, k.env, bytes.NewReader(input)
	var problem bytes.Buffer
	command.Stderr = &problem
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, problem.Bytes())
	}
	return out
}

// serve starts a server of the programme and returns its address.
func (k *kitchen) serve(t *testing.T) string {
	t.Helper()
	command := exec.Command(filepath.Join(k.dir, "bin", "tungnha"), "serve", "--db", "programme.gpkg", "--addr", "127.0.0.1:0",
		"--open-visits")
	command.Dir, command.Env = k.dir, k.env
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if _, at, found := strings.Cut(lines.Text(), "http://"); found {
			return strings.TrimSuffix(at, "/")
		}
	}
	t.Fatal("the server does not start")
	return ""
}

// duckdb has the lock file of DuckDB's package, and a script that runs statements.
const duckdb = "../bench/duckdb"

// lacks returns what a snippet needs and this machine does not have.
func lacks(t *testing.T, s *snippet) string {
	t.Helper()
	probe := func(name string, args ...string) bool { return exec.Command(name, args...).Run() == nil }
	switch {
	case s.is("libreoffice") && os.Getenv("TUNGNHA_CLIENTS") == "":
		return "time: it is run by make test-clients"
	case s.is("sql"):
		if _, err := os.Stat(filepath.Join(duckdb, "node_modules")); err != nil {
			return "DuckDB: npm ci in scripts/bench/duckdb"
		}
	case s.is("geopandas") && !probe("/usr/bin/python3", "-c", "import geopandas"):
		return "python3-geopandas"
	case s.is("qgis") && !probe("/usr/bin/python3", "-c", "import qgis.core"):
		return "python3-qgis"
	case s.is("libreoffice") && !probe("soffice", "--version"):
		return "libreoffice-calc"
	case s.is("server") && !probe("curl", "--version"):
		return "curl"
	case s.is("python") && !probe("python3", "--version"):
		return "python3"
	case strings.Contains(s.code, "ogr2ogr") && !probe("ogr2ogr", "--version"):
		return "gdal-bin"
	}
	return ""
}

// install puts the program into a folder: the one of TUNGNHA_BIN, or one built for this.
func install(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, "tungnha")
	if built := os.Getenv("TUNGNHA_BIN"); built != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(built, path); err != nil {
			t.Fatal(err)
		}
		return
	}
	if out, err := exec.Command("go", "build", "-o", path, "../../cmd/tungnha").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestCookbook runs every snippet in the order of the document. One that shows sums must
// show those of tungnha coverage. What is missing on the machine is skipped, and with
// TUNGNHA_CLIENTS fails.
func TestCookbook(t *testing.T) {
	dir := t.TempDir()
	k := &kitchen{dir: dir, env: append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"),
		"QT_QPA_PLATFORM=offscreen", "HOME="+dir)}
	install(t, filepath.Join(dir, "bin"))
	var address string
	var total struct{ Households, Reached, Visits int }
	whole := t // a server outlives the snippet that is the first to need it
	for _, s := range read(t) {
		t.Run("line "+strconv.Itoa(s.line), func(t *testing.T) {
			if what := lacks(t, &s); what != "" {
				if os.Getenv("TUNGNHA_CLIENTS") != "" {
					t.Fatalf("this machine lacks %s", what)
				}
				t.Skipf("this machine lacks %s", what)
			}
			var out []byte
			switch {
			case s.is("sh"):
				if s.is("server") && address == "" {
					address = k.serve(whole)
				}
				out = k.run(t, "bash", []byte(strings.ReplaceAll(s.code, "127.0.0.1:8080", address)), "-euo", "pipefail")
			case s.is("sql"):
				statements, err := json.Marshal([]string{s.code})
				if err != nil {
					t.Fatal(err)
				}
				script, err := filepath.Abs(filepath.Join(duckdb, "query.mjs"))
				if err != nil {
					t.Fatal(err)
				}
				out = k.run(t, "node", statements, script, dir)
				if bytes.Equal(bytes.TrimSpace(out), []byte("[]")) {
					t.Errorf("no rows of\n%s", s.code)
				}
			case s.is("geopandas"), s.is("qgis"):
				out = k.run(t, "/usr/bin/python3", []byte(s.code), "-")
			case s.is("python"):
				out = k.run(t, "python3", []byte(s.code), "-")
			default:
				t.Fatalf("a snippet of %v: mark it as not run, or say how", s.tags)
			}
			if total.Households == 0 {
				answer := k.run(t, filepath.Join(dir, "bin", "tungnha"), nil, "coverage", "--by", "area", "--level", "hamlet", "--format", "json", "--db", "programme.gpkg")
				told := struct{ Total any }{&total}
				if err := json.Unmarshal(answer, &told); err != nil || total.Households == 0 {
					t.Fatalf("%v: %.200s", err, answer)
				}
			}
			if s.is("sums") {
				numbers := regexp.MustCompile(`[0-9]+`).FindAllString(string(out), -1)
				for _, want := range []int{total.Households, total.Reached} {
					if !slices.Contains(numbers, strconv.Itoa(want)) {
						t.Errorf("%s\ngave %s\nwithout %d of %+v", s.code, out, want, total)
					}
				}
			}
			t.Logf("%s", out)
		})
	}
}
