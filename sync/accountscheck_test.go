package sync_test

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	datasync "github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// check compares a report with the sheet that was made, and with nothing of the program's own.
func (e *episode) check(sum *reconcile.Summary) error {
	e.runs++
	e.rows += len(e.sheet.rows)
	records, err := readRecords(sum.Files[reconcile.RowsCSV])
	if err != nil {
		return err
	}
	width := len(e.sheet.header)
	column := map[string]int{}
	for i, name := range records[0].cells {
		column[name] = i
	}
	if !slices.Equal(records[0].cells[:width], e.sheet.header) || records[0].cells[len(records[0].cells)-1] != "_rollcall" {
		return fmt.Errorf("rows.csv has the columns %q", records[0].cells)
	}
	if len(records)-1 != len(e.sheet.rows) || sum.Counts.Read != len(e.sheet.rows) {
		return fmt.Errorf("rows.csv has %d rows and read is %d, want %d", len(records)-1, sum.Counts.Read, len(e.sheet.rows))
	}
	counts, there := plan.Counts{}, e.contacts()
	var unsettled []csvRecord
	for i, r := range records[1:] {
		row := &e.sheet.rows[i]
		if got, want := r.input(width), e.sheet.texts(row); !slices.Equal(got, want) {
			return fmt.Errorf("row %d of rows.csv is %q, want %q", row.number, got, want)
		}
		if got, want := r.cells[column["_row"]], fmt.Sprint(row.number); got != want {
			return fmt.Errorf("row %d of the sheet has _row %s, want %s", i+1, got, want)
		}
		status := plan.Status(r.cells[column["_status"]])
		counts[status]++
		if id := r.cells[column["_id"]]; (status == plan.Created || status == plan.Updated || status == plan.Unchanged) && !there[id] {
			return fmt.Errorf("row %d is %s as record %q, and the API has no such record", row.number, status, id)
		}
		if !status.Settled() {
			unsettled = append(unsettled, r)
		}
	}
	if sum.Counts.Rows.Sum() != sum.Counts.Read || !maps.Equal(counts, sum.Counts.Rows) {
		return fmt.Errorf("rows.csv counts %v, the summary %v", counts, sum.Counts.Rows)
	}
	for status, n := range counts {
		e.seen[status] += n
	}
	if err := sameRecords(sum.Files[reconcile.FailedCSV], unsettled); err != nil {
		return err
	}
	return e.wantVerified(sum.Run, datasync.ExitOK, "")
}

// contacts is the ids of the records that the API has.
func (e *episode) contacts() map[string]bool {
	there := map[string]bool{}
	for customer := range int64(12) {
		for _, c := range e.sim.CRO.Contacts(customer + 1) {
			there[fmt.Sprint(c.ID)] = true
		}
	}
	return there
}

// sameRecords compares failed.csv with the rows that must be in it.
func sameRecords(path string, want []csvRecord) error {
	got, err := readRecords(path)
	if err != nil {
		return err
	}
	same := func(a, b csvRecord) bool { return slices.Equal(a.cells, b.cells) }
	if !slices.EqualFunc(got[1:], want, same) {
		return fmt.Errorf("failed.csv has the rows %v, want %v", got[1:], want)
	}
	return nil
}

// verify checks a run as report --verify does.
func (e *episode) verify(run string) (*datasync.Verification, error) {
	opts, ctx, _, done := e.options("report", "")
	defer done()
	return datasync.Verify(ctx, opts, run)
}

// wantVerified wants a verification to end with an exit code, and to find nothing wrong but what one file says.
func (e *episode) wantVerified(run string, exit datasync.Exit, file string) error {
	v, err := e.verify(run)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	var wrong, names []string
	for _, c := range slices.Concat(v.Account, v.Files) {
		if c.Finding == reconcile.Wrong {
			wrong, names = append(wrong, c.Name+": "+c.Message), append(names, c.Name)
		}
	}
	if v.ExitCode != int(exit) || file == "" && wrong != nil || file != "" && !slices.Equal(names, []string{file}) {
		return fmt.Errorf("verify: exit code %d and %q, want %d and what is wrong with %q", v.ExitCode, wrong, exit, file)
	}
	return nil
}

// spoil changes a file of the report or the ledger behind the program's back, and wants to have it found out.
func (e *episode) spoil(sum *reconcile.Summary) error {
	if _, err := e.rewrite(sum.Run); err != nil { // of a run whose process died, the report is an older one
		return err
	}
	if err := e.wantVerified(sum.Run, datasync.ExitOK, ""); err != nil || len(e.sheet.rows) == 0 || e.one(3) {
		return err
	}
	e.spoilt++
	if e.one(3) {
		return e.spoilLedger(sum.Run)
	}
	name, err := e.spoilFile(sum)
	if err != nil {
		return err
	}
	if err := e.wantVerified(sum.Run, datasync.ExitError, name); err != nil {
		return err
	}
	if _, err := e.rewrite(sum.Run); err != nil {
		return err
	}
	return e.wantVerified(sum.Run, datasync.ExitOK, "")
}

