package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// exportAccount is the part of an export's summary that the tests look at.
type exportAccount struct {
	Run      string         `json:"run"`
	ExitCode int            `json:"exit_code"`
	Records  int            `json:"records"`
	Problems map[string]int `json:"problems"`
	Requests struct {
		Sent     int `json:"sent"`
		Forecast int `json:"forecast"`
	} `json:"requests"`
	Remarks []map[string]any `json:"remarks"`
}

// export exports the records of the trial, which must work.
func (tr *trial) export(t *testing.T, file string, args ...string) exportAccount {
	t.Helper()
	r := tr.run(t, append([]string{"export", "-o", file, "--json"}, args...)...)
	var a exportAccount
	if err := json.Unmarshal([]byte(r.out), &a); err != nil || r.code != 0 {
		t.Fatalf("export ended with %d, %v\n%s%s", r.code, err, r.out, r.errOut)
	}
	return a
}

// checkUnchanged syncs a sheet in which nobody has edited anything. Rows may be refused with a code among refused: such a cell came
// back damaged, and is told. Nothing may ever be written.
func (tr *trial) checkUnchanged(t *testing.T, file string, records int, refused ...string) {
	t.Helper()
	tr.forget()
	r := tr.run(t, "sync", "--yes", "--json", "--rate", "none", file)
	sum := r.summary(t)
	sum.addsUp(t)
	invalid := sum.Counts["invalid"]
	if sum.Counts["unchanged"]+invalid != records || sum.Counts["read"] != records || invalid > 0 && refused == nil {
		t.Errorf("%s: exit %d, %v; want all %d unchanged\n%s", filepath.Base(file), r.code, sum.Counts, records, r.errOut)
	}
	if invalid > 0 {
		_, rows := reportRows(t, sum.Files["failed.csv"])
		for _, row := range rows {
			if !slices.Contains(refused, row["_code"]) {
				t.Errorf("%s: row %s is refused as %s: %s", filepath.Base(file), row["_row"], row["_code"], row["_message"])
			}
		}
	}
	for i, h := range tr.writes() {
		if i < 3 {
			t.Errorf("%s: %s %s %s; want no write", filepath.Base(file), h.method, h.path, h.body)
		}
	}
}

// roundTrip stores records with every kind of value, exports them and syncs the sheet as it is: nothing may be written.
func (tr *trial) roundTrip(t *testing.T, records int) {
	t.Helper()
	tr.sheet(t, tr.lines(0, records))
	if r := tr.run(t, "sync", "--yes", "--rate", "none"); r.code != 0 {
		t.Fatalf("sync ended with %d\n%s%s", r.code, r.out, r.errOut)
	}
	for _, file := range []string{"out.csv", "out.xlsx"} {
		if a := tr.export(t, file, "--rate", "none"); a.Records != records+tr.already || len(a.Problems) > 0 {
			t.Errorf("%s: %d records, problems %v %v; want %d and none", file, a.Records, a.Problems, a.Remarks, records+tr.already)
		}
		tr.checkUnchanged(t, tr.path(file), records+tr.already)
	}
}

// TestExportRoundTrip has a few hundred records for each target, and the fourth API.
func TestExportRoundTrip(t *testing.T) {
	eachSubject(t, func(t *testing.T, tr *trial) { tr.roundTrip(t, 150) })
}

// TestExportRoundTripLong has ten thousand for each.
func TestExportRoundTripLong(t *testing.T) {
	records := 10000
	switch os.Getenv("ROLLCALL_LONG") {
	case "":
		t.Skip("a part of the long suite: set ROLLCALL_LONG=1, or share for a part of it")
	case "share":
		records = 1000
	}
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) {
			tr := newTrial(t, s, s.auths[0])
			tr.roundTrip(t, records)
			office := newOffice(t)
			for _, c := range officeWays() {
				tr.checkUnchanged(t, office.convert(t, tr.path(c.from), c), records+tr.already, c.refused...)
			}
		})
	}
}

// officeWay is a way of saving an exported sheet with LibreOffice.
type officeWay struct {
	name, from, kind, filter string
	refused                  []string // what may be wrong with a cell then; nil if nothing may
}

