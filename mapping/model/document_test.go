package model_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// jobSchema has every kind of rule that the schemas of the project use.
const jobSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object", "additionalProperties": false, "required": ["version", "target"],
  "properties": {
    "version": {"const": 1},
    "target": {"type": "string", "minLength": 1, "description": "Name of the target, such as cro/contact."},
    "mode": {"enum": ["create", "update", "upsert"]},
    "workers": {"type": "integer", "minimum": 1, "maximum": 64},
    "share": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "rate": {"type": "string", "pattern": "^[0-9]+/[0-9]+[smh]$", "examples": ["20/1m"]},
    "strict": {"type": "boolean"},
    "keys": {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": true, "items": {"type": "string", "maxLength": 3}},
    "columns": {
      "type": "object", "minProperties": 1, "additionalProperties": false, "description": "Fields by header.",
      "patternProperties": {"^..": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/column"}]}}
    },
    "either": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
    "forbidden": false
  },
  "$defs": {
    "column": {
      "type": "object", "additionalProperties": false, "required": ["field"],
      "properties": {"field": {"type": "string"}, "true": {"type": "array"}, "false": {"type": "array"}, "lookup": {}, "lookup_table": {}},
      "dependentRequired": {"lookup_table": ["lookup"]}
    }
  }
}`

func schema(t testing.TB) *model.Schema {
	t.Helper()
	s, err := model.NewSchema("job.schema.json", []byte(jobSchema))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// findings are the faults of a document, from reading or from checking, as line:column path: message; hint.
func findings(t testing.TB, text string, check func(*model.Document) error) []string {
	t.Helper()
	doc, err := model.ParseDocument("job.yaml", []byte(text))
	if err == nil {
		err = check(doc)
	}
	return lines(t, err)
}

// lines are the findings of an error of a document.
func lines(t testing.TB, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var faults *model.DocumentError
	if !errors.As(err, &faults) {
		t.Fatalf("got %v, want a DocumentError", err)
	}
	var out []string
	for _, f := range faults.Findings {
		out = append(out, strings.TrimSuffix(fmt.Sprintf("%d:%d %s: %s; %s", f.Line, f.Column, f.Path, f.Message, f.Hint), "; "))
	}
	return out
}

func TestCheckNamesEveryFaultInItsPlace(t *testing.T) {
	s := schema(t)
	const head = "version: 1\ntarget: cro\n"
	for _, test := range []struct {
		name string
		text string
		want []string
	}{
		{"a good document has none", head + "columns: {Phone: {field: phone, true: [Y], false: [N]}}\n", nil},
		{"a slip in a key is recognised", head + "colums: {}\n", []string{
			`3:1 colums: unknown key "colums"; did you mean "columns"? allowed: columns, either, forbidden, keys, mode, rate, share, strict, target, version, workers`}},
		{"a missing key is told at its mapping", "version: 1\ncolumns:\n  Phone: {true: [Y]}\n", []string{
			`1:1 : missing key "target"`, `3:3 columns.Phone: missing key "field"`}},
		{"all faults at once, in the order of the lines", "version: 2\ntarget: 5\nmode: upsrt\nworkers: many\nstrict: yes\n", []string{
			`1:10 version: must be 1`, `2:9 target: must be text; Name of the target, such as cro/contact`,
			`3:7 mode: must be one of create, update, upsert; did you mean "upsert"?`, `4:10 workers: must be a whole number`, `5:9 strict: must be true or false`}},
		{"bounds", head + "workers: 0\nshare: 1\nkeys: [abcd, x, x]\ncolumns: {}\n", []string{
			`3:10 workers: must be at least 1`, `4:8 share: must be less than 1`, `5:1 keys: has the same item twice`, `5:1 keys: must have at most 2 items, has 3`,
			`5:8 keys.0: must have at most 3 characters, has 4`, `6:1 columns: must not be empty; Fields by header`}},
		{"a form is shown by its example", head + "rate: fast\n", []string{`3:7 rate: must look like 20/1m`}},
		{"of several forms the one of the same type is meant", head + "columns:\n  Phone: {feld: phone}\n", []string{
			`4:3 columns.Phone: missing key "field"`, `4:11 columns.Phone.feld: unknown key "feld"; did you mean "field"? allowed: false, field, lookup, lookup_table, true`}},
		{"of no type that is allowed", head + "columns: {Phone: 5}\neither: [1]\n", []string{
			`3:18 columns.Phone: must be text or a mapping of keys to values`, `4:1 either: must be text or a whole number`}},
		{"a key that needs another", head + "columns: {Phone: {field: phone, lookup_table: t.csv}}\n", []string{
			`3:11 columns.Phone: missing key "lookup", which "lookup_table" needs`}},
		{"a key of a wrong form", head + "columns: {P: phone}\n", []string{`3:11 columns.P: key "P" does not have the right form; Fields by header`}},
		{"a key that may not be there", head + "forbidden: 1\n", []string{`3:12 forbidden: is not allowed here`}},
		{"nothing under a key", head + "columns:\n", []string{`3:9 columns: must be a mapping of keys to values; Fields by header`}},
		{"a list instead of a mapping", "- 1\n", []string{`1:1 : must be a mapping of keys to values`}},
		{"what YAML reads as numbers and people as text", head + "workers: 010\n", []string{`3:10 workers: must be a whole number`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := findings(t, test.text, func(d *model.Document) error { return d.Check(s) })
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestFaultsOfForm(t *testing.T) {
	s := schema(t)
	const head = "version: 1\ntarget: cro\n"
	for _, test := range []struct {
		name string
		text string
		want []string
	}{
		{"an empty file", "", []string{"1:1 : the file is empty"}},
		{"comments only", "# nothing\n", []string{"1:1 : the file is empty"}},
		{"a null", "~\n", []string{"1:1 : the file is empty"}},
		{"a key twice", head + "mode: create\nmode: update\n", []string{`4:1 mode: key "mode" is already given in line 3; remove one of the two`}},
		{"a key twice, once in quotes", head + "columns: {\"true\": a, true: b}\n", []string{`3:22 columns.true: key "true" is already given in line 3; remove one of the two`}},
		{"faults of form and of rules at once", "version: 1\nversion: 1\ntarget: cro\nmode: x\n", []string{
			`2:1 version: key "version" is already given in line 1; remove one of the two`, `4:7 mode: must be one of create, update, upsert`}},
		{"an anchor and its alias", head + "keys: &k [a]\ncolumns: *k\n", []string{
			`3:7 keys: an anchor (&k) is not allowed; write the value where it is used`, `4:10 columns: an alias (*k) is not allowed; write the value out`}},
		{"a merge key", head + "columns: {<<: {ab: c}, de: f}\n", []string{`3:11 columns.<<: a merge key (<<) is not allowed; write the keys out`}},
		{"a tag", head + "mode: !secret x\n", []string{`3:7 mode: the tag !secret is not allowed; write the value without a tag`}},
		{"binary data", head + "mode: !!binary aGk=\n", []string{`3:7 mode: the tag !!binary is not allowed; write the value without a tag`}},
		{"a key that is a list", head + "columns: {[a]: b, de: f}\n", []string{`3:11 columns.: a key must be plain text`}},
		{"two documents", head + "---\n" + head, []string{`3:1 : a second document begins here; keep one document in a file and remove the line "---"`}},
		{"a colon in plain text", "target: cro: contact\n", []string{`1:1 : a ":" where none can stand; quote the text if the colon belongs to it, else check the indentation`}},
		{"a tab", "target:\n\tcro\n", []string{"2:1 : a character that no value can begin with; indent with spaces, not tabs, and quote text that begins with @, ` or %"}},
		{"an open quote", "target: \"cro\n", []string{`2:1 : a quote or bracket is never closed; close it`}},
		{"a broken list", "keys: [a, b\n", []string{"1:1 : a bracket is never closed, or a comma is missing; separate the items with commas and close the bracket"}},
		{"bytes that are not UTF-8", "target: M\xfcller\n", []string{"1:1 : bytes that are not UTF-8; save the file as UTF-8"}},
		{"too deep", head + "columns: " + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "\n",
			[]string{"3:1 columns: must be a mapping of keys to values; Fields by header", "3:74 columns" + strings.Repeat(".0", 64) + ": nested deeper than 64 levels"}},
		{"too large", strings.Repeat("#", 5<<20), []string{"1:1 : the file has 5242880 bytes, at most 4194304 are read; split the file"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := findings(t, test.text, func(d *model.Document) error { return d.Check(s) })
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestDecodeTakesEveryKeyAsText(t *testing.T) {
	doc, err := model.ParseDocument("job.yaml", []byte("true: [Y]\nfalse: [N]\non: 1\nno: 2\n5: five\n2026-01-01: day\nsince: 2026-01-02\ncode: 007\n"))
	if err != nil {
		t.Fatal(err)
	}
	var job struct {
		True  []string `yaml:"true"`
		False []string `yaml:"false"`
		On    int      `yaml:"on"`
		No    int      `yaml:"no"`
		Five  string   `yaml:"5"`
		Day   string   `yaml:"2026-01-01"`
		Since any      `yaml:"since"`
		Code  any      `yaml:"code"`
	}
	if err := doc.Decode(&job); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(job), "{[Y] [N] 1 2 five day 2026-01-02 007}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var keys map[string]any
	if err := doc.Decode(&keys); err != nil {
		t.Fatal(err)
	}
	if _, ok := keys["true"]; !ok {
		t.Errorf("got keys %v, want true among them", keys)
	}
	var loose any
	if err := doc.Decode(&loose); err != nil {
		t.Fatal(err)
	}
	if _, ok := loose.(map[string]any); !ok {
		t.Errorf("got %T, want text keys without being asked", loose)
	}
}

func TestDecodeRefusesFaultsOfForm(t *testing.T) {
	doc, err := model.ParseDocument("job.yaml", []byte("a: 1\na: 2\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(lines(t, doc.Decode(&map[string]any{}))), 1; got != want {
		t.Errorf("got %d findings, want %d", got, want)
	}
	if doc, err = model.ParseDocument("job.yaml", []byte("a: x\n")); err != nil {
		t.Fatal(err)
	}
	if err := doc.Decode(&struct{ A int }{}); err == nil || !strings.HasPrefix(err.Error(), "job.yaml: decode: ") {
		t.Errorf("got %v, want the file and the act", err)
	}
}

func TestFind(t *testing.T) {
	doc, err := model.ParseDocument("job.yaml", []byte("target: cro\ncolumns:\n  Phone:\n    field: phone\nkeys: [a, b]\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		path []string
		want string
	}{
		{"the whole document", nil, "1:1"},
		{"a single value", []string{"target"}, "1:9"},
		{"a mapping, at its key", []string{"columns", "Phone"}, "3:3"},
		{"a value within", []string{"columns", "Phone", "field"}, "4:12"},
		{"an item of a list", []string{"keys", "1"}, "5:11"},
		{"what is not there, at what is", []string{"columns", "Phone", "blank"}, "3:3"},
		{"an item beyond the list", []string{"keys", "7"}, "5:1"},
	} {
		line, column := doc.Find(test.path...)
		if got := fmt.Sprintf("%d:%d", line, column); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
	err = doc.Fault(doc.Finding("unknown field", "", "columns", "Phone", "field"), doc.Finding("unknown target", "try cro", "target"))
	want := "job.yaml:1:9: unknown target; try cro\njob.yaml:4:12: unknown field"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := doc.Fault(); err != nil {
		t.Errorf("got %v for no findings, want nil", err)
	}
}

func TestSchemaStaysWithinItself(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside.json")
	if err := os.WriteFile(outside, []byte(`{"type": "string"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"not JSON":               `{`,
		"not a schema":           `{"type": 5}`,
		"a file":                 `{"$ref": "file://` + filepath.ToSlash(outside) + `"}`,
		"an address":             `{"$ref": "https://example.org/schema.json"}`,
		"lost places":            `{"propertyNames": {"minLength": 2}}`,
		"a reference to nothing": `{"$ref": "#/$defs/none"}`,
	} {
		if _, err := model.NewSchema("x.json", []byte(text)); err == nil {
			t.Errorf("%s: got no error, want one", name)
		}
	}
}

func FuzzDocument(f *testing.F) {
	for _, seed := range []string{"a: 1", "a: &x [*x]", "? [a]\n: b", "{{}: }", "<<: {a: b}", "- - - x", "a: !!float x\nb: .inf", "%YAML 1.1\n---\n", "a: 1e99999"} {
		f.Add([]byte(seed))
	}
	s := schema(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := model.ParseDocument("f.yaml", data)
		if err != nil {
			lines(t, err)
			return
		}
		for _, line := range lines(t, doc.Check(s)) {
			if strings.HasPrefix(line, "0:") {
				t.Errorf("a finding without a place: %s", line)
			}
		}
		doc.Find("columns", "Phone", "0")
	})
}
