package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestWhatVerifyPrintsIsDescribed holds report --verify --json to its schema, member by member, whatever it finds.
func TestWhatVerifyPrintsIsDescribed(t *testing.T) {
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
	schema, err := compiler.Compile("output.json#/$defs/verification")
	if err != nil {
		t.Fatal(err)
	}
	var sum struct {
		Run   string            `json:"run"`
		Files map[string]string `json:"files"`
	}
	if err := json.Unmarshal([]byte(p.rollcall(t, "sync", "--yes", "--json").out), &sum); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		says  string
		spoil func() error
		exit  int
	}{
		{"all holds", func() error { return nil }, 0},
		{"a file is gone", func() error { return os.Remove(sum.Files["rows.csv"]) }, 1},
		{"the copy of the input is gone", func() error { return os.Remove(strings.Replace(sum.Files["rows.csv"], "rows.csv", "input.csv", 1)) }, 70},
		{"the run is purged", func() error { p.rollcall(t, "purge", "--run", sum.Run, "--yes"); return nil }, 0},
	} {
		if err := c.spoil(); err != nil {
			t.Fatalf("%s: %v", c.says, err)
		}
		done := p.rollcall(t, "report", "--verify", "--json", sum.Run)
		if done.code != c.exit {
			t.Errorf("%s: exit code %d, want %d: %s%s", c.says, done.code, c.exit, done.out, done.errOut)
		}
		got, err := jsonschema.UnmarshalJSON(strings.NewReader(done.out))
		if err != nil {
			t.Fatalf("%s: no JSON: %v\n%s", c.says, err, done.out)
		}
		if err := schema.Validate(got); err != nil {
			t.Errorf("%s: %v\n%s", c.says, err, done.out)
		}
	}
}
