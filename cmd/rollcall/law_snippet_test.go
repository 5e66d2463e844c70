package main_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// snippet is a small tree and what a law has to say about it.
type snippet struct {
	says  string            // the sentence that the row proves
	law   string            // the law's name
	files map[string]string // path -> source
	want  string            // "file:line" and a part of the remedy, separated by a blank; empty when the law must be silent
}

// TestEveryLawCanFail feeds every law a tree that breaks it, and the nearest tree that does not.
func TestEveryLawCanFail(t *testing.T) {
	rows := slices.Concat(importSnippets(), sizeSnippets(), variableSnippets(), writingSnippets(), codeSnippets())
	for _, row := range rows {
		t.Run(row.law+"/"+row.says, func(t *testing.T) {
			var tree []source
			for _, name := range slices.Sorted(maps.Keys(row.files)) {
				tree = append(tree, parse(t, name, row.files[name]))
			}
			got := breachesOf(t, row.law, tree)
			if row.want == "" {
				if len(got) != 0 {
					t.Errorf("got %v, want the law to be silent", got)
				}
				return
			}
			place, remedy, _ := strings.Cut(row.want, " ")
			if len(got) != 1 || !strings.HasPrefix(got[0].String(), place+": ") || !strings.Contains(got[0].remedy, remedy) {
				t.Errorf("got %v, want one breach at %s that says %q", got, place, remedy)
			}
		})
	}
	for _, l := range laws() {
		if !slices.ContainsFunc(rows, func(row snippet) bool { return row.law == l.name && row.want != "" }) {
			t.Errorf("law %q has no snippet that breaks it: add one here", l.name)
		}
	}
}

func breachesOf(t *testing.T, name string, tree []source) []breach {
	t.Helper()
	for _, l := range laws() {
		if l.name == name {
			return l.check(tree)
		}
	}
	t.Fatalf("there is no law %q", name)
	return nil
}

// one is a tree of a single file.
func one(name, text string) map[string]string { return map[string]string{name: text} }

// importing is a file that imports one package and does nothing else.
func importing(pkg, target string) string {
	return fmt.Sprintf("package %s\n\nimport %s\n", pkg, target)
}

const ours = modulePath + "/"

func importSnippets() []snippet {
	const (
		table     = "imports follow the table"
		simulator = "the simulator knows nothing of the client"
		standard  = "sync and cmd leave the standard sync alone"
		goroutine = "sync holds no goroutine and no mutex"
		alias     = "ours is datasync beside the standard sync"
		cli       = "only cmd knows the command line library"
	)
	both := func(alias string) string {
		return "package push_test\n\nimport (\n\t\"sync\"\n\n\t" + alias + ` "` + ours + "sync\"\n)\n"
	}
	return []snippet{
		{"an import outside the table fails", table,
			one("sync/push/a.go", importing("push", `"`+ours+`sync/ledger"`)), "sync/push/a.go:3 may not import sync/ledger"},
		{"an import of the parent fails", table,
			one("sync/plan/a.go", importing("plan", `"`+ours+`sync"`)), "sync/plan/a.go:3 may not import sync"},
		{"an alias hides nothing", table,
			one("mapping/model/a.go", importing("model", `x "`+ours+`mapping"`)), "mapping/model/a.go:3 may not import mapping"},
		{"an import of the table passes", table,
			one("sync/push/a.go", importing("push", `"`+ours+`sync/plan"`)), ""},
		{"a package that is not in the table fails", table,
			one("sync/retry/a.go", "package retry\n"), "sync/retry/a.go:1 sync/retry is not in the import table"},
		{"a package at the module root fails", table,
			one("a.go", "package rollcall\n"), "a.go:1 is not in the import table"},
		{"tests are free of the table", table,
			one("sync/push/a_test.go", importing("push_test", `"`+ours+`sync/ledger"`)), ""},

		{"the simulator's tests use no client either", simulator,
			one("sync/simulator/a_test.go", importing("simulator_test", `"`+ours+`mapping/model"`)),
			"sync/simulator/a_test.go:3 may not import mapping/model"},
		{"the simulator's tests use the simulator", simulator,
			one("sync/simulator/a_test.go", importing("simulator_test", `"`+ours+`sync/simulator"`)), ""},

		{"sync takes no mutex", standard,
			one("sync/a.go", importing("sync", `"sync"`)), "sync/a.go:3 the standard sync"},
		{"cmd takes no mutex under another name", standard,
			one("cmd/rollcall/a.go", importing("main", `std "sync"`)), "cmd/rollcall/a.go:3 the standard sync"},
		{"a stage may take a mutex", standard,
			one("sync/push/a.go", importing("push", `"sync"`)), ""},

		{"sync starts no goroutine", goroutine,
			one("sync/a.go", "package sync\n\nfunc run() {\n\tgo run()\n}\n"), "sync/a.go:4 starts no goroutine"},
		{"sync starts no goroutine through a group", goroutine,
			one("sync/a.go", importing("sync", `"golang.org/x/sync/errgroup"`)), "sync/a.go:3 starts nothing"},
		{"sync shares no atomics", goroutine,
			one("sync/a.go", importing("sync", `"sync/atomic"`)), "sync/a.go:3 starts nothing: move sync/atomic"},
		{"a stage starts goroutines", goroutine,
			one("sync/push/a.go", "package push\n\nfunc run() {\n\tgo run()\n}\n"), ""},

		{"ours needs its alias beside the standard one", alias,
			one("sync/push/a_test.go", both("ours")), "sync/push/a_test.go:6 alias ours as datasync"},
		{"ours with its alias passes", alias, one("sync/push/a_test.go", both("datasync")), ""},
		{"ours alone needs no alias", alias,
			one("cmd/rollcall/a.go", importing("main", `"`+ours+`sync"`)), ""},

		{"sync knows no command line", cli,
			one("sync/a.go", importing("sync", `"github.com/urfave/cli/v2"`)), "sync/a.go:3 take plain options"},
		{"cmd knows the command line", cli,
			one("cmd/rollcall/a.go", importing("main", `"github.com/urfave/cli/v2"`)), ""},
	}
}

