// Command shape counts how the code is divided: for each Go package its files, lines, declared types,
// arrows between files and how many of them run back up, files past 350 lines, share of comments and
// lines past 120 columns; for the web the same without types and arrows. Tests and generated files are
// left out.
//
//	go run ./scripts/shape [DIR]
//
// An arrow goes from a file to another file of the same package that declares something the first one
// uses. The files are ordered so that few arrows run back up (the feedback arc set problem, by the
// heuristic of Eades, Lin and Smyth, Information Processing Letters 47, 1993, and moves of one file for
// as long as they help): what is left is what no order of reading can avoid.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

const (
	longFile = 350 // lines
	longLine = 120 // columns
)

func main() {
	dir := "."
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	if err := run(dir, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "shape:", err)
		os.Exit(1)
	}
}

// shape is what is counted of a package.
type shape struct {
	name                         string
	files, lines, comments, long int
	longFiles                    []string
	types, arrows, back          int
}

func run(dir string, out io.Writer) error {
	packages, exports, err := list(dir)
	if err != nil {
		return err
	}
	total := shape{name: "Go, whole"}
	fmt.Fprintf(out, "%-22s %5s %6s %5s %6s %5s %8s %4s  %s\n", "package", "files", "lines", "types", "arrows", "back",
		"comments", ">120", "files past 350 lines")
	for _, p := range packages {
		s, err := measure(p, exports)
		if err != nil {
			return fmt.Errorf("%s: %w", p.ImportPath, err)
		}
		s.print(out)
		total.add(s)
	}
	total.print(out)
	web, err := measureWeb(filepath.Join(dir, "api", "web", "src"))
	if err != nil {
		return err
	}
	web.print(out)
	return nil
}

// listed is a package as `go list -json` describes it.
type listed struct {
	Dir, ImportPath, Export string
	GoFiles, CgoFiles       []string
	Module                  *struct{ Main bool }
}

// list returns the module's packages, and of every package that they import the file with its types.
func list(dir string) (packages []listed, exports map[string]string, err error) {
	command := exec.Command("go", "list", "-deps", "-export", "-json=Dir,ImportPath,Export,GoFiles,CgoFiles,Module",
		"./...")
	command.Dir, command.Stderr = dir, os.Stderr
	text, err := command.Output()
	if err != nil {
		return nil, nil, err
	}
	exports = map[string]string{}
	for decoder := json.NewDecoder(bytes.NewReader(text)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages, exports, nil
		} else if err != nil {
			return nil, nil, err
		}
		exports[p.ImportPath] = p.Export
		if p.Module != nil && p.Module.Main {
			packages = append(packages, p)
		}
	}
}

// measure parses and type-checks one package.
func measure(p listed, exports map[string]string) (shape, error) {
	_, name, _ := strings.Cut(p.ImportPath, "/")
	s := shape{name: name}
	set := token.NewFileSet()
	var parsed []*ast.File
	index := map[string]int{}
	for _, name := range append(p.GoFiles, p.CgoFiles...) {
		path := filepath.Join(p.Dir, name)
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return s, err
		}
		if ast.IsGenerated(file) {
			continue
		}
		index[path] = len(parsed)
		parsed = append(parsed, file)
		lines, err := s.count(path, name)
		if err != nil {
			return s, err
		}
		s.comments += commentLines(set, file, lines)
	}
	lookup := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: importer.ForCompiler(set, "gc", lookup), FakeImportC: true}
	pkg, err := config.Check(p.ImportPath, set, parsed, info)
	if err != nil {
		return s, err
	}
	for _, name := range pkg.Scope().Names() {
		if _, isType := pkg.Scope().Lookup(name).(*types.TypeName); isType {
			s.types++
		}
	}
	uses := make([][]bool, len(parsed))
	for i := range uses {
		uses[i] = make([]bool, len(parsed))
	}
	for ident, object := range info.Uses {
		if object.Pkg() != pkg {
			continue
		}
		from, known := index[set.Position(ident.Pos()).Filename]
		to, declared := index[set.Position(object.Pos()).Filename]
		if known && declared && from != to && !uses[from][to] {
			uses[from][to] = true
			s.arrows++
		}
	}
	s.back = backArrows(uses)
	return s, nil
}

