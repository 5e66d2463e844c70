package main

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// newFourth is a trial of the fourth API, with a server whose faults the test can arrange.
func newFourth(t *testing.T) (*trial, *gatehouse) {
	t.Helper()
	s := gatehouseMembers()
	tr := newTrial(t, s, s.auths[0])
	return tr, tr.api.(*gatehouse)
}

// TestFourthSample runs the job that is shipped as documentation, as it is but for the address: every row of its sheet is
// created in the API's own notation, and a second run writes nothing.
func TestFourthSample(t *testing.T) {
	t.Parallel()
	tr, _ := newFourth(t)
	tr.flags = nil // the job names its target file
	for _, name := range []string{"gatehouse.yaml", "members.csv"} {
		tr.write(t, name, gatehouseText(t, name))
	}
	job := strings.Replace(gatehouseText(t, "job.yaml"), "connection:\n", "connection:\n  base_url: "+tr.server.URL+"\n", 1)
	tr.write(t, "config.yaml", strings.Replace(job, "${env:GATEHOUSE_KEY}", "${file:token}", 1))

	if sum := tr.sync(t, 0); sum.Counts["created"] != 14 || sum.Counts["read"] != 14 {
		t.Fatalf("counts: %v, want 14 rows created", sum.Counts)
	}
	got := bodiesByCode(t, tr)
	for code, want := range map[string]string{
		"NO-0001": `{"account_code":"NO-0001","address":{"city":"Aldbury","postcode":"AB1 2CD","street":"1 Mill Lane"},"balance":1250,` +
			`"email":"ada.thorne@hearth.example","joined_on":"2019-02-03","name":"Ada Thorne","newsletter":true,"note":"Front row, always",` +
			`"region_id":"rgn_north","seats":4,"tier":"gold"}`,
		"EA-2003": `{"account_code":"EA-2003","email":"joan@arkwright.example","joined_on":"2023-02-28","name":"=Joan of Arkwright",` +
			`"note":"=SUM(A1:A9) is what she wrote","region_id":"rgn_east","seats":2,"tier":"bronze"}`,
		"EA-2002": `{"account_code":"EA-2002","address":{"city":"Eastwick","postcode":"EW2 1AA"},"balance":-0.01,"email":"ivo@brandt.example",` +
			`"name":"Ivo Brandt","newsletter":false,"region_id":"rgn_east"}`,
	} {
		if diff := cmp.Diff(want, got[code]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", code, diff)
		}
	}
	tr.forget()
	if sum := tr.sync(t, 0); sum.Counts["unchanged"] != 14 || len(tr.writes()) != 0 {
		t.Errorf("the second run: %v and %d writes, want 14 unchanged and none", sum.Counts, len(tr.writes()))
	}
}

// bodiesByCode is the stored members in JSON, by account code.
func bodiesByCode(t *testing.T, tr *trial) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, m := range tr.stored() {
		body := exact(plain(t, m)).(map[string]any)
		out[body["account_code"].(string)] = string(encoded(t, body))
	}
	return out
}

// TestFourthReplacesWhole changes one field by a job that knows two. The update is the whole record all the same, rebuilt
// from an answer in another notation: an id within an object, an amount as text.
func TestFourthReplacesWhole(t *testing.T) {
	t.Parallel()
	tr, g := newFourth(t)
	member := tr.line(0).body
	g.addMember(plain(t, member).(map[string]any))
	job, _, _ := strings.Cut(tr.job, "columns:")
	tr.job = job + "columns: {Account: account_code, Member: name}\n"
	tr.writeJob(t, tr.auths[0], "keep")
	tr.header = []string{"Account", "Member"}
	tr.sheet(t, []line{{cells: map[string]string{"Account": member["account_code"].(string), "Member": "Ada Thorne-Lowe"}}})

	if sum := tr.sync(t, 0); sum.Counts["updated"] != 1 {
		t.Errorf("counts: %v, want 1 updated", sum.Counts)
	}
	member["name"] = "Ada Thorne-Lowe"
	tr.checkUpdate(t, member)
}

// TestFourthFaults has a server that fails in the middle. No row is lost and no record is made twice.
func TestFourthFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		faults []gatehouseFault
	}{
		{"reads and writes that come too fast are sent again when the API says so", []gatehouseFault{
			{method: "GET", nth: 2, status: 429}, {method: "POST", nth: 3, status: 429},
		}},
		{"a read that fails is tried again", []gatehouseFault{{method: "GET", nth: 3, status: 503}}},
		{"a create that failed before the work is settled by looking, and done", []gatehouseFault{{method: "POST", nth: 4, status: 503}}},
		{"a create that failed after the work is settled by looking, and not done again", []gatehouseFault{
			{method: "POST", nth: 2, status: 500, after: true}, {method: "POST", nth: 9, status: 502, after: true},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tr, g := newFourth(t)
			g.failNext(test.faults...)
			lines := tr.lines(0, 30)
			tr.sheet(t, lines)
			if sum := tr.sync(t, 0); sum.Counts["created"] != 30 {
				t.Errorf("counts: %v, want 30 created", sum.Counts)
			}
			if g.mu.Lock(); len(g.faults) != 0 {
				t.Errorf("these faults never came: %v", g.faults)
			}
			g.mu.Unlock()
			tr.checkStored(t, lines)
			commits := g.committed()
			slices.Sort(commits)
			if once := slices.Compact(slices.Clone(commits)); len(once) != 30 || len(commits) != 30 {
				t.Errorf("the server stored %d writes of %d records, want one for each of 30", len(commits), len(once))
			}
		})
	}
}

