package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestPlanFilesAreDescribed holds the lines of a plan file to the schema, member by member.
func TestPlanFilesAreDescribed(t *testing.T) {
	t.Parallel()
	p := newPlace(t, plainJob)
	p.write(t, "contacts.csv", "Customer,E-mail\n1,a@x.example\n2,wrong\n")
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(p.rollcall(t, "schema").out))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("output.json", closed(parsed)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "plan.jsonl")
	if done := p.rollcall(t, "plan", "-o", path); done.code != 3 {
		t.Fatalf("exit code %d, want 3: %s", done.code, done.errOut)
	}
	// All kinds of lines are in the golden file of the writer; one of a run shows that the head is the same.
	golden, err := os.ReadFile(filepath.Join("..", "..", "sync", "reconcile", "testdata", "plan.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{string(golden), string(written)} {
		kind := "plan_head"
		for line := range strings.Lines(file) {
			schema, err := compiler.Compile("output.json#/$defs/" + kind)
			if err != nil {
				t.Fatal(err)
			}
			kind = "plan_line"
			got, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
			if err != nil {
				t.Fatalf("no JSON: %v\n%s", err, line)
			}
			if err := schema.Validate(got); err != nil {
				t.Errorf("%v\n%s", err, line)
			}
		}
		if kind != "plan_line" {
			t.Error("the file is empty")
		}
	}
}
