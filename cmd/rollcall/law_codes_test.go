package main_test

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// modelPackage is where problem codes are declared and registered.
const modelPackage = "mapping/model"

// problemCodesAreRegistered holds the registry of problem codes together: each is a constant of package model with one entry in the
// registry that says what it means, how it comes about, what to do, and an example; it is used somewhere; and nobody writes a
// code as a text, for that would be one that `explain` does not know.
func problemCodesAreRegistered(tree []source) (broken []breach) {
	tree = withoutTests(tree)
	declared, registered, used := map[string]breach{}, map[string]bool{}, map[string]bool{}
	takers := codeTakers(tree)
	for _, s := range tree {
		if s.pkg == modelPackage {
			s.declaredCodes(declared)
		}
	}
	for _, s := range tree {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if list, ok := n.(*ast.CompositeLit); ok && s.pkg == modelPackage && isListOf(list, "Explanation") {
				broken = append(broken, s.registrations(list, registered)...)
				return false // to be registered is no use
			}
			if name := s.codeName(n); name != "" {
				if at, known := declared[name]; !known || at.at != s.fset.Position(n.Pos()) {
					used[name] = true
				}
			}
			for _, text := range s.writtenCodes(n, takers) {
				broken = append(broken, s.breach(text, "the problem code %s is written as a text: declare it in mapping/model/codes.go,"+
					" register it beside the others, and use the constant", text.Value))
			}
			return true
		})
	}
	for name, at := range declared {
		if !registered[name] {
			at.remedy = name + " has no entry in the registry: say beside the others what it means, how it comes about, what to do, and an example"
			broken = append(broken, at)
		}
		if !used[name] {
			at.remedy = name + " is used nowhere: no row can have it, so take it out of the constants and the registry"
			broken = append(broken, at)
		}
	}
	return broken
}

// declaredCodes notes the constants of type Code, and where each of them is.
func (s source) declaredCodes(into map[string]breach) {
	for _, declaration := range s.ast.Decls {
		general, ok := declaration.(*ast.GenDecl)
		if !ok || general.Tok != token.CONST {
			continue
		}
		for _, one := range general.Specs {
			spec := one.(*ast.ValueSpec)
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
				for _, name := range spec.Names {
					into[name.Name] = s.breach(name, "")
				}
			}
		}
	}
}

// isListOf reports whether a literal is a list of a type of its package.
func isListOf(literal *ast.CompositeLit, name string) bool {
	list, ok := literal.Type.(*ast.ArrayType)
	if !ok {
		return false
	}
	kind, ok := list.Elt.(*ast.Ident)
	return ok && kind.Name == name
}

// registrations reads entries of the registry: code, severity, meaning, cause, fix, example.
func (s source) registrations(list *ast.CompositeLit, registered map[string]bool) (broken []breach) {
	const parts = 6
	for _, one := range list.Elts {
		entry, ok := one.(*ast.CompositeLit)
		if !ok || len(entry.Elts) == 0 {
			broken = append(broken, s.breach(one, "this is no entry of the registry: write code, severity, meaning, cause, fix, example"))
			continue
		}
		code, _ := entry.Elts[0].(*ast.Ident)
		if code == nil {
			broken = append(broken, s.breach(entry, "an entry of the registry begins with the constant of its code"))
			continue
		}
		if registered[code.Name] {
			broken = append(broken, s.breach(entry, "%s is registered twice: keep one entry", code.Name))
		}
		registered[code.Name] = true
		blank := slices.ContainsFunc(entry.Elts, func(e ast.Expr) bool {
			text, ok := e.(*ast.BasicLit)
			return ok && strings.Trim(text.Value, "\"` ") == ""
		})
		if len(entry.Elts) != parts || blank {
			broken = append(broken, s.breach(entry, "%s is registered without its meaning, cause, fix or example: a person who has the"+
				" sheet open needs all of them", code.Name))
		}
	}
	return broken
}

// codeName is the name of the constant of a problem code that a node is, "" if it is none.
func (s source) codeName(n ast.Node) string {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		if qualifier, ok := n.X.(*ast.Ident); ok && strings.HasPrefix(n.Sel.Name, "Code") && s.isModel(qualifier.Name) {
			return n.Sel.Name
		}
	case *ast.Ident:
		if s.pkg == modelPackage && strings.HasPrefix(n.Name, "Code") {
			return n.Name
		}
	}
	return ""
}

// isModel reports whether a name is that of package model in this file.
func (s source) isModel(name string) bool {
	return slices.ContainsFunc(s.imports(), func(i imported) bool { return i.own == modelPackage && i.name == name })
}

// isCodeType reports whether a type is that of problem codes.
func (s source) isCodeType(expr ast.Expr) bool {
	if name, ok := expr.(*ast.Ident); ok {
		return s.pkg == modelPackage && name.Name == "Code"
	}
	return s.refersTo(expr, modulePath+"/"+modelPackage, "Code")
}