// function is a file whose only function has so many lines.
func function(lines int) string {
	return "package plan\n\nfunc f() {\n" + strings.Repeat("\t_ = 0\n", lines-2) + "}\n"
}

// functions is a file of short functions and long ones.
func functions(short, long int) string {
	text := "package plan\n" + strings.Repeat("\nfunc f() {\n}\n", short)
	return text + strings.Repeat("\nfunc g() {\n"+strings.Repeat("\t_ = 0\n", 40)+"}\n", long)
}

// file is a source of so many lines.
func file(lines int) string { return "package plan\n" + strings.Repeat("\n", lines-1) }

// fileTree is a tree of short files and of long ones.
func fileTree(short, long int) map[string]string {
	files := map[string]string{}
	for i := range short {
		files[fmt.Sprintf("sync/plan/short%d.go", i)] = file(10)
	}
	for i := range long {
		files[fmt.Sprintf("sync/plan/long%d.go", i)] = file(351)
	}
	return files
}

func sizeSnippets() []snippet {
	const (
		shell   = "main is a shell"
		short   = "functions are short"
		files   = "files are short"
		structs = "structs are narrow"
		params  = "parameter lists are short"
	)
	plan := func(code string) map[string]string { return one("sync/plan/a.go", "package plan\n\n"+code+"\n") }
	return []snippet{
		{"31 lines of main fail", shell, one("cmd/rollcall/main.go", file(31)), "cmd/rollcall/main.go:1 31 lines, at most 30"},
		{"30 lines of main pass", shell, one("cmd/rollcall/main.go", file(30)), ""},

		{"a function of 81 lines fails", short,
			map[string]string{"sync/plan/a.go": function(81), "sync/plan/b.go": functions(9, 0)},
			"sync/plan/a.go:3 81 lines, at most 80"},
		{"a function of 80 lines passes among short ones", short,
			map[string]string{"sync/plan/a.go": function(80), "sync/plan/b.go": functions(9, 0)}, ""},
		{"one function in ten over 40 lines passes", short, one("sync/plan/a.go", functions(9, 1)), ""},
		{"more than one in ten over 40 lines fails", short,
			one("sync/plan/a.go", functions(0, 1)), "sync/plan/a.go:3 42 lines, and more than a tenth"},
		{"a function literal counts too", short,
			one("sync/plan/a.go", strings.Replace(function(81), "func f() {", "var f = func() {", 1)),
			"sync/plan/a.go:3 81 lines, at most 80"},
		{"tests may be long stories", short, one("sync/plan/a_test.go", function(200)), ""},

		{"a file of 501 lines fails", files,
			map[string]string{"sync/plan/a_test.go": file(501)}, "sync/plan/a_test.go:1 501 lines, at most 500"},
		{"a test file of 500 lines passes", files, one("sync/plan/a_test.go", file(500)), ""},
		{"one file in ten over 350 lines passes", files, fileTree(9, 1), ""},
		{"more than one in ten over 350 lines fails", files,
			one("sync/plan/a.go", file(351)), "sync/plan/a.go:1 351 lines, and more than a tenth"},

		{"sixteen fields fail", structs, plan("type t struct {\n\ta, b, c, d, e, f, g, h, i, j, k, l, m, n, o int\n\tpart\n}"),
			"sync/plan/a.go:3 16 fields, at most 15"},
		{"fifteen fields pass", structs, plan("type t struct {\n\ta, b, c, d, e, f, g, h, i, j, k, l, m, n int\n\tpart\n}"), ""},
		{"a struct inside a function counts too", structs,
			plan("func f() {\n\tvar _ struct{ a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p int }\n}"),
			"sync/plan/a.go:4 16 fields"},

		{"six parameters fail", params, plan("func f(a, b, c int, d, e, g string) {}"), "sync/plan/a.go:3 6 parameters, at most 5"},
		{"five parameters and a receiver pass", params, plan("func (t t) f(a, b, c int, d, e string) {}"), ""},
		{"two bools fail", params, plan("func f(dry, force bool) {}"), "sync/plan/a.go:3 two bools"},
		{"two bools apart fail", params, plan("func f(dry bool, n int, force bool) {}"), "sync/plan/a.go:3 two bools"},
		{"one bool and a bool result pass", params, plan("func f(dry bool) (bool, bool) { return dry, dry }"), ""},
		{"an interface's method counts too", params,
			plan("type t interface {\n\tf(a, b, c, d, e, g int)\n}"), "sync/plan/a.go:4 6 parameters"},
	}
}

