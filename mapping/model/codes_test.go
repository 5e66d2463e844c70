package model_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// declaredCodes reads the constants of type Code from codes.go.
func declaredCodes(t *testing.T) map[model.Code]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[model.Code]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Code" {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		if first, twice := codes[model.Code(value)]; twice {
			t.Errorf("%s and %s are both %q", first, spec.Names[0].Name, value)
		}
		codes[model.Code(value)] = spec.Names[0].Name
		return true
	})
	return codes
}

func TestEveryCodeIsExplainedOnce(t *testing.T) {
	declared := declaredCodes(t)
	if len(declared) < 50 {
		t.Fatalf("found %d codes, want all of codes.go", len(declared))
	}
	for code, name := range declared {
		if _, ok := model.Explain(code); !ok {
			t.Errorf("%s (%s) has no explanation", name, code)
		}
	}
	seen := map[model.Code]bool{}
	for _, e := range model.Codes() {
		if declared[e.Code] == "" || seen[e.Code] {
			t.Errorf("the explanation of %s belongs to no constant, or is there twice", e.Code)
		}
		seen[e.Code] = true
	}
}

func TestExplanationsAreWholeSentences(t *testing.T) {
	sentence := regexp.MustCompile(`^\S.*[.]$`)
	stable := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	for _, e := range model.Codes() {
		if !stable.MatchString(string(e.Code)) {
			t.Errorf("%s is no code", e.Code)
		}
		for name, text := range map[string]string{"meaning": e.Meaning, "cause": e.Cause, "fix": e.Fix, "example": e.Example} {
			if !sentence.MatchString(text) {
				t.Errorf("%s: the %s is no sentence: %q", e.Code, name, text)
			}
		}
	}
}

func TestOnlyWarningsLetARowPass(t *testing.T) {
	warning, stop, unknown := model.Problem{Code: model.CodeHiddenRow}, model.Problem{Code: model.CodeTooLong}, model.Problem{Code: "new"}
	if warning.Stops() || !stop.Stops() || !unknown.Stops() {
		t.Errorf("got %v %v %v, want a warning to pass, and all else to stop", warning.Stops(), stop.Stops(), unknown.Stops())
	}
	problems := []model.Problem{warning, stop, unknown}
	if got := model.FirstStopping(problems); got != &problems[1] {
		t.Errorf("got %v, want the first that stops", got)
	}
	if got := model.FirstStopping(problems[:1]); got != nil {
		t.Errorf("got %v of warnings only, want none", got)
	}
}
