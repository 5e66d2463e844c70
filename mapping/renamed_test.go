package mapping_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
)

// customerBook is a job for customers: Customer, E-mail, Telephone, Town, Code and, in an expression, Remark 1.
func customerBook() *mapping.Config {
	return &mapping.Config{
		Columns: mapping.Columns{
			{Header: "Customer", Field: "name"}, {Header: "E-mail", Field: "contact_person.email"},
			{Header: "Telephone", Field: "phone"}, {Header: "Cell", Field: "mobile"}, {Header: "Town", Field: "city"},
		},
		Compute:  map[string]string{"general_description": `row["Remark 1"]`},
		Identity: mapping.Identity{ID: "Revnue ID", Key: []string{"name"}},
	}
}

func TestARenamedColumnIsToldByWhatItHolds(t *testing.T) {
	t.Parallel()
	gone := func(old, new string) string {
		if new == "" {
			return `"` + old + `" is in the job but not in the sheet; add the column, or take it out of the job`
		}
		return `"` + old + `" is in the job but not in the sheet; was it renamed to "` + new + `"?`
	}
	come := func(new, old string) string {
		if old == "" {
			return `"` + new + `" is in the sheet but not in the job; map it, or add ` + "`\"" + new + "\": ignore` to columns"
		}
		return `"` + new + `" is in the sheet but not in the job; is it the new name of "` + old + `"?`
	}
	tests := []struct {
		name   string
		header []string
		want   []string
	}{
		{"columns that changed places fit", []string{"Remark 1", "Town", "Cell", "Telephone", "E-mail", "Customer", "Revnue ID"}, nil},
		{"another word for the same field", []string{"Revnue ID", "Customer", "Mail address", "Telephone", "Cell", "Town", "Remark 1"},
			[]string{gone("E-mail", "Mail address"), come("Mail address", "E-mail")}},
		{"another language", []string{"Revnue ID", "Firma", "E-mail", "Telefon", "Handy", "Ort", "Remark 1"}, []string{
			gone("Customer", "Firma"), gone("Telephone", "Telefon"), gone("Cell", "Handy"), gone("Town", "Ort"),
			come("Firma", "Customer"), come("Telefon", "Telephone"), come("Handy", "Cell"), come("Ort", "Town")}},
		{"the field counts for more than the letters", []string{"Revnue ID", "Customer", "E-mail", "Telefax", "Phone no.", "Cell", "Town", "Remark 1"},
			[]string{gone("Telephone", "Phone no."), come("Telefax", ""), come("Phone no.", "Telephone")}},
		{"the same words in another spelling, for a column without a field", []string{"revnue_id", "Customer", "E-mail", "Telephone", "Cell", "Town", "Remark 1"},
			[]string{gone("Revnue ID", "revnue_id"), come("revnue_id", "Revnue ID")}},
		{"a letter, for a column that an expression reads", []string{"Revnue ID", "Customer", "E-mail", "Telephone", "Cell", "Town", "Remarks 1"},
			[]string{gone("Remark 1", "Remarks 1"), come("Remarks 1", "Remark 1")}},
		{"a word more", []string{"Revnue ID", "Customer", "E-mail (home)", "Telephone", "Cell", "Town", "Remark 1"},
			[]string{gone("E-mail", "E-mail (home)"), come("E-mail (home)", "E-mail")}},
		{"one new column is the new name of one missing column only", []string{"Revnue ID", "Customer", "E-mail", "Phone", "Town", "Remark 1"},
			[]string{gone("Telephone", "Phone"), gone("Cell", ""), come("Phone", "Telephone")}},
		{"a missing and a new column that have nothing in common", []string{"Revnue ID", "Customer", "E-mail", "Telephone", "Cell", "Shoe size", "Remark 1"},
			[]string{gone("Town", ""), come("Shoe size", "")}},
		{"a column for another field is no new name", []string{"Revnue ID", "Customer", "E-mail", "Telephone", "Cell", "Country", "Remark 1"},
			[]string{gone("Town", ""), come("Country", "")}},
		{"a column without a name is no new name", []string{"Revnue ID", "Customer", "E-mail", "Telephone", "Cell", "", "Remark 1"},
			[]string{gone("Town", ""), "column 6 of the sheet has no name; give it one, or add `\"\": ignore` to columns"}},
		{"twice, and renamed", []string{"Revnue ID", "Customer", "customer", "E-mail", "Telephone", "Cell", "City", "Remark 1"}, []string{
			`"Customer" stands over more than one column; rename all but one of them in the sheet`, gone("Town", "City"), come("City", "Town")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := mapping.Compile(customerBook(), modelOf(t, "revnue/customer"), &fake{header: tt.header}, "")
			var drift *mapping.DriftError
			var got []string
			if errors.As(err, &drift) {
				got = drift.Details
			} else if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("details (-got +want):\n%s", diff)
			}
		})
	}
}
