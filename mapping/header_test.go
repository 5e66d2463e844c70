package mapping_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
)

// driftConfig needs the columns Code, Remarks, Café, Crate ID and Action, the last two for the row itself, and reads Wing in
// an expression; Owner is ignored.
func driftConfig() *mapping.Config {
	return &mapping.Config{
		Columns: mapping.Columns{
			{Header: "Code", Field: "code"}, {Header: "Remarks", Field: "note"}, {Header: "Café", Field: "size"},
			{Header: "Owner", Ignore: true},
		},
		Compute:      map[string]string{"amount": `len(row["Wing"])`},
		Identity:     mapping.Identity{ID: "Crate ID", Key: []string{"code"}},
		ActionColumn: "Action",
	}
}

// needed is a header row that fits driftConfig, with some names replaced or left out (by ""), and others added.
func needed(replace map[string]string, more ...string) []string {
	var header []string
	for _, name := range []string{"Crate ID", "Code", "Remarks", "Café", "Wing", "Action"} {
		if with, ok := replace[name]; ok {
			name = with
		}
		if name != "" {
			header = append(header, name)
		}
	}
	return append(header, more...)
}

func TestASheetThatFitsIsNoDrift(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		header   []string
		unmapped mapping.Unmapped
	}{
		{"all columns and no other", needed(nil), mapping.UnmappedError},
		{"in another order", []string{"Action", "Wing", "Café", "Code", "Crate ID", "Remarks"}, mapping.UnmappedError},
		{"with the ignored column", needed(nil, "Owner"), mapping.UnmappedError},
		{"with the ignored column twice, for nobody reads it", needed(nil, "Owner", "OWNER"), mapping.UnmappedError},
		{"in other letter case", needed(map[string]string{"Code": "CODE", "Wing": "wing", "Crate ID": "crate id"}), mapping.UnmappedError},
		{"with white space around and within", needed(map[string]string{"Crate ID": " Crate\u00a0 ID\n", "Action": "Action "}), mapping.UnmappedError},
		{"with accents composed another way", needed(map[string]string{"Café": "CAFE\u0301"}), mapping.UnmappedError},
		{"with other columns, if the job ignores them", needed(nil, "Zone", "zone", "", "Shelf"), mapping.UnmappedIgnore},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := driftConfig()
			cfg.Unmapped = tt.unmapped
			if _, err := mapping.Compile(cfg, depot(t), &fake{header: tt.header}, ""); err != nil {
				t.Errorf("got %v, want no drift", err)
			}
		})
	}
}

