package main

import (
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
	_ "modernc.org/sqlite" // the driver
)

// cmdJSON asserts members of a JSON document: json FILE PATH=VALUE... FILE may be stdout. A path is names and numbers
// between dots; * at its end is the number of elements, ? is whether there is such a member. A text is compared
// without its quotes, anything else as compact JSON.
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: json FILE PATH=VALUE...")
	}
	document := ts.ReadFile(args[0])
	for _, arg := range args[1:] {
		path, want, _ := strings.Cut(arg, "=")
		got, err := lookUp(document, path)
		ts.Check(err)
		if got != want {
			ts.Fatalf("%s is %s, want %s, in\n%s", path, got, want, document)
		}
	}
}

// cmdLet sets a variable to a member of a JSON document: let VARIABLE FILE PATH.
func cmdLet(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: let VARIABLE FILE PATH")
	}
	value, err := lookUp(ts.ReadFile(args[1]), args[2])
	ts.Check(err)
	ts.Setenv(args[0], value)
}

// lookUp finds a member of one JSON document that has nothing behind it.
func lookUp(document, path string) (string, error) {
	var at any
	if err := json.Unmarshal([]byte(document), &at); err != nil {
		return "", fmt.Errorf("not one JSON document: %w\n%s", err, document)
	}
	if bare, asked := strings.CutSuffix(path, "?"); asked {
		_, err := lookUp(document, bare)
		return strconv.FormatBool(err == nil), nil
	}
	// Names of files have dots, too: the longest name that there is counts.
	rest := strings.Split(path, ".")
	for len(rest) > 0 {
		name := rest[0]
		rest = rest[1:]
		switch node := at.(type) {
		case map[string]any:
			for n := len(rest); n > 0; n-- {
				if long := strings.Join(append([]string{name}, rest[:n]...), "."); node[long] != nil {
					name, rest = long, rest[n:]
					break
				}
			}
			value, has := node[name]
			if !has && name != "*" {
				return "", fmt.Errorf("there is no %s in\n%s", path, document)
			}
			if at = value; name == "*" {
				at = float64(len(node))
			}
		case []any:
			i, err := strconv.Atoi(name)
			switch {
			case name == "*":
				at = float64(len(node))
			case err != nil || i >= len(node):
				return "", fmt.Errorf("there is no %s in\n%s", path, document)
			default:
				at = node[i]
			}
		default:
			return "", fmt.Errorf("there is no %s in\n%s", path, document)
		}
	}
	if text, ok := at.(string); ok {
		return text, nil
	}
	data, err := json.Marshal(at)
	return string(data), err
}

// cmdRows asserts how many rows of a CSV file of the program hold all of the conditions: rows FILE COUNT [CONDITION...]. A
// condition is COLUMN=TEXT, or COLUMN~TEXT for a part of it.
func cmdRows(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: rows FILE COUNT [COLUMN=TEXT|COLUMN~TEXT...]")
	}
	text := ts.ReadFile(args[0])
	header, rows := readCSV(ts, text)
	got := 0
	for _, row := range rows {
		if !slices.ContainsFunc(args[2:], func(c string) bool { return !holds(ts, header, row, c) }) {
			got++
		}
	}
	if got != number(ts, args[1]) {
		ts.Fatalf("%d rows hold %q, want %s:\n%s", got, args[2:], args[1], text)
	}
}

// holds tells whether a row fulfils a condition.
func holds(ts *testscript.TestScript, header, row []string, condition string) bool {
	at := strings.IndexAny(condition, "=~")
	if at < 0 {
		ts.Fatalf("%q is not a condition", condition)
	}
	column := slices.Index(header, condition[:at])
	if column < 0 {
		ts.Fatalf("there is no column %q among %q", condition[:at], header)
	}
	want := condition[at+1:]
	return condition[at] == '=' && row[column] == want || condition[at] == '~' && strings.Contains(row[column], want)
}

// readCSV reads a CSV file as the program writes them: UTF-8 with a byte order mark.
func readCSV(ts *testscript.TestScript, text string) (header []string, rows [][]string) {
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	ts.Check(err)
	if len(all) == 0 {
		ts.Fatalf("the file has no header")
	}
	return all[0], all[1:]
}

// cmdXLSX makes a workbook of a CSV file, every cell text: xlsx FROM.csv TO.xlsx.
func cmdXLSX(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: xlsx FROM.csv TO.xlsx")
	}
	header, rows := readCSV(ts, ts.ReadFile(args[0]))
	book := excelize.NewFile()
	defer book.Close()
	for r, row := range append([][]string{header}, rows...) {
		for c, text := range row {
			name, err := excelize.CoordinatesToCellName(c+1, r+1)
			ts.Check(err)
			ts.Check(book.SetCellStr("Sheet1", name, text))
		}
	}
	ts.Check(book.SaveAs(ts.MkAbs(args[1])))
}

// cmdCell asserts the text of a cell of a workbook: cell FILE SHEET CELL TEXT.
func cmdCell(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: cell FILE SHEET CELL TEXT")
	}
	book, err := excelize.OpenFile(ts.MkAbs(args[0]))
	ts.Check(err)
	defer book.Close()
	got, err := book.GetCellValue(args[1], args[2])
	ts.Check(err)
	if got != args[3] {
		ts.Fatalf("%s!%s is %q, want %q", args[1], args[2], got, args[3])
	}
}

// cmdSQL changes a database behind the program's back: sql FILE STATEMENT.
func cmdSQL(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sql FILE STATEMENT")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	done, err := db.Exec(args[1])
	ts.Check(errors.Join(err, db.Close()))
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		ts.Fatalf("%s has changed %d rows, %v", args[1], n, err)
	}
}

// cmdEdit replaces a text in a file, everywhere, as a person with an editor would: edit FILE OLD NEW.
func cmdEdit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("there is no %q in\n%s", args[1], text)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o600))
}
