package reconcile_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

func summaryOf(read int, rows plan.Counts) *reconcile.Summary {
	return &reconcile.Summary{Counts: reconcile.Counts{Read: read, Rows: rows}}
}

func TestVerdictSaysItInASentence(t *testing.T) {
	planned := summaryOf(300, plan.Counts{plan.NotAttempted: 285, plan.Invalid: 15})
	planned.Planned = &reconcile.Planned{Create: 281, Update: 4}
	invalid := summaryOf(2, plan.Counts{plan.Created: 1})
	invalid.Invalid = "2 rows were read and 1 have a status"
	for _, tc := range []struct {
		name string
		s    *reconcile.Summary
		want string
	}{
		{"a run that went well but for some rows", summaryOf(300, plan.Counts{plan.Created: 281, plan.Unchanged: 4, plan.Invalid: 15}),
			"300 rows: 281 created, 4 unchanged, 15 invalid. Nothing is in doubt."},
		{"a single row", summaryOf(1, plan.Counts{plan.Updated: 1}), "1 row: 1 updated. Nothing is in doubt."},
		{"rows in doubt", summaryOf(1200300, plan.Counts{plan.Created: 1200298, plan.InDoubt: 2}),
			"1,200,300 rows: 1,200,298 created, 2 in doubt. 2 rows were sent and their outcomes were not seen; they are not sent again blindly."},
		{"a plan", planned, "300 rows: 15 invalid, 281 to create, 4 to update. Nothing has been sent."},
		{"an empty sheet", summaryOf(0, nil), "No rows: there is nothing below the header of the sheet. Nothing is in doubt."},
		{"accounts that do not add up", invalid, "INVALID: the accounts do not add up: 2 rows were read and 1 have a status. Please report this as a bug."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := reconcile.Verdict(tc.s); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestTotalsAddUpInSight(t *testing.T) {
	planned := summaryOf(1300, plan.Counts{plan.NotAttempted: 1290, plan.Invalid: 10})
	planned.Planned = &reconcile.Planned{Create: 1280, Update: 4}
	for _, tc := range []struct {
		name string
		s    *reconcile.Summary
		want string
	}{
		{"a run", summaryOf(300, plan.Counts{plan.Created: 281, plan.Unchanged: 4, plan.InDoubt: 15}),
			"281  created\n  4  unchanged\n 15  in doubt\n---\n300  rows read"},
		{"a plan of which some rows are not attempted", planned,
			"   10  invalid\n1,280  to create\n    4  to update\n    6  not attempted\n-----\n1,300  rows read"},
		{"no rows: nothing to add up", summaryOf(0, plan.Counts{}), "0  rows read"},
		{"a sum that is not the rows read", summaryOf(3, plan.Counts{plan.Created: 2}),
			"2  created\n-\n2  INVALID: the sum, but not the rows read\n3  rows read"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, strings.Join(reconcile.Totals(tc.s), "\n")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestCountsKeepTheirOrderAndComeBack(t *testing.T) {
	want := reconcile.Counts{Read: 3, Rows: plan.Counts{}}
	for _, s := range plan.Statuses() {
		want.Rows[s] = 0
	}
	want.Rows[plan.InDoubt], want.Rows[plan.Created] = 1, 2
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	const text = `{"read":3,"created":2,"updated":0,"unchanged":0,"skipped":0,"invalid":0,"rejected":0,"failed":0,"conflict":0,"in_doubt":1,"not_attempted":0}`
	if string(data) != text {
		t.Errorf("got  %s\nwant %s", data, text)
	}
	var got reconcile.Counts
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestVisibleShowsWhatWouldAct(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"plain text stays", "Zoë 😀 \\u001b", "Zoë 😀 \\u001b"},
		{"escape sequences", "\x1b]0;x\x07\x1b[2J", `\u001b]0;x\u0007\u001b[2J`},
		{"line breaks and tabs", "a\r\nb\tc", `a\u000d\u000ab\u0009c`},
		{"DEL and C1", "\u007f\u0085\u009b", `\u007f\u0085\u009b`},
		{"directional overrides and isolates", "\u202e\u2066\u2069\u202a", `\u202e\u2066\u2069\u202a`},
		{"directional marks", "\u200e\u200f\u061c", `\u200e\u200f\u061c`},
		{"invisible spaces", "a\u200bb\ufeff", `a\u200bb\ufeff`},
		{"bytes that are no text", "a\xffb\xc3", `a\xffb\xc3`},
		{"a replacement character that was in the data", "a\ufffdb", "a\ufffdb"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := reconcile.Visible(tc.in); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
