package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// purgeSheets are two sheets about the same people: what the second changes becomes a pre-image. Every cell longer than five
// characters is looked for later.
func purgeSheets() (first, second string) {
	return `Customer,E-mail,Name,Phone
1,ann.archer@first.example,Ann Archer-Smythe,+44 20 7946 0001
1,bob.baker@first.example,Bob Baker the Second,+44 20 7946 0002
2,not-an-address-at-all,Carl Clumsy,+44 20 7946 0003
999999,dora@nowhere.example,Dora Drifter,+44 20 7946 0004
1,emil@first.example,` + strings.Repeat("Emil with a name that is far too long ", 20) + `,+44 20 7946 0005
`, `Customer,E-mail,Name,Phone
1,ann.archer@first.example,Annabel Archer,+44 20 7946 1001
1,bob.baker@first.example,Bob Baker the Third,+44 20 7946 1002
`
}

const purgeJob = `
version: 1
target: cro/contact
connection: {base_url: BASE_URL, account: {tenant_id: TENANT}, auth: {token: "${env:TOKEN}"}, settle: 50ms}
source: {file: first.csv}
identity: {key: [customer_id, email]}
columns: {Customer: customer_id, E-mail: email, Name: name, Phone: number}
`

// cellsOf is the cells that tell something of a person: those of more than five characters.
func cellsOf(t *testing.T, sheets ...string) []string {
	t.Helper()
	found := map[string]bool{}
	for _, text := range sheets {
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			for _, cell := range row {
				if len(cell) > 5 && strings.Trim(cell, "0123456789") != "" {
					found[cell] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// searched looks for texts in every file below dir, the names of the files included. Letter case does not count: keys are folded.
func searched(t *testing.T, dir string, texts []string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		data = bytes.ToLower(append(data, path...))
		for _, text := range texts {
			if bytes.Contains(data, []byte(strings.ToLower(text))) {
				found = append(found, filepath.Base(path)+": "+text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// After a purge no cell of the purged runs is left anywhere: not in the ledger, its log or its free pages, and in no file.
func TestPurgeLeavesNoCellBehind(t *testing.T) {
	t.Parallel()
	p := newPlace(t, purgeJob)
	first, second := purgeSheets()
	p.write(t, "first.csv", first)
	var runs []string
	sync := func(want int, text string, args ...string) account {
		t.Helper()
		p.write(t, "first.csv", text)
		r := p.rollcall(t, append([]string{"sync", "--yes", "--json"}, args...)...)
		if r.code != want {
			t.Fatalf("got exit code %d, want %d: %s", r.code, want, r.errOut)
		}
		a := r.summary(t)
		runs = append(runs, a.Run)
		return a
	}
	sync(3, first)
	if a := sync(0, second); a.Counts["updated"] != 2 {
		t.Fatalf("got %v, want two updates", a.Counts)
	}
	sync(0, second) // nothing to do
	cells, state := cellsOf(t, first, second), p.path(".rollcall")
	if before := searched(t, state, cells); len(before) < len(cells) {
		t.Fatalf("the search has found only %q before the purge: it proves nothing", before)
	}
	if r := p.rollcall(t, "purge", "--older-than", "1ns", "--yes"); r.code != 0 {
		t.Fatalf("got exit code %d: %s", r.code, r.errOut)
	}
	if found := searched(t, state, cells); len(found) > 0 {
		t.Errorf("the purge has left %q", found)
	}
	for _, run := range runs {
		if r := p.rollcall(t, "report", run); r.code != 2 || !strings.Contains(r.errOut, "the run is purged") {
			t.Errorf("report of %s: got exit code %d: %s", run, r.code, r.errOut)
		}
	}
	if a := sync(0, second); a.Counts["unchanged"] != 2 { // ledger, mark and checksums are sound
		t.Errorf("got %v after the purge, want nothing to do", a.Counts)
	}
}

// One purged run among others: what goes is its own, and the other one can still be reported.
func TestPurgeOfOneRunLeavesTheOthersWhole(t *testing.T) {
	t.Parallel()
	p := newPlace(t, purgeJob)
	p.write(t, "first.csv", "Customer,E-mail,Name,Phone\n1,ann.archer@first.example,Ann Archer,\n")
	gone := p.rollcall(t, "sync", "--yes", "--json").summary(t)
	p.write(t, "first.csv", "Customer,E-mail,Name,Phone\n2,bob.baker@first.example,Bob Baker,\n") // below another customer, of which nothing of hers is listed
	kept := p.rollcall(t, "sync", "--yes", "--json").summary(t)
	if r := p.rollcall(t, "purge", "--run", gone.Run, "--yes"); r.code != 0 {
		t.Fatalf("got exit code %d: %s", r.code, r.errOut)
	}
	if found := searched(t, p.path(".rollcall"), []string{"ann.archer@first.example", "Ann Archer"}); len(found) > 0 {
		t.Errorf("the purge has left %q", found)
	}
	if r := p.rollcall(t, "report", kept.Run); r.code != 0 {
		t.Errorf("the other run: got exit code %d: %s", r.code, r.errOut)
	}
	if found := searched(t, p.path(".rollcall"), []string{"bob.baker@first.example"}); len(found) == 0 {
		t.Error("the data of the other run is gone")
	}
}

// listless is an API whose lists show nothing: only who knows an id finds a record.
type listless struct {
	next http.Handler
	on   atomic.Bool
}

// ServeHTTP empties every list of an answer.
func (f *listless) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !f.on.Load() || r.Method != http.MethodGet {
		f.next.ServeHTTP(w, r)
		return
	}
	answer := httptest.NewRecorder()
	f.next.ServeHTTP(answer, r)
	var body map[string]any
	if json.Unmarshal(answer.Body.Bytes(), &body) == nil && body["results"] != nil {
		body["results"], body["total_count"] = []any{}, 0
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(answer.Code)
	_ = json.NewEncoder(w).Encode(body)
}

// What a purged run has created is still known by its key, though nobody can read the key any more: where the API's list does not
// show the record, it is read by its id, and not created a second time.
func TestAPurgedKeyIsStillKnown(t *testing.T) {
	t.Parallel()
	p := newPlace(t, purgeJob)
	api := &listless{next: p.sim}
	p.server.Config.Handler = api
	p.write(t, "first.csv", "Customer,E-mail,Name,Phone\n1,ann.archer@first.example,Ann Archer,\n1,bob.baker@first.example,Bob Baker,\n")
	if r := p.rollcall(t, "sync", "--yes"); r.code != 0 {
		t.Fatalf("got exit code %d: %s", r.code, r.errOut)
	}
	if r := p.rollcall(t, "purge", "--older-than", "1ns", "--yes"); r.code != 0 {
		t.Fatalf("got exit code %d: %s", r.code, r.errOut)
	}
	api.on.Store(true)
	p.write(t, "first.csv", "Customer,E-mail,Name,Phone\n1,ANN.archer@first.example,Ann Archer,\n1,carl@first.example,Carl,\n")
	r := p.rollcall(t, "sync", "--yes", "--json")
	if a := r.summary(t); r.code != 0 || a.Counts["created"] != 1 {
		t.Errorf("got exit code %d and %v, want only the new row to be created: %s", r.code, a.Counts, r.errOut)
	}
	if n := len(p.sim.CRO.Contacts(1)); n != 3 {
		t.Errorf("the API has %d contacts, want 3", n)
	}
}