// officeWays is those that people go: the workbook saved as it is and as CSV, the CSV file opened and saved as either. A workbook
// loses nothing. CSV has numbers as the program's country writes them, and texts of very many digits as powers of ten.
func officeWays() []officeWay {
	const text = "44,34,76,1" // commas, quotes, UTF-8
	csv := "csv:Text - txt - csv (StarCalc):" + text
	return []officeWay{
		{"a workbook saved as a workbook", "out.xlsx", "xlsx", "", nil},
		{"a workbook saved as CSV", "out.xlsx", csv, "", []string{"not_number"}},
		{"a CSV file saved as CSV", "out.csv", csv, "CSV:" + text, []string{"scientific"}},
		{"a CSV file saved as a workbook", "out.csv", "xlsx", "CSV:" + text, []string{"scientific", "precision"}},
	}
}

// office is a LibreOffice with a profile of its own, so that a running one is in nobody's way.
type office struct{ program, dir string }

func newOffice(t *testing.T) office {
	t.Helper()
	program, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("soffice is not installed (libreoffice-calc has it); round trips through it are not tested")
	}
	if testing.Short() {
		t.Skip("LibreOffice takes seconds to start")
	}
	return office{program, t.TempDir()}
}

// convert opens a file, saves it, and returns what came of it.
func (o office) convert(t *testing.T, path string, c officeWay) string {
	t.Helper()
	kind, _, _ := strings.Cut(c.kind, ":")
	out := filepath.Join(o.dir, kind+"-of-"+filepath.Ext(path)[1:])
	args := []string{"-env:UserInstallation=file://" + filepath.ToSlash(o.dir) + "/profile", "--headless", "--convert-to", c.kind, "--outdir", out}
	if c.filter != "" {
		args = append(args, "--infilter="+c.filter)
	}
	if log, err := exec.CommandContext(t.Context(), o.program, append(args, path)...).CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, log)
	}
	return filepath.Join(out, strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))+"."+kind)
}

// TestExportThroughOffice opens and saves what was exported with LibreOffice: still nothing is to be done.
func TestExportThroughOffice(t *testing.T) {
	t.Parallel()
	office := newOffice(t)
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) {
			const records = 60
			tr := newTrial(t, s, s.auths[0])
			tr.roundTrip(t, records)
			for _, c := range officeWays() {
				t.Run(c.name, func(t *testing.T) {
					tr.checkUnchanged(t, office.convert(t, tr.path(c.from), c), records+tr.already, c.refused...)
				})
			}
		})
	}
}

// tenCustomers is a trial of CRO with 200 contacts, 20 at each of ten customers.
func tenCustomers(t *testing.T) *trial {
	t.Helper()
	s := croContact()
	tr := newTrial(t, s, s.auths[0])
	for n := range 200 {
		tr.seed(t, line{path: fmt.Sprintf("/customers/%d/contacts", n/20+1), body: map[string]any{
			"name": fmt.Sprintf("Person %d", n), "email": fmt.Sprintf("person%d@firm.example", n), "number": fmt.Sprintf("00%d", n), "fax": "5550100",
		}})
	}
	return tr
}

// editCSV changes cells of a CSV file as a person would: edits is by the e-mail of the row and the column.
func (tr *trial) editCSV(t *testing.T, file string, edits map[[2]string]string) {
	t.Helper()
	data, err := os.ReadFile(tr.path(file))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	for _, row := range rows[1:] {
		for i, column := range rows[0] {
			if text, ok := edits[[2]string{row[slices.Index(rows[0], "E-mail")], column}]; ok {
				row[i] = text
				done++
			}
		}
	}
	if done != len(edits) {
		t.Fatalf("%d of %d edits have a cell", done, len(edits))
	}
	var b bytes.Buffer
	b.WriteString("\ufeff")
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	tr.write(t, file, b.String())
}

