package main_test

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"
)

// The budgets of the house style. Medians hardly differ between good and weak code, so these watch the tail.
const (
	maxFunctionLines = 80
	p90FunctionLines = 40
	maxFileLines     = 500
	p90FileLines     = 350
	maxStructFields  = 15
	maxParameters    = 5
)

func budgets() []law {
	return []law{
		{"functions are short", functionsAreShort},
		{"files are short", filesAreShort},
		{"structs are narrow", structsAreNarrow},
		{"parameter lists are short", parametersAreFew},
		{"package variables never change", packageVariablesNeverChange},
		{"exported names are documented", exportedNamesAreDocumented},
		{"each package has one package comment", onePackageComment},
		{"files are named for nouns", filesAreNamedForNouns},
		{"only main exits", onlyMainExits},
		{"nothing runs at import", nothingRunsAtImport},
	}
}

// withoutTests leaves out the test files: most budgets are for the program alone.
func withoutTests(tree []source) []source {
	return slices.DeleteFunc(slices.Clone(tree), func(s source) bool { return s.test })
}

// measured is a length somewhere in the tree.
type measured struct {
	where source
	node  ast.Node
	lines int
}

// over90 returns the longest tenth when its shortest member is over the limit, that is when the 90th percentile is.
func over90(all []measured, limit int) []measured {
	slices.SortStableFunc(all, func(a, b measured) int { return a.lines - b.lines })
	rank := (len(all)*9 + 9) / 10 // the smallest count that holds nine tenths
	if rank == 0 || all[rank-1].lines <= limit {
		return nil
	}
	return all[rank-1:]
}

func functionsAreShort(tree []source) (broken []breach) {
	var declared []measured
	for _, s := range withoutTests(tree) {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			declaration, isDeclaration := n.(*ast.FuncDecl)
			_, isLiteral := n.(*ast.FuncLit)
			if !isDeclaration && !isLiteral {
				return true
			}
			lines := s.fset.Position(n.End()).Line - s.fset.Position(n.Pos()).Line + 1
			if lines > maxFunctionLines {
				broken = append(broken, s.breach(n, "this function has %d lines, at most %d: split it by what it decides"+
					" and what it does", lines, maxFunctionLines))
			}
			if isDeclaration {
				declared = append(declared, measured{s, declaration, lines})
			}
			return true
		})
	}
	for _, m := range over90(declared, p90FunctionLines) {
		broken = append(broken, m.where.breach(m.node, "this function has %d lines, and more than a tenth of all functions"+
			" are over %d: shorten the longest", m.lines, p90FunctionLines))
	}
	return broken
}

func filesAreShort(tree []source) (broken []breach) {
	for _, s := range tree {
		if s.lines > maxFileLines {
			broken = append(broken, s.breach(s.ast, "this file has %d lines, at most %d: split it by responsibility",
				s.lines, maxFileLines))
		}
	}
	var files []measured
	for _, s := range withoutTests(tree) {
		files = append(files, measured{s, s.ast, s.lines})
	}
	for _, m := range over90(files, p90FileLines) {
		broken = append(broken, m.where.breach(m.node, "this file has %d lines, and more than a tenth of all files are over"+
			" %d: split the longest", m.lines, p90FileLines))
	}
	return broken
}

func structsAreNarrow(tree []source) (broken []breach) {
	for _, s := range withoutTests(tree) {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if record, ok := n.(*ast.StructType); ok && countNames(record.Fields) > maxStructFields {
				broken = append(broken, s.breach(record, "this struct has %d fields, at most %d: group what belongs together"+
					" into a struct of its own", countNames(record.Fields), maxStructFields))
			}
			return true
		})
	}
	return broken
}

// countNames counts fields or parameters; one without a name is embedded or unnamed and counts once.
func countNames(list *ast.FieldList) int {
	count := 0
	for _, field := range list.List {
		count += max(1, len(field.Names))
	}
	return count
}

func parametersAreFew(tree []source) (broken []breach) {
	for _, s := range withoutTests(tree) {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			signature, ok := n.(*ast.FuncType)
			if !ok {
				return true
			}
			if count := countNames(signature.Params); count > maxParameters {
				broken = append(broken, s.breach(signature, "%d parameters, at most %d: pass a struct with documented fields",
					count, maxParameters))
			}
			if countBools(signature.Params) > 1 {
				broken = append(broken, s.breach(signature, "two bools among the parameters: a caller cannot read which is"+
					" which; pass named constants or a struct"))
			}
			return true
		})
	}
	return broken
}

func countBools(list *ast.FieldList) int {
	count := 0
	for _, field := range list.List {
		if kind, ok := field.Type.(*ast.Ident); ok && kind.Name == "bool" {
			count += max(1, len(field.Names))
		}
	}
	return count
}

