package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"database/sql"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/xuri/excelize/v2"
	_ "modernc.org/sqlite" // the ledger is a file of SQLite, and nothing more is known of it here
)

// files is where the checker finds its evidence.
type files struct {
	sheets  []string // the input, one file for each edition
	commits string   // the log of the server
	state   string   // the folder with the ledger and the runs
}

// read reads all evidence.
func (f files) read(l layout) (*evidence, error) {
	e := &evidence{layout: l, sheets: map[string][]sheetLine{}, reports: map[string]*reportFiles{}}
	for _, sheet := range f.sheets {
		hash, rows, err := readSheet(sheet)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", sheet, err)
		}
		e.sheets[hash] = rows
	}
	var err error
	if e.commits, err = readCommits(f.commits); err != nil {
		return nil, fmt.Errorf("%s: %w", f.commits, err)
	}
	if e.runs, err = readLedger(f.state); err != nil {
		return nil, fmt.Errorf("the ledger in %s: %w", f.state, err)
	}
	for _, run := range e.runs {
		report, err := readReport(filepath.Join(f.state, "runs", run.id))
		if errors.Is(err, os.ErrNotExist) {
			continue // that it is missing is a complaint
		}
		if err != nil {
			return nil, fmt.Errorf("the report of run %s: %w", run.id, err)
		}
		e.reports[run.id] = report
	}
	return e, nil
}

// readSheet reads an input sheet, whose first line is its header.
func readSheet(path string) (hash string, rows []sheetLine, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", nil, err
	}
	sum := sha256.Sum256(data)
	read := readLines
	if filepath.Ext(path) == ".xlsx" {
		read = readBook
	}
	rows, err = read(data)
	return hex.EncodeToString(sum[:]), rows, err
}

// readLines reads the rows of a CSV file, each with the line on which it begins.
func readLines(data []byte) (rows []sheetLine, err error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	header, err := r.Read()
	if err != nil {
		return nil, err
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		number, _ := r.FieldPos(0)
		rows = append(rows, newSheetLine(number, header, cells))
	}
}

// readBook reads the rows of the first sheet of a workbook.
func readBook(data []byte) (rows []sheetLine, err error) {
	book, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	all, err := book.GetRows(book.GetSheetName(0))
	for n, cells := range all {
		if n > 0 {
			rows = append(rows, newSheetLine(n+1, all[0], cells))
		}
	}
	return rows, errors.Join(err, book.Close())
}

// newSheetLine joins cells with their header. Blank cells at the end may be left out.
func newSheetLine(number int, header, cells []string) sheetLine {
	l := sheetLine{number, map[string]string{}}
	for i, name := range header {
		l.cells[name] = ""
		if i < len(cells) {
			l.cells[name] = cells[i]
		}
	}
	return l
}

// readCommits reads the commit log.
func readCommits(path string) (commits []*commitLine, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for d := newDecoder(data); ; {
		c := &commitLine{}
		switch err := d.Decode(c); {
		case errors.Is(err, io.EOF):
			return commits, nil
		case err != nil:
			return nil, err
		}
		commits = append(commits, c)
	}
}

// newDecoder reads JSON, numbers as they are written.
func newDecoder(data []byte) *json.Decoder {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d
}

// readReport reads what a run tells people and programs.
func readReport(dir string) (*reportFiles, error) {
	report := &reportFiles{}
	data, err := os.ReadFile(filepath.Join(dir, "rows.csv"))
	if err != nil {
		return nil, err
	}
	rows, err := readLines(data)
	if err != nil {
		return nil, err
	}
	for _, l := range rows {
		report.lines = append(report.lines, l.cells)
	}
	if data, err = os.ReadFile(filepath.Join(dir, "summary.json")); err != nil {
		return nil, err
	}
	return report, json.Unmarshal(data, &report.summary)
}

// readLedger reads a copy of the database: to look at what a dead process has left must not change it.
func readLedger(state string) (runs []*ledgerRun, err error) {
	dir, err := os.MkdirTemp("", "checker-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for _, name := range []string{"ledger.db", "ledger.db-wal"} {
		data, err := os.ReadFile(filepath.Join(state, name))
		if errors.Is(err, os.ErrNotExist) && name != "ledger.db" {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return nil, err
		}
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "ledger.db"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var numbers []int64
	err = each(db, "SELECT number, id, body FROM runs WHERE changes >= 0 ORDER BY number", func(scan scanRow) error {
		var number int64
		run, body := &ledgerRun{}, ""
		if err := scan(&number, &run.id, &body); err != nil {
			return err
		}
		var about struct{ Source struct{ SHA256 string } }
		numbers, runs = append(numbers, number), append(runs, run)
		err := json.Unmarshal([]byte(body), &about)
		run.sheet = about.Source.SHA256
		return err
	})
	for i, number := range numbers {
		err = errors.Join(err, readRows(db, number, runs[i]))
	}
	return runs, err
}

// readRows reads the changes of a run with their intents and outcomes. The number of the run is the upper half of their keys.
func readRows(db *sql.DB, number int64, run *ledgerRun) error {
	rows := map[int64]*ledgerRow{}
	first, last := number<<32, number<<32|0xffffffff
	changes := each(db, "SELECT id, line, action, status, record_id FROM changes WHERE id BETWEEN ? AND ? ORDER BY id", func(scan scanRow) error {
		var id int64
		r := &ledgerRow{}
		err := scan(&id, &r.line, &r.action, &r.status, &r.id)
		rows[id], run.rows = r, append(run.rows, r)
		return err
	}, first, last)
	outcomes := each(db, "SELECT change_id, status, record_id FROM outcomes WHERE change_id BETWEEN ? AND ?", func(scan scanRow) error {
		var change int64
		var status, id string
		if err := scan(&change, &status, &id); err != nil {
			return err
		}
		r := rows[change]
		if r == nil {
			return fmt.Errorf("an outcome belongs to no change: %d", change)
		}
		r.status, r.id = status, cmp.Or(id, r.id)
		r.final = status != "in_doubt" && status != "not_attempted"
		return nil
	}, first, last)
	attempts := each(db, "SELECT change_id, request_id, intended_at, status FROM attempts WHERE id BETWEEN ? AND ? ORDER BY id", func(scan scanRow) error {
		var change, at int64
		var id, status string
		if err := scan(&change, &id, &at, &status); err != nil {
			return err
		}
		r := rows[change]
		if r == nil {
			return fmt.Errorf("an intent belongs to no change: %d", change)
		}
		r.intents = append(r.intents, intent{time.Unix(0, at), id})
		r.open = r.open || status == "" || status == "in_doubt"
		return nil
	}, first, last)
	return errors.Join(changes, outcomes, attempts)
}

// scanRow reads the columns of a row.
type scanRow func(into ...any) error

// each runs a query and reads every row of its answer.
func each(db *sql.DB, query string, read func(scan scanRow) error, args ...any) error {
	rows, err := db.Query(query, args...)
	if err != nil {
		return err
	}
	for rows.Next() && err == nil {
		err = read(rows.Scan)
	}
	return errors.Join(err, rows.Err(), rows.Close())
}