func variableSnippets() []snippet {
	const law = "package variables never change"
	plan := func(code string) map[string]string { return one("sync/plan/a.go", "package plan\n\n"+code+"\n") }
	table := func(code string) map[string]string {
		return map[string]string{
			"sync/plan/a.go": "package plan\n\nvar table = map[string][]int{}\n",
			"sync/plan/b.go": "package plan\n\nimport \"slices\"\n\nfunc f(k string) {\n\t" + code + "\n}\n",
		}
	}
	const written = "sync/plan/b.go:6 table is written to"
	return []snippet{
		{"a variable without a value fails", law, plan("var count int"), "sync/plan/a.go:3 count may change"},
		{"a plain value fails", law, plan("var count = 3"), "sync/plan/a.go:3 count may change"},
		{"a made map fails", law, plan("var seen = make(map[string]bool)"), "sync/plan/a.go:3 seen may change"},
		{"a pointer fails", law, plan("var shared = &t{}"), "sync/plan/a.go:3 shared may change"},
		{"a mutex fails", law, plan("import \"sync\"\n\nvar mu = sync.Mutex{}"), "sync/plan/a.go:5 mu may change"},
		{"each name of a group is looked at", law,
			plan("import \"errors\"\n\nvar (\n\terrA = errors.New(\"a\")\n\tb    = 3\n)"), "sync/plan/a.go:7 b may change"},
		{"somebody else's New fails", law,
			plan("import errors \"example.org/errors\"\n\nvar a = errors.New()"), "sync/plan/a.go:5 a may change"},
		{"a pattern, an error and an assertion pass", law, plan("import (\n\t\"errors\"\n\t\"regexp\"\n)\n\n" +
			"var p = regexp.MustCompile(`a`)\n\nvar _ I = t{}\n\nvar errA, errB = errors.New(\"a\"), errors.New(\"b\")"), ""},
		{"an embedded file passes", law, plan("import _ \"embed\"\n\n// page is the page.\n//\n//go:embed a.html\nvar page string"), ""},
		{"tests may have variables", law, one("sync/plan/a_test.go", "package plan_test\n\nvar update bool\n"), ""},

		{"a table that is read passes", law, table(`_ = table[k]`), ""},
		{"a table that is assigned fails", law, table(`table = nil`), written},
		{"a table with an entry set fails", law, table(`table[k] = nil`), written},
		{"a table with an inner entry counted up fails", law, table(`table[k][0]++`), written},
		{"a table that loses an entry fails", law, table(`delete(table, k)`), written},
		{"a table that is appended to fails", law, table(`_ = append(table[k], 1)`), written},
		{"a table that is sorted in place fails", law, table(`slices.Sort(table[k])`), written},
		{"a table whose copy is sorted passes", law, table(`_ = slices.Sorted(slices.Values(table[k]))`), ""},
		{"a table whose address is taken fails", law, table(`_ = &table`), written},
		{"a local of the same name may change", law, table(`table := map[string]int{}; table[k] = 1`), ""},
		{"a parameter of the same name may change", law,
			table(`func(table map[string]int) { table[k] = 1 }(nil)`), ""},
	}
}

