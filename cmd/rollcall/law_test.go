// The laws of the project as tests: who may import whom, and the budgets of the house style. They read the source
// with the standard library alone, so they hold wherever the tests run. Every law is a function over parsed files,
// and TestEveryLawCanFail proves with small bad snippets that each of them bites.
package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	modulePath   = "github.com/rollcall-sync/rollcall"
	maxMainLines = 30
)

// importTable says which packages of the module each package may import. What is not listed here does not exist:
// a new package has to be given its place in the design first.
func importTable() map[string][]string {
	return map[string][]string{
		"mapping/sheet":  {},
		"mapping/model":  {},
		"mapping":        {"mapping/sheet", "mapping/model"},
		"sync/pace":      {},
		"sync/remote":    {"mapping/model", "sync/pace", "sync/plan", "sync/push"},
		"sync/ledger":    {"mapping/model", "sync/plan", "sync/push"},
		"sync/plan":      {"mapping", "mapping/sheet", "mapping/model"},
		"sync/push":      {"mapping/model", "sync/plan"},
		"sync/reconcile": {"mapping/sheet", "mapping/model", "sync/plan", "sync/push"},
		"sync/simulator": {},
		"testdata":       {},
		"sync": {
			"mapping", "mapping/sheet", "mapping/model",
			"sync/pace", "sync/remote", "sync/ledger", "sync/plan", "sync/push", "sync/reconcile",
		},
		"cmd/rollcall": {"sync", "sync/simulator", "testdata"},
	}
}

// source is one parsed Go file of the module.
type source struct {
	path  string // from the module root, with slashes
	pkg   string // the folder, which is the import path below the module's
	test  bool
	lines int
	fset  *token.FileSet
	ast   *ast.File
}

// breach is one place that breaks a law, with what to do about it.
type breach struct {
	at     token.Position
	remedy string
}

func (b breach) String() string {
	return fmt.Sprintf("%s:%d: %s", b.at.Filename, b.at.Line, b.remedy)
}

// law is one rule that the whole tree keeps.
type law struct {
	name  string
	check func(tree []source) []breach
}

func laws() []law {
	return append([]law{
		{"imports follow the table", importsFollowTable},
		{"the simulator knows nothing of the client", simulatorKnowsNoClient},
		{"sync and cmd leave the standard sync alone", standardSyncStaysOut},
		{"sync holds no goroutine and no mutex", syncHoldsNoGoroutine},
		{"ours is datasync beside the standard sync", oursIsDatasync},
		{"only cmd knows the command line library", onlyCmdKnowsCLI},
		{"main is a shell", mainIsShell},
		{"problem codes are registered and used", problemCodesAreRegistered},
	}, budgets()...)
}

func TestTreeKeepsEveryLaw(t *testing.T) {
	tree := readTree(t, filepath.Join("..", ".."))
	if len(tree) == 0 {
		t.Fatal("no Go file was read: is the module root still two folders up?")
	}
	for _, l := range laws() {
		t.Run(l.name, func(t *testing.T) {
			broken := l.check(tree)
			slices.SortFunc(broken, func(a, b breach) int { return strings.Compare(a.String(), b.String()) })
			for _, b := range broken {
				t.Error(b)
			}
		})
	}
}

// TestTableHasNoCycle keeps the table itself honest: a cycle in it could never compile.
func TestTableHasNoCycle(t *testing.T) {
	table := importTable()
	var visit func(pkg string, trail []string)
	visit = func(pkg string, trail []string) {
		if slices.Contains(trail, pkg) {
			t.Fatalf("the import table has a cycle: %s", strings.Join(append(trail, pkg), " -> "))
		}
		allowed, known := table[pkg]
		if !known {
			t.Fatalf("the import table allows %s, which has no row of its own", pkg)
		}
		for _, next := range allowed {
			visit(next, append(slices.Clone(trail), pkg))
		}
	}
	for pkg := range table {
		visit(pkg, nil)
	}
}

// readTree parses every Go file that the module builds. Folders called testdata below the top hold data, not code.
func readTree(t *testing.T, root string) []source {
	t.Helper()
	var tree []source
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if entry.IsDir() {
			if rel != "." && holdsNoCode(rel) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(rel) != ".go" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		tree = append(tree, parse(t, rel, string(text)))
		return nil
	})
	if err != nil {
		t.Fatalf("read the module's source: %v", err)
	}
	return tree
}

func holdsNoCode(dir string) bool {
	base := path.Base(dir)
	return strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || (base == "testdata" && dir != "testdata")
}

func parse(t *testing.T, name, text string) source {
	t.Helper()
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("parse %s: %v", name, err)
	}
	return source{
		path:  name,
		pkg:   path.Dir(name),
		test:  strings.HasSuffix(name, "_test.go"),
		lines: strings.Count(strings.TrimSuffix(text, "\n"), "\n") + 1,
		fset:  fset,
		ast:   parsed,
	}
}

