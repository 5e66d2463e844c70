package reconcile_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

func TestExtrasAreKeptAndReported(t *testing.T) {
	text := func(s string) model.Value { return model.Value{Kind: model.String, Text: s} }
	kept := filepath.Join(t.TempDir(), "kept.csv")
	n, err := reconcile.KeepExtras(kept, contact(), slices.Values([]plan.Found{
		{ID: "9", Record: model.Record{text("1"), text("=1+1"), {}}}, {ID: "10", Record: model.Record{text("1"), {Kind: model.Null}, {}}},
	}))
	if err != nil || n != 2 {
		t.Fatalf("kept %d (%v), want 2", n, err)
	}
	in := hostileInput()
	in.Extras = kept
	dir, s := write(t, in)
	if got, want := s.Files[reconcile.ExtrasCSV], filepath.Join(dir, reconcile.ExtrasCSV); got != want {
		t.Fatalf("the summary has %q for the file, want %q", got, want)
	}
	// No record shows an e-mail, so there is no column for it.
	if got, want := read(t, s.Files[reconcile.ExtrasCSV]), "\ufeffid,customer_id,first_name\r\n9,1,'=1+1\r\n10,1,\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}

	// A later report without extras leaves none of an earlier one.
	if _, err := reconcile.Write(dir, hostileInput()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, reconcile.ExtrasCSV)); !os.IsNotExist(err) {
		t.Errorf("the old file is there still (%v)", err)
	}
}

func TestWithoutExtrasNothingIsKept(t *testing.T) {
	kept := filepath.Join(t.TempDir(), "kept.csv")
	if n, err := reconcile.KeepExtras(kept, contact(), slices.Values([]plan.Found(nil))); err != nil || n != 0 {
		t.Errorf("kept %d (%v), want 0", n, err)
	}
	if _, err := os.Stat(kept); !os.IsNotExist(err) {
		t.Errorf("there is a file (%v)", err)
	}
}

// A row that was too short is filled up in the files; unedited it is too short still.
func TestAShortRowStaysShort(t *testing.T) {
	in := reconcile.Input{Header: []string{"a", "b"}, Marker: marker, Lines: func(yield func(reconcile.Line, error) bool) {
		yield(reconcile.Line{Seq: 1, Row: 2, Cells: []string{"x"}, Status: plan.Invalid, Code: model.CodeRaggedRow}, nil)
	}}
	in.Summary.Source.Rows = 1
	dir, _ := write(t, in)
	r, err := sheet.Open(filepath.Join(dir, reconcile.FailedCSV), sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var row sheet.Row
	if err := r.Read(&row); err != nil || row.Width != 1 {
		t.Errorf("the row has %d cells (%v), want 1", row.Width, err)
	}
}