// patch changes a contact behind the program's back.
func (tr *trial) patch(t *testing.T, path, body string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPatch, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for name, value := range tr.create {
		r.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	if tr.api.ServeHTTP(answer, r); answer.Code/100 != 2 {
		t.Fatalf("PATCH %s: %d %s", path, answer.Code, answer.Body)
	}
}

// TestExportEdits edits 3 of 200 rows: three PATCHes with exactly the fields that were changed. What somebody else has changed
// meanwhile survives, and the field that both have changed is held and named.
func TestExportEdits(t *testing.T) {
	t.Parallel()
	tr := tenCustomers(t)
	tr.export(t, "people.csv")
	tr.editCSV(t, "people.csv", map[[2]string]string{
		{"person7@firm.example", "Phone"}:   "+1 503 555 0199",
		{"person60@firm.example", "Name"}:   "Zoë",
		{"person60@firm.example", "Fax"}:    "5550777",
		{"person199@firm.example", "Phone"}: "0001",
		{"person100@firm.example", "Name"}:  "Mine",
	})
	tr.patch(t, "/customers/1/contacts/8", `{"fax": "5559999"}`)                          // person 7: another field than the one in the sheet
	tr.patch(t, "/customers/6/contacts/101", `{"name": "Theirs"}`)                        // person 100: the same field
	tr.patch(t, "/customers/2/contacts/22", `{"number": "0999", "fax": "5559998"}`)       // person 21: nobody has touched the row
	tr.patch(t, "/customers/10/contacts/200", `{"number": "0001", "name": "Person 199"}`) // person 199: both say the same

	tr.forget()
	r := tr.run(t, "sync", "--yes", "--json", "people.csv")
	sum := r.summary(t)
	sum.addsUp(t)
	if r.code != 3 || sum.Counts["updated"] != 2 || sum.Counts["conflict"] != 1 || sum.Counts["unchanged"] != 197 {
		t.Errorf("exit %d, %v; want 3, 2 updated, 1 in conflict, 197 unchanged\n%s", r.code, sum.Counts, r.errOut)
	}
	var got []string
	for _, h := range tr.writes() {
		got = append(got, fmt.Sprintf("%s %s %s", h.method, h.path, encoded(t, decoded(t, h.body))))
	}
	slices.Sort(got)
	want := []string{
		sent(t, "PATCH", "/customers/1/contacts/8", map[string]any{"number": "+1 503 555 0199"}),
		sent(t, "PATCH", "/customers/4/contacts/61", map[string]any{"fax": "5550777", "name": "Zoë"}),
	}
	if !slices.Equal(got, want) {
		t.Errorf("writes:\ngot  %q\nwant %q", got, want)
	}
	_, rows := reportRows(t, sum.Files["failed.csv"])
	if len(rows) != 1 || rows[0]["_code"] != "changed_both" || rows[0]["_field"] != "name" || rows[0]["_column"] != "Name" {
		t.Errorf("failed.csv: %v; want the one row that both have changed, and its field", rows)
	}
}

// TestExportEditsAlone is the plain case: nobody else was at work, and each edit is one PATCH.
func TestExportEditsAlone(t *testing.T) {
	t.Parallel()
	tr := tenCustomers(t)
	tr.export(t, "people.csv")
	tr.editCSV(t, "people.csv", map[[2]string]string{
		{"person7@firm.example", "Phone"}: "0070", {"person60@firm.example", "Name"}: "Zoë", {"person199@firm.example", "Fax"}: "5550777",
	})
	tr.forget()
	r := tr.run(t, "sync", "--yes", "--json", "people.csv")
	if sum := r.summary(t); r.code != 0 || sum.Counts["updated"] != 3 || sum.Counts["unchanged"] != 197 {
		t.Errorf("exit %d, %v; want 3 updated and 197 unchanged\n%s", r.code, sum.Counts, r.errOut)
	}
	got := map[string]bool{}
	for _, h := range tr.writes() {
		got[h.method+" "+string(h.body)] = true
	}
	for _, want := range []string{`PATCH {"number":"0070"}`, `PATCH {"name":"Zoë"}`, `PATCH {"fax":"5550777"}`} {
		if !got[want] || len(got) != 3 {
			t.Errorf("writes %v; want three, %s among them", got, want)
		}
	}
}

// TestExportCostsNoMoreThanPages counts the reads of an export, a plan and a sync: one for each page that there is.
func TestExportCostsNoMoreThanPages(t *testing.T) {
	t.Parallel()
	tr := tenCustomers(t)
	const listed, named, withContacts = 14, 1, 10 // customers of the account; the page that lists them; customers of the sheet
	tr.forget()
	a := tr.export(t, "people.csv")
	if n := len(tr.reads()); n != named+listed || a.Requests.Sent != n || a.Requests.Forecast != n {
		t.Errorf("the export has read %d times, says %+v; want %d pages", n, a.Requests, named+listed)
	}
	tr.editCSV(t, "people.csv", map[[2]string]string{{"person7@firm.example", "Phone"}: "0070"})
	for _, command := range [][]string{{"plan"}, {"sync", "--yes"}} {
		tr.forget()
		if r := tr.run(t, append(command, "--json", "people.csv")...); r.code != 0 {
			t.Fatalf("%v ended with %d\n%s", command, r.code, r.errOut)
		}
		if n := len(tr.reads()); n != named+withContacts {
			t.Errorf("%v has read %d times, want %d pages", command, n, named+withContacts)
		}
	}
}
