package main

import (
	"strconv"
	"strings"
	"testing"
)

// TestConformLookup has names in a sheet: what two things are called, and what nothing is, is a problem that says so, and
// costs the row alone. TestConformMixedRows shows that a name that one thing has becomes its id.
func TestConformLookup(t *testing.T) {
	eachSubject(t, func(t *testing.T, tr *trial) {
		sound, nobody, twins := tr.line(0), tr.line(1), tr.line(2)
		nobody = nobody.with(map[string]string{tr.lookup.column: "Nobody has this name"})
		twins = twins.with(map[string]string{tr.lookup.column: tr.lookup.twice})
		tr.sheet(t, []line{sound, nobody, twins})
		sum := tr.sync(t, 3)
		tr.checkCreates(t, []line{sound})
		_, rows := reportRows(t, sum.Files["rows.csv"])
		for i, want := range []struct{ status, code string }{{"created", ""}, {"invalid", "lookup_none"}, {"invalid", "lookup_many"}} {
			if rows[i]["_status"] != want.status || rows[i]["_code"] != want.code {
				t.Errorf("row %d: %s %s, want %s %s", i+2, rows[i]["_status"], rows[i]["_code"], want.status, want.code)
			}
			if want.code != "" && (rows[i]["_column"] != tr.lookup.column || rows[i]["_field"] != tr.lookup.field) {
				t.Errorf("row %d blames %s, %s; want %s, %s", i+2, rows[i]["_column"], rows[i]["_field"], tr.lookup.column, tr.lookup.field)
			}
		}
		for _, id := range tr.lookup.both {
			if !strings.Contains(rows[2]["_message"], id) {
				t.Errorf("the message does not name %s: %s", id, rows[2]["_message"])
			}
		}
	})
}

// TestConformRefusal lets the API refuse a create in the words of its error page: the row is rejected and names the field as
// the job writes it, with the API's text.
func TestConformRefusal(t *testing.T) {
	eachSubject(t, func(t *testing.T, tr *trial) {
		tr.sheet(t, tr.lines(0, 1))
		for _, no := range tr.refusals {
			tr.forget()
			tr.refuse(no.refused)
			sum := tr.sync(t, 3)
			_, rows := reportRows(t, sum.Files["rows.csv"])
			got := [...]string{rows[0]["_status"], rows[0]["_column"], rows[0]["_field"], rows[0]["_code"], rows[0]["_http_status"]}
			if want := [...]string{"rejected", no.column, no.field, no.code, strconv.Itoa(no.status)}; got != want {
				t.Errorf("%s: got %q, want %q", no.body, got, want)
			}
			if !strings.Contains(rows[0]["_message"], no.message) {
				t.Errorf("message %q, want the API's %q", rows[0]["_message"], no.message)
			}
			if len(tr.writes()) != 1 || len(tr.stored()) != 0 {
				t.Errorf("%s: %d writes and %d records, want 1 and none", no.body, len(tr.writes()), len(tr.stored()))
			}
		}
	})
}

// TestConformBlankCells empties a cell of a record that is in sync. Kept, nothing is written; cleared, the one documented
// way is taken, and where there is none the job is refused; as an error, the row is.
func TestConformBlankCells(t *testing.T) {
	eachSubject(t, func(t *testing.T, tr *trial) {
		full := tr.line(0)
		tr.sheet(t, []line{full})
		tr.sync(t, 0)
		if full.cells[tr.blank.column] == "" {
			t.Fatalf("line 0 leaves %s blank", tr.blank.column)
		}
		blank := full.with(map[string]string{tr.blank.column: ""})
		tr.sheet(t, []line{blank})

		tr.forget()
		if sum := tr.sync(t, 0); sum.Counts["unchanged"] != 1 || len(tr.writes()) != 0 {
			t.Errorf("keep: %v and %d writes, want unchanged and none", sum.Counts, len(tr.writes()))
		}

		tr.writeJob(t, tr.auths[0], "error")
		sum := tr.sync(t, 3)
		_, rows := reportRows(t, sum.Files["rows.csv"])
		got := [...]string{rows[0]["_status"], rows[0]["_column"], rows[0]["_field"], rows[0]["_code"]}
		if want := [...]string{"invalid", tr.blank.column, tr.blank.field, "blank_required"}; got != want || len(tr.writes()) != 0 {
			t.Errorf("error: %q and %d writes, want %q and none", got, len(tr.writes()), want)
		}

		tr.writeJob(t, tr.auths[0], "clear")
		if tr.blank.body == nil {
			r := tr.run(t, "sync", "--yes")
			if r.code != 2 || !strings.Contains(r.errOut, tr.blank.field) || !strings.Contains(r.errOut, "document") || len(tr.writes()) != 0 {
				t.Errorf("clear: exit %d, want 2 with the reason and no write\n%s", r.code, r.errOut)
			}
			return
		}
		if sum := tr.sync(t, 0); sum.Counts["updated"] != 1 {
			t.Errorf("clear: %v, want 1 updated", sum.Counts)
		}
		tr.checkUpdate(t, tr.blank.body(blank))
		tr.forget()
		if sum := tr.sync(t, 0); sum.Counts["unchanged"] != 1 || len(tr.writes()) != 0 {
			t.Errorf("after clear: %v and %d writes, want unchanged and none", sum.Counts, len(tr.writes()))
		}
	})
}

// TestConformAuthExpiry lets the credentials become worthless in the middle of a run. Where they can be renewed that costs
// one token call and no row; where they cannot, the run stops with 12, and once they are good again the next one finishes
// the work without a second of anything.
func TestConformAuthExpiry(t *testing.T) {
	t.Parallel()
	for _, s := range subjects() {
		for _, auth := range s.auths {
			t.Run(s.name+"/"+auth.name, func(t *testing.T) {
				t.Parallel()
				tr := newTrial(t, s, auth)
				lines := tr.lines(0, 60)
				tr.sheet(t, lines)
				before := 0
				if auth.renews {
					before = tr.tokens()
				}
				tr.expire(20)
				if auth.renews {
					if sum := tr.sync(t, 0); sum.Counts["created"] != 60 {
						t.Errorf("counts: %v, want 60 created", sum.Counts)
					}
					if n := tr.tokens() - before; n != 2 {
						t.Errorf("%d tokens were issued, want 2: one to begin with and one refresh", n)
					}
					tr.checkStored(t, lines)
					return
				}
				sum := tr.sync(t, 12)
				if n := sum.Counts["not_attempted"] + sum.Counts["created"] + sum.Counts["rejected"]; n != 60 || sum.Counts["not_attempted"] == 0 {
					t.Errorf("counts: %v, want the rest not attempted", sum.Counts)
				}
				tr.restore()
				tr.forget()
				sum = tr.sync(t, 0)
				if sum.Counts["created"] == 0 || sum.Counts["created"]+sum.Counts["unchanged"] != 60 {
					t.Errorf("the next run: %v, want the rest created", sum.Counts)
				}
				tr.checkStored(t, lines)
			})
		}
	}
}
