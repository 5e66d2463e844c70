package mapping_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

func TestColumnsAreReadInTheOrderOfTheJob(t *testing.T) {
	t.Parallel()
	const job = `
columns:
  Zone: size
  Code: {field: code, required: true}
  Remarks: ignore
  Breaks: {field: fragile, true: [Y, yes], false: [N, no, off], blank: error}
  Packed on: {field: packed, format: 02/01/2006, blank: clear}
  2024: {field: price, decimal: ","}
  on: note
  Oddity: {field: ignore}
`
	want := mapping.Columns{
		{Header: "Zone", Field: "size", Blank: mapping.BlankKeep},
		{Header: "Code", Field: "code", Blank: mapping.BlankKeep, Required: true},
		{Header: "Remarks", Ignore: true, Blank: mapping.BlankKeep},
		{Header: "Breaks", Field: "fragile", True: []string{"Y", "yes"}, False: []string{"N", "no", "off"}, Blank: mapping.BlankError},
		{Header: "Packed on", Field: "packed", Format: "02/01/2006", Blank: mapping.BlankClear},
		{Header: "2024", Field: "price", Decimal: ",", Blank: mapping.BlankKeep},
		{Header: "on", Field: "note", Blank: mapping.BlankKeep},
		{Header: "Oddity", Field: "ignore", Blank: mapping.BlankKeep},
	}
	if diff := cmp.Diff(config(t, job).Columns, want); diff != "" {
		t.Errorf("columns (-got +want):\n%s", diff)
	}
}

func TestColumnsThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, job string }{
		{"a list of fields", "columns: [code, note]"},
		{"one word", "columns: code"},
		{"a list in place of a field", "columns: {Code: [code]}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc, err := model.ParseDocument("job.yaml", []byte(tt.job))
			if err != nil {
				t.Fatal(err)
			}
			var part jobPart
			if err := doc.Decode(&part); err == nil {
				t.Errorf("got %v, want an error", part.Columns)
			}
		})
	}
}

func TestEveryKindHasAName(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for kind := model.String; kind <= model.Date; kind++ {
		name := mapping.KindName(kind)
		if name == "" || seen[name] {
			t.Errorf("got %q for %s, want a name of its own", name, kind)
		}
		seen[name] = true
	}
}
