package main

import (
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// closed is a schema that allows no member which it does not name: what the program prints must all be described.
func closed(node any) any {
	switch n := node.(type) {
	case map[string]any:
		for name, child := range n {
			n[name] = closed(child)
		}
		if _, has := n["properties"].(map[string]any); has && n["additionalProperties"] == nil {
			n["additionalProperties"] = false
		}
	case []any:
		for i := range n {
			n[i] = closed(n[i])
		}
	}
	return node
}

// TestWhatIsPrintedIsDescribed holds --json to its schema, member by member.
func TestWhatIsPrintedIsDescribed(t *testing.T) {
	t.Parallel()
	p := newPlace(t, plainJob)
	p.write(t, "contacts.csv", "Customer,E-mail\n1,a@x.example\n2,wrong\n")
	p.write(t, "header.csv", "Customer,E-mail\n")
	p.write(t, "good.csv", "Customer,E-mail\n1,a@x.example\n")
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(p.rollcall(t, "schema").out))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("output.json", closed(parsed)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind string
		exit int
		args []string
	}{
		{"validation", 3, []string{"validate"}},
		{"idle", 0, []string{"resume", "--yes"}},
		{"run", 3, []string{"plan"}},
		{"run", 3, []string{"apply", "--yes"}},
		{"run", 4, []string{"sync", "--yes", "header.csv"}},
		{"run", 0, []string{"sync", "--yes", "good.csv"}},
		{"export", 0, []string{"export", "-o", "people.xlsx", "--where", "customer_id=1"}},
		{"export", 0, []string{"export", "-o", "template.csv", "--empty"}},
		{"runs", 0, []string{"runs"}},
		{"refusal", 2, []string{"plan", "none.csv"}},
	} {
		schema, err := compiler.Compile("output.json#/$defs/" + c.kind)
		if err != nil {
			t.Fatal(err)
		}
		done := p.rollcall(t, append(c.args, "--json")...)
		if done.code != c.exit {
			t.Errorf("%v: exit code %d, want %d: %s", c.args, done.code, c.exit, done.errOut)
		}
		got, err := jsonschema.UnmarshalJSON(strings.NewReader(done.out))
		if err != nil {
			t.Errorf("%v prints no JSON: %v\n%s", c.args, err, done.out)
			continue
		}
		if err := schema.Validate(got); err != nil {
			t.Errorf("%v: %v\n%s", c.args, err, done.out)
		}
	}
}