// rewrite writes the report again.
func (e *episode) rewrite(run string) (*reconcile.Summary, error) {
	opts, ctx, _, done := e.options("report", "")
	defer done()
	return datasync.Rewrite(ctx, opts, run)
}

// spoilFile changes one file of a report, and returns its name.
func (e *episode) spoilFile(sum *reconcile.Summary) (name string, err error) {
	name = []string{reconcile.RowsCSV, reconcile.RowsCSV, reconcile.FailedCSV, reconcile.ProblemsCSV, reconcile.SummaryJSON, reconcile.ReportXLSX, reconcile.ReportHTML}[e.IntN(7)]
	path := filepath.Join(e.dir, "state", "runs", sum.Run, name)
	data, err := os.ReadFile(path)
	if err != nil {
		return name, err
	}
	e.say("%s is changed by hand", name)
	switch name {
	case reconcile.SummaryJSON:
		was := fmt.Sprintf("\"read\": %d,", len(e.sheet.rows))
		data = []byte(strings.Replace(string(data), was, fmt.Sprintf("\"read\": %d,", len(e.sheet.rows)+1), 1))
	case reconcile.ReportXLSX, reconcile.ReportHTML:
		return name, os.Remove(path)
	default:
		data = []byte(e.spoilRecords(string(data)))
	}
	return name, os.WriteFile(path, data, 0o600)
}

// spoilRecords changes the text of a CSV file so that it does not say the same any more.
func (e *episode) spoilRecords(text string) string {
	records := strings.SplitAfter(strings.TrimSuffix(text, "\r\n"), "\r\n")
	if len(records) < 2 {
		return text + records[0] + "\r\n"
	}
	records[len(records)-1] += "\r\n"
	i := 1 + e.IntN(len(records)-1)
	switch e.IntN(4) {
	case 0:
		records = slices.Delete(records, i, i+1)
	case 1:
		records = slices.Insert(records, i, records[i])
	case 2:
		at := e.IntN(len(records[i]) - 2)
		records[i] = records[i][:at] + "Q" + records[i][at:]
	case 3:
		records[i] = strings.Replace(records[i], ",", ",,", 1)
	}
	return strings.Join(records, "")
}

// spoilLedger changes what the ledger has of a run.
func (e *episode) spoilLedger(run string) error {
	statement := []string{
		"DELETE FROM changes WHERE id = (SELECT MAX(id) FROM changes WHERE id >> 32 = ?1)",
		"DELETE FROM changes WHERE id = (SELECT MIN(id) FROM changes WHERE id >> 32 = ?1)",
		"UPDATE changes SET line = line + 1 WHERE id = (SELECT MAX(id) FROM changes WHERE id >> 32 = ?1)",
		"UPDATE changes SET status = 'unchanged' WHERE id = (SELECT MAX(id) FROM changes WHERE id >> 32 = ?1 AND status <> 'unchanged')",
		"UPDATE outcomes SET status = 'failed' WHERE change_id = (SELECT MIN(change_id) FROM outcomes WHERE change_id >> 32 = ?1 AND status <> 'failed')",
		"DELETE FROM outcomes WHERE change_id = (SELECT MAX(change_id) FROM outcomes WHERE change_id >> 32 = ?1)",
		"INSERT INTO changes SELECT id + 1, line, action, status, record_id, identity, record, before, problems, sum FROM changes " +
			"WHERE id = (SELECT MAX(id) FROM changes WHERE id >> 32 = ?1)",
	}[e.IntN(7)]
	changed, err := execute(filepath.Join(e.dir, "state", "ledger.db"), statement, run)
	if err != nil || changed == 0 {
		return err
	}
	e.say("%s", statement)
	v, err := e.verify(run)
	if errors.Is(err, ledger.ErrDamaged) || err == nil && v.ExitCode == int(datasync.ExitInvalid) {
		return nil
	}
	return fmt.Errorf("verify: %v and %+v, want the damage found", err, v)
}

// execute carries out a statement about a run.
func execute(file, statement, run string) (changed int64, err error) {
	db, err := sql.Open("sqlite", file)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var number int64
	if err := db.QueryRow("SELECT number FROM runs WHERE id = ?", run).Scan(&number); err != nil {
		return 0, err
	}
	done, err := db.Exec(statement, number)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}