// TestFourthWrongKey stops before anything is written, with the exit code for credentials.
func TestFourthWrongKey(t *testing.T) {
	t.Parallel()
	tr, _ := newFourth(t)
	tr.write(t, "token", "somebody-elses")
	tr.sheet(t, tr.lines(0, 3))
	r := tr.run(t, "sync", "--yes")
	if r.code != 12 || !strings.Contains(r.errOut, "401") || strings.Contains(r.errOut, "somebody-elses") {
		t.Errorf("exit %d, want 12 and no key on the screen\n%s", r.code, r.errOut)
	}
	for _, h := range tr.requests(func(*heard) bool { return true }) {
		if h.header.Get("X-Api-Key") != "somebody-elses" || h.header.Get("Authorization") != "" || h.method != http.MethodGet {
			t.Errorf("%s %s with %v, want reads with the key in its header", h.method, h.path, h.header)
		}
	}
}

// TestFourthWrongFile breaks the documented target file in one place: the place is named by line and column, with what was
// meant.
func TestFourthWrongFile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, old, new string
		says           []string
	}{
		{"an operation that is not there", "update: replaceMember", "update: replaceMembers", []string{`"replaceMember"`}},
		{"a key that is not one", "cursor_param: cursor\n      id", "curser_param: cursor\n      id", []string{"curser_param", "cursor_param"}},
		{"a lookup that is not there", "lookup: regions", "lookup: region", []string{`"regions"`}},
		{"a field that is not there", "address.city: {", "adress.city: {", []string{`"address.city"`}},
		{"a parameter that the call does not take", "cursor_param: cursor\n\n", "cursor_param: after\n\n", []string{`"after"`}},
		{"a rule that would be left out", "multipleOf: 0.01", "exclusiveMinimum: 0", []string{"exclusiveMinimum"}},
		{"a request that is open for any field", "additionalProperties: false\n      x-source", "additionalProperties: true\n      x-source", []string{"additionalProperties"}},
		{"a way to authenticate that there is not", "[api_key]", "[cookie]", []string{"api_key"}},
		{"a key for which there is no header", "    api_key_header: X-Api-Key\n", "", []string{"api_key_header"}},
	}
	whole := gatehouseText(t, "gatehouse.yaml")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(whole, test.old) {
				t.Fatalf("the file does not have %q", test.old)
			}
			p := &place{dir: t.TempDir()}
			p.write(t, "mine.yaml", strings.Replace(whole, test.old, test.new, 1))
			r := p.rollcall(t, "fields", "gatehouse/member", "--target-file", "mine.yaml")
			if r.code != 2 {
				t.Errorf("exit %d, want 2\n%s%s", r.code, r.out, r.errOut)
			}
			if !placeInFile.MatchString(r.errOut) {
				t.Errorf("no line and column:\n%s", r.errOut)
			}
			for _, text := range test.says {
				if !strings.Contains(r.errOut, text) {
					t.Errorf("it does not say %q:\n%s", text, r.errOut)
				}
			}
		})
	}
}

// TestFourthIsListed shows what the file says as the commands print it.
func TestFourthIsListed(t *testing.T) {
	t.Parallel()
	p := &place{dir: t.TempDir()}
	r := p.rollcall(t, "targets", "--target-file", gatehouseFile("gatehouse.yaml"), "--json")
	var out struct {
		Targets []struct {
			Name      string   `json:"name"`
			Rate      string   `json:"rate"`
			Resources []string `json:"resources"`
			Settings  []string `json:"account_settings"`
		} `json:"targets"`
	}
	if err := json.Unmarshal([]byte(r.out), &out); err != nil || len(out.Targets) != 1 {
		t.Fatalf("targets: %v\n%s%s", err, r.out, r.errOut)
	}
	got := out.Targets[0]
	if got.Name != "gatehouse" || got.Rate != "600/1m" || !slices.Equal(got.Resources, []string{"gatehouse/member"}) || !slices.Equal(got.Settings, []string{"workspace"}) {
		t.Errorf("got %+v", got)
	}
	if _, err := os.Stat(p.path(".rollcall")); err == nil {
		t.Error("a command that needs no job left a folder")
	}
}

// placeInFile is how a place in a file is written: name, line, column.
var placeInFile = regexp.MustCompile(`mine\.yaml:[1-9][0-9]*:[1-9][0-9]*`)