// codeTakers is which parameters of the functions of the tree are problem codes, by the name of the function.
func codeTakers(tree []source) map[string][]int {
	takers := map[string][]int{}
	for _, s := range tree {
		for _, declaration := range s.ast.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok {
				continue
			}
			at := 0
			for _, field := range function.Type.Params.List {
				for range max(1, len(field.Names)) {
					if s.isCodeType(field.Type) {
						takers[function.Name.Name] = append(takers[function.Name.Name], at)
					}
					at++
				}
			}
		}
	}
	return takers
}

// writtenCodes is the texts in a node that stand for a problem code: one that is made a code, assigned to a field or a constant of
// that type, compared with such a field, or handed to a function that takes a code.
func (s source) writtenCodes(n ast.Node, takers map[string][]int) (texts []*ast.BasicLit) {
	add := func(expr ast.Expr) {
		if text, ok := expr.(*ast.BasicLit); ok && text.Kind == token.STRING {
			if value, err := strconv.Unquote(text.Value); err == nil && value != "" {
				texts = append(texts, text)
			}
		}
	}
	isField := func(expr ast.Expr) bool {
		field, ok := expr.(*ast.SelectorExpr)
		return ok && field.Sel.Name == "Code"
	}
	switch n := n.(type) {
	case *ast.CallExpr:
		if s.isCodeType(n.Fun) && len(n.Args) == 1 {
			add(n.Args[0])
		}
		for _, i := range takers[calledName(n.Fun)] {
			if i < len(n.Args) {
				add(n.Args[i])
			}
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" {
			add(n.Value)
		}
	case *ast.BinaryExpr:
		if isField(n.X) {
			add(n.Y)
		}
	case *ast.AssignStmt:
		for i := range n.Lhs {
			if isField(n.Lhs[i]) && i < len(n.Rhs) {
				add(n.Rhs[i])
			}
		}
	case *ast.ValueSpec:
		if s.pkg != modelPackage && n.Type != nil && s.isCodeType(n.Type) {
			for _, value := range n.Values {
				add(value)
			}
		}
	}
	return texts
}

// calledName is the name of the function or method that is called.
func calledName(function ast.Expr) string {
	switch f := function.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// codeSnippets prove that the law of the registry bites.
func codeSnippets() []snippet {
	const law = "problem codes are registered and used"
	const codes = "package model\n\nconst CodeOld Code = \"old\"\n"
	const registry = "package model\n\nvar all = []Explanation{\n\t{CodeOld, Stops, \"Meaning.\", \"Cause.\", \"Fix.\", \"Example.\"},\n}\n"
	const use = "package plan\n\nimport \"" + ours + "mapping/model\"\n\nfunc use(code model.Code) bool { return code == model.CodeOld }\n"
	with := func(name, text string) map[string]string {
		files := map[string]string{"mapping/model/codes.go": codes, "mapping/model/registry.go": registry, "sync/plan/use.go": use}
		files[name] = text
		return files
	}
	other := func(body string) map[string]string {
		return with("sync/push/other.go", "package push\n\nimport \""+ours+"mapping/model\"\n\n"+body+"\n")
	}
	return []snippet{
		{"a registered code that is used passes", law, with("sync/plan/use.go", use), ""},
		{"a code without an entry fails", law, with("mapping/model/registry.go", "package model\n\nfunc use() Code { return CodeOld }\n"), "mapping/model/codes.go:3 has no entry in the registry"},
		{"a code that nothing uses fails", law, with("sync/plan/use.go", "package plan\n"), "mapping/model/codes.go:3 is used nowhere"},
		{"a test is no use", law, with("sync/plan/use.go", "package plan\n\nimport \"other/model\"\n\nvar x = []int{model.CodeOld}\n"), "mapping/model/codes.go:3 is used nowhere"},
		{"an entry without an example fails", law, with("mapping/model/registry.go", strings.Replace(registry, "\"Example.\"", "\"\"", 1)), "mapping/model/registry.go:4 without its meaning, cause, fix or example"},
		{"an entry with too few parts fails", law, with("mapping/model/registry.go", strings.Replace(registry, ", \"Example.\"", "", 1)), "mapping/model/registry.go:4 without its meaning, cause, fix or example"},
		{"an entry that is there twice fails", law, with("mapping/model/second.go", registry), "mapping/model/second.go:4 registered twice"},
		{"a text that is made a code fails", law, other("func use() model.Code { return model.Code(\"new\") }"), "sync/push/other.go:5 written as a text"},
		{"a text in a field fails", law, other("func use() any { return model.Problem{Code: \"new\"} }"), "sync/push/other.go:5 written as a text"},
		{"a text for a parameter fails", law, other("func use(p int, code model.Code) { use(1, \"new\") }"), "sync/push/other.go:5 written as a text"},
		{"a text that is compared fails", law, other("func use(p model.Problem) bool { return p.Code == \"new\" }"), "sync/push/other.go:5 written as a text"},
		{"a text that is assigned fails", law, other("func use(p model.Problem) { p.Code = \"new\" }"), "sync/push/other.go:5 written as a text"},
		{"a constant of another package fails", law, other("const mine model.Code = \"new\""), "sync/push/other.go:5 written as a text"},
		{"no code at all passes", law, other("func use(p model.Problem) bool { return p.Code == \"\" }"), ""},
	}
}
