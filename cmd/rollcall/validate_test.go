package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// What a person who looks at the workbook does not see, or sees differently: each is told, and only warned of if the row can be
// sent as it is.
func TestAWorkbookIsMoreThanItShows(t *testing.T) {
	p := newPlace(t, strings.Replace(plainJob, "contacts.csv", "contacts.xlsx", 1)+"guards: {max_invalid: 100%}\n")
	book := excelize.NewFile()
	defer book.Close()
	date, err := book.NewStyle(&excelize.Style{NumFmt: 14})
	cells := map[string]any{"A1": "Customer", "B1": "E-mail", "A8": 45213}
	for row := 2; row <= 7; row++ {
		cells[fmt.Sprint("A", row)], cells[fmt.Sprint("B", row)] = 1, fmt.Sprintf("p%d@x.example", row)
	}
	delete(cells, "A5") // below A4, which covers it
	delete(cells, "A6") // a formula without a value
	cells["B8"] = "p8@x.example"
	for at, value := range cells {
		err = errors.Join(err, book.SetCellValue("Sheet1", at, value))
	}
	err = errors.Join(err,
		book.SetRowVisible("Sheet1", 3, false),
		book.MergeCell("Sheet1", "A4", "A5"),
		book.SetCellFormula("Sheet1", "A6", "A2+1"),
		book.SetCellStyle("Sheet1", "A8", "A8", date),
		book.SetCellValue("Sheet1", "B7", "2026-01-02@x\u200b.example"),
		book.SaveAs(p.path("contacts.xlsx")))
	if err != nil {
		t.Fatal(err)
	}
	done := p.rollcall(t, "validate", "--json", "-o", "problems.csv")
	if done.code != 3 {
		t.Fatalf("got exit code %d, want 3: %s", done.code, done.errOut)
	}
	var got struct {
		Counts, Problems map[string]int
	}
	if err := json.Unmarshal([]byte(done.out), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"hidden_row": 1, "merged_cells": 2, "required": 1, "formula_no_value": 1, "invisible_character": 1, "date_in_number": 1}
	if diff := cmp.Diff(got.Problems, want); diff != "" {
		t.Errorf("problems (-got +want):\n%s", diff)
	}
	// Row 5 is blank where row 4 has the value of both: it is invalid, and says why.
	if diff := cmp.Diff(got.Counts, map[string]int{"read": 7, "valid": 3, "invalid": 4, "warned": 2}); diff != "" {
		t.Errorf("counts (-got +want):\n%s", diff)
	}
	if done := p.rollcall(t, "sync", "--yes", "--json"); done.code != 3 || !strings.Contains(done.out, `"created": 3`) {
		t.Errorf("got exit code %d and %s, want the three rows that are sound to be created, the warned ones too", done.code, done.out)
	}
}

// The limit is for the eye alone: what is counted and what is written is always all of it.
func TestALimitOfProblemsLimitsNothingElse(t *testing.T) {
	p := newPlace(t, plainJob)
	var sheet strings.Builder
	sheet.WriteString("Customer,E-mail\n")
	const rows = 3000 // more than travel together between the stages
	for range rows {
		sheet.WriteString("x,y\n")
	}
	p.write(t, "contacts.csv", sheet.String())
	for _, limit := range []string{"0", "1", "7", "100000"} {
		done := p.rollcall(t, "validate", "--json", "-o", "problems.csv", "--limit-problems", limit)
		var got struct {
			Counts, Problems map[string]int
		}
		if err := json.Unmarshal([]byte(done.out), &got); err != nil {
			t.Fatal(err)
		}
		if got.Counts["invalid"] != rows || got.Problems["not_integer"] != rows || got.Problems["bad_email"] != rows {
			t.Errorf("limit %s: got %v and %v, want %d rows with two problems each", limit, got.Counts, got.Problems, rows)
		}
		written, err := os.ReadFile(p.path("problems.csv"))
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(string(written), "\n"); lines != 1+2*rows {
			t.Errorf("limit %s: got %d lines, want a header and %d problems", limit, lines, 2*rows)
		}
	}
}

// That a sheet is not UTF-8 may show behind many rows which have been judged as if it were: nothing of that counts.
func TestAnEncodingThatShowsLateIsTheOneOfAllRows(t *testing.T) {
	p := newPlace(t, plainJob)
	var sheet strings.Builder
	sheet.WriteString("Customer,E-mail\n")
	const rows = 20_000
	for n := range rows {
		fmt.Fprintf(&sheet, "%d,p%d@x.example\n", n%9+1, n)
	}
	sheet.WriteString("1,p0@x.example\n1,nobody\n1,zo\xeb\n")
	if err := os.WriteFile(p.path("contacts.csv"), []byte(sheet.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	done := p.rollcall(t, "validate", "--json", "-o", "problems.csv")
	var got struct {
		Counts, Problems map[string]int
	}
	if err := json.Unmarshal([]byte(done.out), &got); err != nil || done.code != 3 {
		t.Fatalf("got exit code %d and %v, want 3: %s", done.code, err, done.errOut)
	}
	if diff := cmp.Diff(got.Problems, map[string]int{"duplicate_key": 2, "bad_email": 2}); diff != "" {
		t.Errorf("problems (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(got.Counts, map[string]int{"read": rows + 3, "valid": rows - 1, "invalid": 4, "warned": 0}); diff != "" {
		t.Errorf("counts (-got +want):\n%s", diff)
	}
	if n := strings.Count(done.errOut, "windows-1252"); n != 2 { // what it is, and why
		t.Errorf("the encoding is told %d times, want twice:\n%s", n, done.errOut)
	}
	problems, err := os.ReadFile(p.path("problems.csv"))
	if err != nil || !strings.Contains(string(problems), "zoë") || strings.Count(string(problems), "\n") != 5 {
		t.Errorf("got %v and problems\n%s\nwant four, and the letter as it is", err, problems)
	}
}