// packageVariablesNeverChange allows a package variable only where its first value is its last: a compiled pattern, a
// sentinel error, an embedded file, or a table that no code of the package writes to.
func packageVariablesNeverChange(tree []source) (broken []breach) {
	for _, files := range byPackage(tree) {
		written := writes(files)
		for _, s := range withoutTests(files) {
			for _, spec := range packageVariables(s) {
				for i, name := range spec.Names {
					if name.Name == "_" {
						continue
					}
					if !s.staysAsMade(spec, i) {
						broken = append(broken, s.breach(name, "package variable %s may change while the program runs: make it"+
							" a constant, a function that returns it, or a field of what uses it", name.Name))
					}
					if at, found := written[name.Name]; found {
						broken = append(broken, breach{at, "package variable " + name.Name + " is written to or shared for" +
							" writing here: work on a local copy, or return it from a function"})
					}
				}
			}
		}
	}
	return broken
}

// byPackage groups the files of each folder that share one package clause, so that an external test package, which
// cannot see the names, stands apart.
func byPackage(tree []source) map[string][]source {
	groups := map[string][]source{}
	for _, s := range tree {
		key := s.pkg + " " + s.ast.Name.Name
		groups[key] = append(groups[key], s)
	}
	return groups
}

// packageVariables returns the specs of a file's package variables. A go:embed comment above a lone variable belongs
// to the declaration; it is copied to the spec, where staysAsMade looks.
func packageVariables(s source) (specs []*ast.ValueSpec) {
	for _, declaration := range s.ast.Decls {
		general, ok := declaration.(*ast.GenDecl)
		if !ok || general.Tok != token.VAR {
			continue
		}
		for _, one := range general.Specs {
			spec := *one.(*ast.ValueSpec)
			if spec.Doc == nil {
				spec.Doc = general.Doc
			}
			specs = append(specs, &spec)
		}
	}
	return specs
}

func (s source) staysAsMade(spec *ast.ValueSpec, i int) bool {
	if spec.Doc != nil && slices.ContainsFunc(spec.Doc.List, isEmbedDirective) {
		return true
	}
	if len(spec.Values) != len(spec.Names) {
		return false
	}
	switch value := spec.Values[i].(type) {
	case *ast.CallExpr:
		return s.refersTo(value.Fun, "regexp", "MustCompile") || s.refersTo(value.Fun, "errors", "New")
	case *ast.CompositeLit:
		return !s.refersTo(value.Type, "sync", "Mutex", "RWMutex", "Map", "Once", "Pool", "WaitGroup")
	}
	return false
}

func isEmbedDirective(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") }

// writes finds where the package variables of one package are assigned to, appended to, deleted from, sorted or have
// their address taken, by name. The type checker runs without imports: all it is asked for is which name means what.
func writes(files []source) map[string]token.Position {
	found := map[string]token.Position{}
	for _, s := range files {
		uses := map[*ast.Ident]types.Object{}
		checker := types.Config{Importer: noImports{}, Error: func(error) {}}
		// Each file is checked by itself with its own positions; a name that it does not declare is the package's.
		_, _ = checker.Check(s.pkg, s.fset, []*ast.File{s.ast}, &types.Info{Uses: uses})
		ast.Inspect(s.ast, func(n ast.Node) bool {
			for _, target := range writtenBy(n) {
				name := rootName(target)
				if name == nil || isLocal(uses[name]) {
					continue
				}
				if _, seen := found[name.Name]; !seen {
					found[name.Name] = s.fset.Position(name.Pos())
				}
			}
			return true
		})
	}
	return found
}

// isLocal tells names that a function declares. An object without a parent scope is a field, which no bare name means.
func isLocal(object types.Object) bool {
	return object != nil && object.Pkg() != nil && object.Parent() != object.Pkg().Scope()
}

// noImports refuses every import; the checker goes on without.
type noImports struct{}

func (noImports) Import(string) (*types.Package, error) {
	return nil, errors.New("the laws read no imports")
}

// writtenBy returns the expressions that a node may change.
func writtenBy(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			return []ast.Expr{n.Key, n.Value}
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			return []ast.Expr{n.X}
		}
	case *ast.CallExpr:
		if len(n.Args) > 0 && changesArgument(n.Fun) {
			return n.Args[:1]
		}
	}
	return nil
}

