package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// newSamples is a folder as the demo unpacks it, and its simulator.
func newSamples(t *testing.T) *place {
	t.Helper()
	p := &place{dir: t.TempDir(), sim: simulator.New(demoOptions())}
	p.server = httptest.NewServer(p.sim)
	t.Cleanup(p.server.Close)
	if err := writeDemoFiles(p.dir, p.server.URL, addWorlds(p.sim)); err != nil {
		t.Fatal(err)
	}
	return p
}

// planted is a problem that a sample sheet has on purpose: the row counted from 0, without the header.
type planted struct {
	row                 int
	column, field, code string
}

// syncSample syncs a sample sheet. It expects every planted problem and no other, every other row created, no request refused,
// and nothing to do the second time. It returns what rows.csv says.
func syncSample(t *testing.T, p *place, job string, problems []planted) (lines []map[string]string) {
	t.Helper()
	first := p.rollcall(t, "sync", "-c", job, "--yes", "--json", "--rate", "none")
	if first.code != 3 {
		t.Fatalf("exit code %d, want 3\n%s%s", first.code, first.out, first.errOut)
	}
	sum := first.summary(t)
	sum.addsUp(t)
	lines = sampleLines(t, sum.Files["rows.csv"])
	places := map[string]int{}
	for i, line := range lines {
		places[line["_row"]] = i
	}
	var got []planted
	_, told := reportRows(t, sum.Files["problems.csv"])
	for _, l := range told {
		got = append(got, planted{places[l["row"]], l["column"], l["field"], l["code"]})
		if l["message"] == "" || l["hint"] == "" {
			t.Errorf("row %s, %s: message %q, remedy %q", l["row"], l["code"], l["message"], l["hint"])
		}
	}
	inOrder := func(a, b planted) int {
		return cmp.Or(a.row-b.row, cmp.Compare(a.column, b.column), cmp.Compare(a.code, b.code))
	}
	slices.SortFunc(got, inOrder)
	slices.SortFunc(problems, inOrder)
	if diff := gocmp.Diff(problems, got, gocmp.AllowUnexported(planted{})); diff != "" {
		t.Errorf("problems (-planted +found):\n%s", diff)
	}
	bad := badRowsOf(problems)
	for i, line := range lines {
		want := "created"
		if bad[i] {
			want = "invalid"
		}
		if line["_status"] != want || (line["_id"] != "") == bad[i] {
			t.Errorf("row %d is %s with the id %q, want it %s: %s", i, line["_status"], line["_id"], want, line["_message"])
		}
	}
	for status, n := range p.sim.Tally().Statuses {
		if status/100 != 2 {
			t.Errorf("%d requests were answered with %d: nothing that is documented may be refused", n, status)
		}
	}
	p.sim.ForgetRequests()
	second := p.rollcall(t, "sync", "-c", job, "--yes", "--json", "--rate", "none").summary(t)
	second.addsUp(t)
	if n := len(lines) - len(bad); second.Counts["unchanged"] != n || p.sim.Tally().Writes != 0 {
		t.Errorf("the second run has %v and wrote %d times, want %d unchanged and no write", second.Counts, p.sim.Tally().Writes, n)
	}
	if reads := p.sim.Tally().Statuses[http.StatusOK]; reads > 6 {
		t.Errorf("the second run read %d times: more than pages of lists", reads)
	}
	return lines
}

// sampleLines reads rows.csv like reportRows. A row with a cell too many has it behind all others there.
func sampleLines(t *testing.T, path string) []map[string]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	reader.FieldsPerRecord = -1
	all, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var lines []map[string]string
	for _, cells := range all[1:] {
		line := map[string]string{}
		for i, name := range all[0] {
			line[name] = cells[i]
		}
		if ragged := line["_code"] == "ragged_row"; ragged != (len(cells) > len(all[0])) {
			t.Errorf("row %s has %d cells in rows.csv, the header %d: %s", line["_row"], len(cells), len(all[0]), line["_code"])
		}
		lines = append(lines, line)
	}
	return lines
}

// badRowsOf is the rows that a problem stops: a warning does not.
func badRowsOf(problems []planted) map[int]bool {
	bad := map[int]bool{}
	for _, p := range problems {
		if p.code != "legacy_limit" {
			bad[p.row] = true
		}
	}
	return bad
}

// filled is a text that a cell holds, nil for a blank one.
func filled(cell string) *string {
	if cell == "" {
		return nil
	}
	return &cell
}
