package mapping_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// TestHeaderIsToldFromData looks at rows as if they were headers.
func TestHeaderIsToldFromData(t *testing.T) {
	t.Parallel()
	target, err := model.Load("revnue")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		says, cells string
		want        mapping.HeaderEvidence
	}{
		{"names of fields", "Customer|City|Phone", mapping.HeaderEvidence{Filled: 3, Known: 3}},
		{"blank cells count for nothing", "Customer| ||Shoe size", mapping.HeaderEvidence{Filled: 2, Known: 1}},
		{"an e-mail address is data", "Alder|ida@x.example", mapping.HeaderEvidence{Filled: 2, Data: "ida@x.example"}},
		{"a phone number is", "Alder Ltd|+44 113 496 0100", mapping.HeaderEvidence{Filled: 2, Data: "+44 113 496 0100"}},
		{"a date is", "Alder|13/04/2024|7", mapping.HeaderEvidence{Filled: 3, Data: "13/04/2024"}},
		{"a year is none, nor a short number", "2023|2024|17", mapping.HeaderEvidence{Filled: 3}},
		{"words are none", "Alder Ltd|Leeds", mapping.HeaderEvidence{Filled: 2}},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, mapping.JudgeHeader(target.Resources[0].Model, strings.Split(c.cells, "|"))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestHalvesOfNames finds them, and joins them by an expression that reads both.
func TestHalvesOfNames(t *testing.T) {
	t.Parallel()
	m := contact(t)
	for _, c := range []struct {
		headers     string
		first, last []int
	}{
		{"First Name|City|Last Name", []int{0}, []int{2}},
		{"Nachname|Vorname", []int{1}, []int{0}},
		{"Name|City", nil, nil},
		{"First name|Forename", []int{0, 1}, nil},
	} {
		first, last := mapping.NameHalves(m, strings.Split(c.headers, "|"))
		if !slices.Equal(first, c.first) || !slices.Equal(last, c.last) {
			t.Errorf("%s: got %v and %v, want %v and %v", c.headers, first, last, c.first, c.last)
		}
	}
	const first, last = `First "given" name`, "Last\\name\t\n"
	cfg := &mapping.Config{
		Columns: mapping.Columns{{Header: "Customer", Field: "customer_id"}}, Identity: mapping.Identity{Key: []string{"customer_id"}},
		Compute: map[string]string{"name": mapping.JoinedNames(first, last)},
	}
	mp := compile(t, cfg, m, "Customer", first, last)
	at := m.Index("name")
	for _, c := range []struct{ first, last, want string }{{"Ida", "Example", "Ida Example"}, {"", "Example", "Example"}, {"Ida", "", "Ida"}, {"", "", ""}} {
		if got := mp.Decode(rowOf(text("1"), text(c.first), text(c.last))).Record[at].Text; got != c.want {
			t.Errorf("%q and %q are joined to %q, want %q", c.first, c.last, got, c.want)
		}
	}
}

// TestColumnsOfDates tells them from columns of numbers and marks.
func TestColumnsOfDates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says  string
		cells []sheet.Cell
		want  bool
	}{
		{"dates in whatever order", texts("03/04/2024|05/06/2024"), true},
		{"dates of a workbook", some(3, date("2024-04-03")), true},
		{"but for one that is none", texts("03.04.2024|05.06.2024|07.08.2024|soon"), true},
		{"as many that are none", texts("03.04.2024|soon"), false},
		{"marks", texts("yes|no"), false},
		{"numbers that could be days", texts("20240403|20240404"), false},
		{"nothing", texts("|"), false},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			if got := seen(c.cells...).AreDates(); got != c.want {
				t.Errorf("got %t, want %t", got, c.want)
			}
		})
	}
}

// TestManyWaysOfDates says of each way how many dates are written so, and nothing of proofs that do not hold for all of them.
func TestManyWaysOfDates(t *testing.T) {
	t.Parallel()
	got := seen(texts("13/04/2024|14/04/2024|13.04.2024|05-06-2024")...).ReadAs("Since", &model.Field{Name: "since", Kind: model.Date}, nil)
	var why []string
	for _, w := range got.Ways {
		why = append(why, w.Text+": "+w.Why)
	}
	want := []string{"02/01/2006: day first, 2 values", "02.01.2006: day first, 1 value", "02-01-2006: day first, 1 value", "01-02-2006: month first, 1 value"}
	if diff := cmp.Diff(want, why); diff != "" {
		t.Errorf("ways (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"not all dates are written in one way"}, got.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}