func TestDriftNamesEveryColumnAndTheRemedy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		header   []string
		unmapped mapping.Unmapped
		want     []string
	}{
		{"a renamed column", needed(map[string]string{"Remarks": "Remark"}), mapping.UnmappedError, []string{
			`"Remarks" is in the job but not in the sheet; was it renamed to "Remark"?`,
			`"Remark" is in the sheet but not in the job; is it the new name of "Remarks"?`,
		}},
		{"a renamed column where others are ignored", needed(map[string]string{"Remarks": "Remark"}, "Zone"), mapping.UnmappedIgnore,
			[]string{`"Remarks" is in the job but not in the sheet; was it renamed to "Remark"?`}},
		{"a missing column", needed(map[string]string{"Remarks": ""}), mapping.UnmappedError,
			[]string{`"Remarks" is in the job but not in the sheet; add the column, or take it out of the job`}},
		{"a new column", needed(nil, "Shelf"), mapping.UnmappedError,
			[]string{"\"Shelf\" is in the sheet but not in the job; map it, or add `\"Shelf\": ignore` to columns"}},
		{"a column behind the hidden one of an export", needed(nil, "_rollcall"), mapping.UnmappedError, []string{`a column stands to the right of "_rollcall", which ` +
			`Rollcall has written, and hidden in a workbook, and which must be the last one; move that column to the left of it`}},
		{"a new column twice is told once", needed(nil, "Shelf", "SHELF"), mapping.UnmappedError,
			[]string{"\"Shelf\" is in the sheet but not in the job; map it, or add `\"Shelf\": ignore` to columns"}},
		{"a new column with a line break in its name", needed(nil, "Shelf\nno"), mapping.UnmappedError,
			[]string{"\"Shelf\\nno\" is in the sheet but not in the job; map it, or add `\"Shelf\\nno\": ignore` to columns"}},
		{"a column twice", needed(nil, "Code"), mapping.UnmappedError,
			[]string{`"Code" stands over more than one column; rename all but one of them in the sheet`}},
		{"a column twice in other letter case and spacing", needed(nil, " code", "CODE "), mapping.UnmappedIgnore,
			[]string{`"Code" stands over more than one column; rename all but one of them in the sheet`}},
		{"a column twice with accents composed another way", needed(nil, "Cafe\u0301"), mapping.UnmappedError,
			[]string{`"Café" stands over more than one column; rename all but one of them in the sheet`}},
		{"a column twice that only an expression reads", needed(nil, "wing"), mapping.UnmappedError,
			[]string{`"Wing" stands over more than one column; rename all but one of them in the sheet`}},
		{"a column that only an expression reads is missing", needed(map[string]string{"Wing": ""}), mapping.UnmappedIgnore,
			[]string{`"Wing" is in the job but not in the sheet; add the column, or take it out of the job`}},
		{"the column of ids is missing", needed(map[string]string{"Crate ID": ""}), mapping.UnmappedError,
			[]string{`"Crate ID" is in the job but not in the sheet; add the column, or take it out of the job`}},
		{"the column of actions is renamed", needed(map[string]string{"Action": "Aktion"}), mapping.UnmappedError, []string{
			`"Action" is in the job but not in the sheet; was it renamed to "Aktion"?`,
			`"Aktion" is in the sheet but not in the job; is it the new name of "Action"?`,
		}},
		{"columns without a name are told once", needed(nil, "", " ", "Owner"), mapping.UnmappedError,
			[]string{"column 7 of the sheet has no name; give it one, or add `\"\": ignore` to columns"}},
		{"several at once: what the job misses first, then what it does not know",
			needed(map[string]string{"Code": "Codes", "Remarks": "", "Wing": "Wings"}, "Zone", "", "Café"), mapping.UnmappedError, []string{
				`"Wing" is in the job but not in the sheet; was it renamed to "Wings"?`,
				`"Code" is in the job but not in the sheet; was it renamed to "Codes"?`,
				`"Remarks" is in the job but not in the sheet; add the column, or take it out of the job`,
				`"Café" stands over more than one column; rename all but one of them in the sheet`,
				`"Codes" is in the sheet but not in the job; is it the new name of "Code"?`,
				`"Wings" is in the sheet but not in the job; is it the new name of "Wing"?`,
				"\"Zone\" is in the sheet but not in the job; map it, or add `\"Zone\": ignore` to columns",
				"column 7 of the sheet has no name; give it one, or add `\"\": ignore` to columns",
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := driftConfig()
			cfg.Unmapped = tt.unmapped
			_, err := mapping.Compile(cfg, depot(t), &fake{header: tt.header}, "")
			var drift *mapping.DriftError
			if !errors.As(err, &drift) {
				t.Fatalf("got %v, want a DriftError", err)
			}
			if diff := cmp.Diff(drift.Details, tt.want); diff != "" {
				t.Errorf("details (-got +want):\n%s", diff)
			}
			if want := "the columns of people.csv do not fit the job:\n  " + strings.Join(tt.want, "\n  "); err.Error() != want {
				t.Errorf("got error %q, want %q", err, want)
			}
		})
	}
}

func TestABlankHeaderCanBeIgnored(t *testing.T) {
	t.Parallel()
	cfg := driftConfig()
	cfg.Columns = append(cfg.Columns, mapping.Column{Header: "", Ignore: true})
	if _, err := mapping.Compile(cfg, depot(t), &fake{header: needed(nil, "", "Owner")}, ""); err != nil {
		t.Errorf("got %v, want no drift", err)
	}
}

func TestDriftIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	cfg := driftConfig()
	header := []string{"Codas", "Remorks", "Cefé", "Wong", "Croto ID", "Ection"} // each near to a missing one, some to two
	var first string
	for range 20 {
		_, err := mapping.Compile(cfg, depot(t), &fake{header: header}, "")
		if err == nil {
			t.Fatal("got no drift")
		}
		if first == "" {
			first = err.Error()
		}
		if err.Error() != first {
			t.Fatalf("got %q after %q", err, first)
		}
	}
}

func TestClosestIsWhatWasProbablyMeant(t *testing.T) {
	t.Parallel()
	fields := []string{"email", "fax", "name", "number", "notify_on_new_request"}
	tests := []struct{ name, word, want string }{
		{"a letter is missing", "emal", "email"},
		{"two letters changed places", "emial", "email"},
		{"letter case and spaces do not count", " E-MAIL ", "email"},
		{"a long name may differ in more", "notify_new_request", "notify_on_new_request"},
		{"the nearest wins", "numbr", "number"},
		{"nothing is near", "address", ""},
		{"one letter is near to nothing", "x", ""},
		{"nothing is near to nothing", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := mapping.Closest(tt.word, fields); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestMappingKnowsItsSheet(t *testing.T) {
	t.Parallel()
	m := depot(t)
	header := needed(map[string]string{"Code": " code "})
	mp, err := mapping.Compile(driftConfig(), m, &fake{header: header}, "")
	if err != nil {
		t.Fatal(err)
	}
	if mp.Model() != m {
		t.Errorf("got model %s, want the one that was given", mp.Model().Name())
	}
	if diff := cmp.Diff(mp.Header(), header); diff != "" {
		t.Errorf("header (-got +want):\n%s", diff)
	}
	for field, want := range map[string]string{"code": " code ", "CODE": " code ", "note": "Remarks", "amount": "", "price": "", "nonsense": ""} {
		if got := mp.ColumnOf(field); got != want {
			t.Errorf("column of %s: got %q, want %q", field, got, want)
		}
	}
}