// count adds the lines of a file and returns how many there are.
func (s *shape) count(path, name string) (lines int, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	scanner := bufio.NewScanner(bytes.NewReader(text))
	scanner.Buffer(nil, len(text)+1)
	for scanner.Scan() {
		lines++
		if columns(scanner.Bytes()) > longLine {
			s.long++
		}
	}
	s.files++
	s.lines += lines
	if lines > longFile {
		s.longFiles = append(s.longFiles, fmt.Sprintf("%s %d", name, lines))
	}
	return lines, scanner.Err()
}

// columns returns the width of a line in characters, a tab being four.
func columns(line []byte) int {
	return utf8.RuneCount(line) + 3*bytes.Count(line, []byte("\t"))
}

// commentLines counts the lines of a file that have a comment and nothing else.
func commentLines(set *token.FileSet, file *ast.File, lines int) (n int) {
	code := make([]bool, lines+2)
	ast.Inspect(file, func(node ast.Node) bool {
		switch node.(type) {
		case nil, *ast.Comment, *ast.CommentGroup:
			return false
		}
		code[set.Position(node.Pos()).Line] = true
		return true
	})
	for _, group := range file.Comments {
		for _, comment := range group.List {
			last := set.Position(comment.End()).Line
			for line := set.Position(comment.Pos()).Line; line <= last; line++ {
				if !code[line] {
					n++
				}
			}
		}
	}
	return n
}

// backArrows returns how many arrows run from a later file to an earlier one in the best order found,
// where a file comes before those that it uses.
func backArrows(uses [][]bool) int {
	order := greedyOrder(uses)
	best := countBack(uses, order)
	for improved := true; improved; {
		improved = false
		for i := range order {
			for j := range order {
				moved := move(order, i, j)
				if n := countBack(uses, moved); n < best {
					order, best, improved = moved, n, true
				}
			}
		}
	}
	return best
}

// greedyOrder puts at the end what uses nothing of the rest, in front what is used by nothing of it, and
// where there is neither in front the file with the largest surplus of outgoing arrows.
func greedyOrder(uses [][]bool) []int {
	left := make([]bool, len(uses))
	for i := range left {
		left[i] = true
	}
	var front, end []int
	for range uses {
		chosen, surplus, sink := -1, 0, false
		for i := range uses {
			if !left[i] {
				continue
			}
			out, in := 0, 0
			for j := range uses {
				if left[j] && uses[i][j] {
					out++
				}
				if left[j] && uses[j][i] {
					in++
				}
			}
			if out == 0 {
				chosen, sink = i, true
				break
			}
			if in == 0 {
				out += len(uses)
			}
			if chosen < 0 || out-in > surplus {
				chosen, surplus = i, out-in
			}
		}
		left[chosen] = false
		if sink {
			end = append([]int{chosen}, end...)
		} else {
			front = append(front, chosen)
		}
	}
	return append(front, end...)
}

func countBack(uses [][]bool, order []int) (n int) {
	for i, file := range order {
		for _, earlier := range order[:i] {
			if uses[file][earlier] {
				n++
			}
		}
	}
	return n
}

// move returns the order with the file at i moved to j.
func move(order []int, i, j int) []int {
	moved := make([]int, 0, len(order))
	moved = append(moved, order[:i]...)
	moved = append(moved, order[i+1:]...)
	moved = append(moved, 0)
	copy(moved[j+1:], moved[j:])
	moved[j] = order[i]
	return moved
}

// measureWeb counts the TypeScript below a folder, one row for all of it.
func measureWeb(dir string) (shape, error) {
	s := shape{name: "api/web/src"}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name := entry.Name()
		ours := strings.HasSuffix(name, ".ts") || strings.HasSuffix(name, ".tsx")
		if !ours || strings.Contains(name, ".gen.") || strings.Contains(name, ".test.") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "//") || strings.HasPrefix(line, "/*") ||
				strings.HasPrefix(line, "* ") {
				s.comments++
			}
		}
		_, err = s.count(path, name)
		return err
	})
	return s, err
}

func (s *shape) add(o shape) {
	s.files += o.files
	s.lines += o.lines
	s.comments += o.comments
	s.long += o.long
	s.types += o.types
	s.arrows += o.arrows
	s.back += o.back
}

func (s *shape) print(out io.Writer) {
	if s.lines == 0 {
		return
	}
	fmt.Fprintf(out, "%-22s %5d %6d %5d %6d %5d %7.0f%% %4d  %s\n", s.name, s.files, s.lines, s.types, s.arrows, s.back,
		100*float64(s.comments)/float64(s.lines), s.long, strings.Join(s.longFiles, ", "))
}