// changesArgument tells the functions that write to their first argument.
func changesArgument(function ast.Expr) bool {
	switch function := function.(type) {
	case *ast.Ident:
		return slices.Contains([]string{"append", "delete", "clear", "copy"}, function.Name)
	case *ast.SelectorExpr:
		qualifier, ok := function.X.(*ast.Ident)
		if !ok {
			return false
		}
		name := qualifier.Name + "." + function.Sel.Name
		writers := []string{"slices.Sort", "slices.Reverse", "slices.Delete", "slices.Insert", "slices.Compact",
			"maps.Copy", "maps.DeleteFunc", "maps.Insert", "sort."}
		return slices.ContainsFunc(writers, func(prefix string) bool {
			return strings.HasPrefix(name, prefix) && name != "slices.Sorted" && !strings.HasPrefix(name, "sort.Search")
		})
	}
	return false
}

// rootName finds the variable behind an expression such as table[key].names[0].
func rootName(expr ast.Expr) *ast.Ident {
	for {
		switch inner := expr.(type) {
		case *ast.Ident:
			return inner
		case *ast.IndexExpr:
			expr = inner.X
		case *ast.SelectorExpr:
			expr = inner.X
		case *ast.SliceExpr:
			expr = inner.X
		case *ast.StarExpr:
			expr = inner.X
		case *ast.ParenExpr:
			expr = inner.X
		default:
			return nil
		}
	}
}

func exportedNamesAreDocumented(tree []source) (broken []breach) {
	for _, s := range withoutTests(tree) {
		for _, declaration := range s.ast.Decls {
			for _, name := range undocumented(declaration) {
				broken = append(broken, s.breach(name, "%s is exported and has no comment: say what it is for, beginning"+
					" with its name", name.Name))
			}
		}
	}
	return broken
}

// undocumented lists the exported names that a declaration leaves without a comment. A comment on a group of constants
// or variables speaks for all of them; each type needs its own.
func undocumented(declaration ast.Decl) (names []*ast.Ident) {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && hasExportedReceiver(d) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		for _, one := range d.Specs {
			switch spec := one.(type) {
			case *ast.TypeSpec:
				alone := !d.Lparen.IsValid()
				if spec.Name.IsExported() && spec.Doc == nil && (d.Doc == nil || !alone) {
					names = append(names, spec.Name)
				}
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					if name.IsExported() && d.Doc == nil && spec.Doc == nil && spec.Comment == nil {
						names = append(names, name)
					}
				}
			}
		}
	}
	return names
}

// hasExportedReceiver is true of functions too: a method of a type that nobody outside can name needs no comment.
func hasExportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	receiver := d.Recv.List[0].Type
	if list, ok := receiver.(*ast.IndexListExpr); ok {
		receiver = list.X
	}
	name := rootName(receiver)
	return name == nil || name.IsExported()
}

func onePackageComment(tree []source) (broken []breach) {
	for _, files := range byPackage(withoutTests(tree)) {
		var with []source
		for _, s := range files {
			if s.ast.Doc != nil {
				with = append(with, s)
			}
		}
		if len(with) == 0 {
			s := files[0]
			broken = append(broken, s.breach(s.ast.Name, "package %s has no package comment: say what it does, what it refuses"+
				" to do and where to begin", s.pkg))
		}
		for _, s := range with[min(1, len(with)):] {
			broken = append(broken, s.breach(s.ast.Name, "package %s has a package comment in %s already: keep one, and leave"+
				" a blank line below any other first comment", s.pkg, path.Base(with[0].path)))
		}
	}
	return broken
}

func filesAreNamedForNouns(tree []source) (broken []breach) {
	forbidden := []string{"util", "utils", "common", "helper", "helpers", "types", "manager", "managers", "misc"}
	for _, s := range tree {
		name := strings.TrimSuffix(strings.TrimSuffix(path.Base(s.path), ".go"), "_test")
		if slices.Contains(forbidden, name) {
			broken = append(broken, s.breach(s.ast, "a file called %s says nothing of what it holds: name it for the noun it"+
				" is about", name))
		}
	}
	return broken
}

func onlyMainExits(tree []source) (broken []breach) {
	for _, s := range withoutTests(tree) {
		if path.Base(s.path) == "main.go" && strings.HasPrefix(s.pkg, "cmd/") {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			expr, ok := n.(ast.Expr)
			if ok && (s.refersTo(expr, "os", "Exit") || s.refersTo(expr, "log", "Fatal", "Fatalf", "Fatalln")) {
				broken = append(broken, s.breach(n, "only main.go ends the process: return an error, and let the edge choose"+
					" the exit code"))
			}
			return true
		})
	}
	return broken
}

func nothingRunsAtImport(tree []source) (broken []breach) {
	for _, s := range withoutTests(tree) {
		for _, declaration := range s.ast.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && function.Recv == nil && function.Name.Name == "init" {
				broken = append(broken, s.breach(function, "no init functions: build it where it is used, and return the error"))
			}
		}
	}
	return broken
}
