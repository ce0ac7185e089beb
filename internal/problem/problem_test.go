package problem

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// constructor is a function of this package that makes problems of a code.
type constructor struct {
	name   string
	params []string
}

// constructors reads from the source which parameters each code is made with.
func constructors(t *testing.T) map[Code][]constructor {
	t.Helper()
	found := map[Code][]constructor{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			function, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(function, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				if name, ok := call.Fun.(*ast.Ident); !ok || name.Name != "of" {
					return true
				}
				c := constructor{name: function.Name.Name}
				for i := 2; i < len(call.Args); i += 2 {
					c.params = append(c.params, literal(t, function, call.Args[i]))
				}
				if len(call.Args)%2 != 0 {
					t.Errorf("%s: a parameter has no value", c.name)
				}
				code := Code(literal(t, function, call.Args[1]))
				found[code] = append(found[code], c)
				return true
			})
		}
	}
	return found
}

func literal(t *testing.T, in *ast.FuncDecl, e ast.Expr) string {
	t.Helper()
	text, ok := e.(*ast.BasicLit)
	if !ok {
		t.Fatalf("%s: codes and the names of parameters are literals", in.Name.Name)
	}
	s, err := strconv.Unquote(text.Value)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var placeholder = regexp.MustCompile(`\{([a-z_]+)(?::([a-z0-9.]+))?\}`)

// placeholders lists the parameters of a template, each once, in order.
func placeholders(t *testing.T, template string) []string {
	names := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(template, -1) {
		names[m[1]] = true
		if format := m[2]; format != "" &&
			!slices.Contains([]string{"q", "or", "space", "s", "more", "month", ".7"}, format) {
			t.Errorf("%q: there is no format %s", template, format)
		}
	}
	if rest := placeholder.ReplaceAllString(template, ""); strings.Contains(rest, "{") {
		t.Errorf("%q: a brace opens no parameter", template)
	}
	return slices.Sorted(maps.Keys(names))
}

func TestEveryCodeHasBothSentences(t *testing.T) {
	made := constructors(t)
	for code, all := range made {
		if len(all) > 1 {
			t.Errorf("%s: made by %v", code, all)
		}
		params := slices.Sorted(slices.Values(all[0].params))
		for lang, table := range map[Lang]*table{English: &english, Vietnamese: &vietnamese} {
			template, ok := table.templates[code]
			if !ok {
				t.Errorf("%s: no sentence in %s", code, lang)
				continue
			}
			if got := placeholders(t, template); !slices.Equal(got, params) {
				t.Errorf("%s in %s: uses %v, and %s gives %v", code, lang, got, all[0].name, params)
			}
		}
	}
	for lang, table := range map[Lang]*table{English: &english, Vietnamese: &vietnamese} {
		for code := range table.templates {
			if made[code] == nil {
				t.Errorf("%s in %s: no function makes it", code, lang)
			}
		}
	}
	if en, vi := slices.Sorted(maps.Keys(english.words)),
		slices.Sorted(maps.Keys(vietnamese.words)); !slices.Equal(en, vi) {
		t.Errorf("words: got %v in English and %v in Vietnamese", en, vi)
	}
}

// TestNoProseAtCallSites fails where a sentence, or a part of one, is written where a problem is made.
func TestNoProseAtCallSites(t *testing.T) {
	const root = "../.."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || path != root && strings.HasPrefix(d.Name(), ".") &&
			d.Name() != "..") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			filepath.Dir(path) == "../../internal/problem" {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if name, ok := selected(n.Type); ok && name == "Problem" {
					t.Errorf("%s: a Problem is made by the function of its code", set.Position(n.Pos()))
				}
			case *ast.CallExpr:
				name, ok := selected(n.Fun)
				if !ok || name == "Malformed" || name == "FilterMalformed" {
					return true // what a parser of another module reports
				}
				for _, arg := range n.Args {
					if isProse(arg) {
						t.Errorf("%s: %s: a parameter is a value, not a sentence", set.Position(arg.Pos()), name)
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// selected returns the name after "problem." in an expression.
func selected(e ast.Expr) (string, bool) {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	of, ok := s.X.(*ast.Ident)
	return s.Sel.Name, ok && of.Name == "problem"
}

// isProse reports whether an argument is made by fmt, is the text of an error, or is a literal of several words.
func isProse(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING && strings.Contains(e.Value, " ")
	case *ast.BinaryExpr:
		return isProse(e.X) || isProse(e.Y)
	case *ast.CallExpr:
		s, ok := e.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		of, _ := s.X.(*ast.Ident)
		return s.Sel.Name == "Error" || of != nil && of.Name == "fmt"
	}
	return false
}

func TestSentences(t *testing.T) {
	now := time.Date(2026, 3, 15, 12, 0, 0, 0, time.FixedZone("", 7*60*60))
	tests := []struct {
		p      *Problem
		en, vi string
	}{
		{Empty("name"), "name is empty", "name: còn để trống"},
		{NotAmong("outcome", "done", "completed", "partial", "refused"),
			`outcome "done": want completed, partial or refused`,
			`outcome: "done" không hợp lệ; cần một trong các giá trị: completed, partial hoặc refused`},
		{NotAmong("outcome", "", "completed", "partial"), "outcome is empty: want completed or partial",
			"outcome: còn để trống; cần một trong các giá trị: completed hoặc partial"},
		{NoSuchDay("registered_on", "2026-02-30", 2, 2026, 28),
			`registered_on "2026-02-30": there is no such day: February 2026 has 28 days`,
			`registered_on: "2026-02-30": không có ngày này; tháng 2 năm 2026 chỉ có 28 ngày`},
		{BeforeRegistered("visited_at", "2026-01-05", "H1-0001", "2026-02-01"),
			"visited_at 2026-01-05 is before household H1-0001 was registered, on 2026-02-01",
			"visited_at: 2026-01-05 trước ngày hộ H1-0001 được đăng ký (2026-02-01)"},
		{Unknown("team_id", "team", "T9"), "team_id unknown team T9", "team_id: không có tổ T9"},
		{ForeignSkill("assessed"), "assessed holds a skill that the programme does not have",
			"assessed: có kỹ năng mà chương trình không có"},
		{NoOutcome("outcome", 9), "outcome 9 is no outcome", "outcome: 9 không phải một kết quả thăm"},
		{InFuture("visited_at", "2026-03-16", now), `visited_at "2026-03-16" lies in the future: it is 2026-03-15T12:00:00+07:00 now`,
			`visited_at: "2026-03-16" ở tương lai; bây giờ mới là 2026-03-15T12:00:00+07:00`},
		{InMember(1, InRing(1, InPoint(2, PointInMetres(541234, 1776543)))).At("geometry"),
			"geometry member 1 of a GeometryCollection: ring 1: point 2: lon 541234, lat 1776543: " +
				"looks like projected metres (VN-2000 or UTM?), want WGS 84 degrees",
			"geometry: thành phần 1 của GeometryCollection: vòng 1: điểm 2: lon: kinh độ 541234 và vĩ độ 1776543 " +
				"có vẻ là mét theo lưới chiếu (VN-2000 hoặc UTM?); cần độ theo WGS 84"},
		{RingCrossesItself(1, 108.05, 16.05), "ring 1: crosses itself at lon 108.0500000, lat 16.0500000",
			"vòng 1: tự cắt mình tại lon 108.0500000, lat 16.0500000"},
		{InFile("visits.csv", MissingColumns("visits", []string{"team_id", "outcome"})),
			"visits.csv: a file of visits needs the columns team_id, outcome",
			"visits.csv: tệp lượt thăm cần có cột team_id, outcome"},
		{MissingColumns("households", []string{"lat"}), "a file of households needs the column lat",
			"tệp hộ cần có cột lat"},
		{NoKnownColumn(nil), "no column of areas, households, teams or visits among none at all",
			"không có cột nào của địa bàn, hộ, tổ hay lượt thăm trong các cột (tệp không có cột nào)"},
		{ColumnsNotUsed([]string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}),
			`columns not used: "a", "b", "c", "d", "e", "f", "g", "h" and 2 more`,
			`các cột không dùng đến: "a", "b", "c", "d", "e", "f", "g", "h" và 2 cột khác`},
		{InLine(2, NotTable("zip")),
			"line 2: the file is a ZIP archive or an .xlsx workbook: save the sheet as CSV UTF-8",
			"dòng 2: tệp này là tệp nén ZIP hoặc sổ tính .xlsx; hãy lưu trang tính thành CSV UTF-8"},
		{NotSoundJSONOn(3, Unexpected("NaN", "value")), `is not sound JSON: "NaN" where a value should stand (line 3)`,
			`không phải JSON đúng: "NaN" ở chỗ cần có một giá trị (dòng 3)`},
	}
	for _, tt := range tests {
		if got := tt.p.Sentence(English); got != tt.en {
			t.Errorf("%s:\n got %s\nwant %s", tt.p.Code(), got, tt.en)
		}
		if got := tt.p.Sentence(Vietnamese); got != tt.vi {
			t.Errorf("%s:\n got %s\nwant %s", tt.p.Code(), got, tt.vi)
		}
	}
}

// A class has … for what differs from row to row; what all rows have in common stays.
func TestClass(t *testing.T) {
	metres := OutsideCommune("lon", 13, "99001", "Hoa Sen").Merge(OutsideCommune("lon", 14, "99002", "Hoa Mai"))
	tests := []struct {
		p      *Problem
		en, vi string
	}{
		{metres, `the point lies … m outside "…", the commune of its hamlet`,
			`điểm nằm ngoài "…", xã, phường của thôn, tổ dân phố đã khai, … m`},
		{Unknown("team_id", "team", "T"), "unknown team T", "không có tổ T"},
		{Unknown("team_id", "team", "T9"), "unknown team …", "không có tổ …"},
		{Unknown("team_id", "team", "A").Merge(Unknown("team_id", "team", "B")), "unknown team …", "không có tổ …"},
		{ColumnsNotUsed([]string{"note", "phone"}), `columns not used: "…", "…"`, `các cột không dùng đến: "…", "…"`},
		{InRing(1, TooFewPoints(2)).Merge(InRing(2, TooFewPoints(2))), "ring …: has … distinct points, want at least …",
			"vòng …: chỉ có … điểm khác nhau; cần ít nhất …"},
		{PointSwapped(16.5, 108), "…, lat …: longitude and latitude look swapped",
			"kinh độ … và vĩ độ … có vẻ bị đổi chỗ cho nhau"},
	}
	for _, tt := range tests {
		if got := tt.p.Class(English); got != tt.en {
			t.Errorf("got %s, want %s", got, tt.en)
		}
		if got := tt.p.Class(Vietnamese); got != tt.vi {
			t.Errorf("got %s, want %s", got, tt.vi)
		}
	}
	if a, b := Unknown("x", "team", "T").Kind(), Unknown("x", "hamlet", "T").Kind(); a == b {
		t.Error("an unknown team and an unknown hamlet are of one kind")
	}
	if a, b := InRing(1, Rewound()).Kind(), InRing(2, NotClosed()).Kind(); a == b {
		t.Error("what is wrong with a ring is not part of the kind")
	}
}

func TestParams(t *testing.T) {
	got, err := json.Marshal(InRing(1, InPoint(2, OutOfRange("lat", 94.1, 90))).Params())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"problem":{"code":"in_point","params":{"point":2,"problem":{"code":"degrees_out_of_range","field":"lat",` +
		`"params":{"limit":90,"value":94.1}}}},"ring":1}`
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The codes are part of the API: one that goes or changes its name breaks clients.
func TestCodesStay(t *testing.T) {
	var text strings.Builder
	for _, code := range Codes() {
		text.WriteString(string(code) + "\n")
	}
	const path = "testdata/codes.txt"
	if *update {
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text.String() != string(want) {
		t.Errorf("the codes changed: run with -update and look at the difference of %s", path)
	}
}