// breach names the place of a node and the remedy.
func (s source) breach(node ast.Node, format string, args ...any) breach {
	return breach{at: s.fset.Position(node.Pos()), remedy: fmt.Sprintf(format, args...)}
}

// imported is one import of a file.
type imported struct {
	spec *ast.ImportSpec
	path string // as written
	own  string // below the module's path, if it is ours; else empty
	name string // the alias, or the last element of the path
}

func (s source) imports() []imported {
	var all []imported
	for _, spec := range s.ast.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser has refused it already
		}
		one := imported{spec: spec, path: target, name: path.Base(target)}
		if own, found := strings.CutPrefix(target, modulePath+"/"); found {
			one.own = own
		}
		if spec.Name != nil {
			one.name = spec.Name.Name
		}
		all = append(all, one)
	}
	return all
}

// refersTo tells whether an expression is the function or type that a package at this import path exports.
func (s source) refersTo(expr ast.Expr, importPath string, names ...string) bool {
	selector, ok := expr.(*ast.SelectorExpr)
	if !ok || !slices.Contains(names, selector.Sel.Name) {
		return false
	}
	qualifier, ok := selector.X.(*ast.Ident)
	if !ok {
		return false
	}
	return slices.ContainsFunc(s.imports(), func(i imported) bool {
		return i.path == importPath && i.name == qualifier.Name
	})
}

func importsFollowTable(tree []source) (broken []breach) {
	table := importTable()
	for _, s := range tree {
		allowed, known := table[s.pkg]
		if !known {
			broken = append(broken, s.breach(s.ast, "package %s is not in the import table: move the code to a package"+
				" that is, or give it a place in the design and in importTable", s.pkg))
			continue
		}
		if s.test {
			continue // tests may join whatever they compare
		}
		for _, i := range s.imports() {
			if i.own != "" && !slices.Contains(allowed, i.own) {
				broken = append(broken, s.breach(i.spec, "%s may not import %s: declare the small interface you need"+
					" here and let sync join the two", s.pkg, i.own))
			}
		}
	}
	return broken
}

func simulatorKnowsNoClient(tree []source) (broken []breach) {
	for _, s := range tree {
		if s.pkg != "sync/simulator" {
			continue
		}
		for _, i := range s.imports() {
			if i.own != "" && i.own != s.pkg && i.own != "testdata" {
				broken = append(broken, s.breach(i.spec, "the simulator and its tests may not import %s: a server that"+
					" shares the client's code repeats the client's mistakes; state the rule from the documents", i.own))
			}
		}
	}
	return broken
}

// isEdge tells the packages where the word sync can only mean ours.
func isEdge(pkg string) bool { return pkg == "sync" || pkg == "cmd/rollcall" }

func standardSyncStaysOut(tree []source) (broken []breach) {
	for _, s := range tree {
		if s.test || !isEdge(s.pkg) {
			continue
		}
		for _, i := range s.imports() {
			if i.path == "sync" {
				broken = append(broken, s.breach(i.spec, "%s may not import the standard sync: move what needs a lock into"+
					" the stage that owns it", s.pkg))
			}
		}
	}
	return broken
}

func syncHoldsNoGoroutine(tree []source) (broken []breach) {
	for _, s := range tree {
		if s.test || s.pkg != "sync" {
			continue
		}
		for _, i := range s.imports() {
			if i.path == "sync/atomic" || strings.HasPrefix(i.path, "golang.org/x/sync/") {
				broken = append(broken, s.breach(i.spec, "package sync joins the stages and starts nothing: move %s"+
					" into the stage that owns the goroutines", i.path))
			}
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if start, ok := n.(*ast.GoStmt); ok {
				broken = append(broken, s.breach(start, "package sync starts no goroutine: move it into the stage that"+
					" owns it, which also waits for it"))
			}
			return true
		})
	}
	return broken
}

func oursIsDatasync(tree []source) (broken []breach) {
	for _, s := range tree {
		all := s.imports()
		standard := slices.ContainsFunc(all, func(i imported) bool { return i.path == "sync" })
		for _, i := range all {
			if standard && i.own == "sync" && i.name != "datasync" {
				broken = append(broken, s.breach(i.spec, "this file imports the standard sync too: alias ours as datasync"))
			}
		}
	}
	return broken
}

func onlyCmdKnowsCLI(tree []source) (broken []breach) {
	for _, s := range tree {
		for _, i := range s.imports() {
			if strings.HasPrefix(i.path, "github.com/urfave/cli") && s.pkg != "cmd/rollcall" {
				broken = append(broken, s.breach(i.spec, "only cmd/rollcall may import %s: take plain options here", i.path))
			}
		}
	}
	return broken
}

func mainIsShell(tree []source) (broken []breach) {
	for _, s := range tree {
		if s.path == "cmd/rollcall/main.go" && s.lines > maxMainLines {
			broken = append(broken, s.breach(s.ast, "main.go has %d lines, at most %d: keep the signal context, one call"+
				" and the exit code, and move the rest", s.lines, maxMainLines))
		}
	}
	return broken
}