func writingSnippets() []snippet {
	const (
		documented = "exported names are documented"
		comment    = "each package has one package comment"
		named      = "files are named for nouns"
		exits      = "only main exits"
		starts     = "nothing runs at import"
	)
	plan := func(code string) map[string]string { return one("sync/plan/a.go", "package plan\n\n"+code+"\n") }
	const plain, described = "package plan\n", "// Package plan decides.\npackage plan\n"
	const quits = "import \"os\"\n\nfunc f() {\n\tos.Exit(1)\n}"
	return []snippet{
		{"a type without a comment fails", documented, plan("type T int"), "sync/plan/a.go:3 T is exported"},
		{"a function without a comment fails", documented, plan("func F() {}"), "sync/plan/a.go:3 F is exported"},
		{"a method of a generic pointer fails", documented, plan("func (t *T[A, B]) F() {}"), "sync/plan/a.go:3 F is exported"},
		{"a constant without a comment fails", documented, plan("const C = 1"), "sync/plan/a.go:3 C is exported"},
		{"a comment on a group of types is no comment on each", documented,
			plan("// These are types.\ntype (\n\tT int\n)"), "sync/plan/a.go:5 T is exported"},
		{"a comment on a group of constants speaks for all", documented,
			plan("// The states.\nconst (\n\tA = iota\n\tB\n)"), ""},
		{"a comment behind a constant is enough", documented, plan("const (\n\tA = 1 // the first\n)"), ""},
		{"what nobody outside can name needs none", documented, plan("type t int\n\nfunc (t *t) F() {}"), ""},

		{"no package comment fails", comment, one("sync/plan/a.go", plain), "sync/plan/a.go:1 has no package comment"},
		{"two package comments fail", comment,
			map[string]string{"sync/plan/a.go": described, "sync/plan/b.go": described}, "sync/plan/b.go:2 keep one"},
		{"one package comment passes", comment,
			map[string]string{"sync/plan/a.go": plain, "sync/plan/b.go": described, "sync/plan/b_test.go": plain}, ""},

		{"util.go fails", named, one("sync/plan/util.go", plain), "sync/plan/util.go:1 a file called util"},
		{"helpers_test.go fails", named, one("sync/plan/helpers_test.go", plain), "sync/plan/helpers_test.go:1 a file called helpers"},
		{"change.go passes", named, one("sync/plan/change.go", plain), ""},

		{"os.Exit in a stage fails", exits, plan(quits), "sync/plan/a.go:6 only main.go ends the process"},
		{"log.Fatal in a stage fails", exits,
			plan("import \"log\"\n\nfunc f() {\n\tlog.Fatal(1)\n}"), "sync/plan/a.go:6 only main.go ends the process"},
		{"os.Exit in main.go passes", exits, one("cmd/rollcall/main.go", "package main\n\n"+quits+"\n"), ""},
		{"os.Exit beside main.go fails", exits,
			one("cmd/rollcall/app.go", "package main\n\n"+quits+"\n"), "cmd/rollcall/app.go:6 only main.go"},

		{"an init function fails", starts, plan("func init() {}"), "sync/plan/a.go:3 no init functions"},
		{"a method called init passes", starts, plan("func (t t) init() {}"), ""},
	}
}
