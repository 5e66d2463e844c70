package main

import (
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
)

// jsonLinesOf is the lines of a JSON Lines file.
func jsonLinesOf(ts *testscript.TestScript, file string) []string {
	return strings.Split(strings.TrimSuffix(ts.ReadFile(file), "\n"), "\n")
}

// cmdLines asserts how many lines a file has: lines FILE COUNT.
func cmdLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lines FILE COUNT")
	}
	if got := len(jsonLinesOf(ts, args[0])); got != number(ts, args[1]) {
		ts.Fatalf("%s has %d lines, want %s:\n%s", args[0], got, args[1], ts.ReadFile(args[0]))
	}
}

// cmdLine asserts members of a line of a JSON Lines file, as the command json does: line FILE NUMBER PATH=VALUE...
func cmdLine(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: line FILE NUMBER PATH=VALUE...")
	}
	lines, at := jsonLinesOf(ts, args[0]), number(ts, args[1])
	if at > len(lines) {
		ts.Fatalf("%s has %d lines", args[0], len(lines))
	}
	for _, arg := range args[2:] {
		path, want, _ := strings.Cut(arg, "=")
		got, err := lookUp(lines[at-1], path)
		ts.Check(err)
		if got != want {
			ts.Fatalf("line %d: %s is %s, want %s, in\n%s", at, path, got, want, lines[at-1])
		}
	}
}

// cmdPut writes a text into a cell of a workbook, as a person with Excel would: put FILE SHEET CELL TEXT.
func cmdPut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: put FILE SHEET CELL TEXT")
	}
	book, err := excelize.OpenFile(ts.MkAbs(args[0]))
	ts.Check(err)
	defer book.Close()
	ts.Check(book.SetCellStr(args[1], args[2], args[3]))
	ts.Check(book.Save())
}

// cmdDelete removes a line from a file, or a row from a worksheet: delete FILE LINE, delete FILE ROW SHEET.
func cmdDelete(ts *testscript.TestScript, neg bool, args []string) {
	switch {
	case neg || len(args) < 2:
		ts.Fatalf("usage: delete FILE LINE|ROW [SHEET]")
	case len(args) == 3:
		book, err := excelize.OpenFile(ts.MkAbs(args[0]))
		ts.Check(err)
		defer book.Close()
		ts.Check(book.RemoveRow(args[2], number(ts, args[1])))
		ts.Check(book.Save())
	default:
		lines, at := jsonLinesOf(ts, args[0]), number(ts, args[1])
		kept := append(lines[:at-1:at-1], lines[at:]...)
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(kept, "\n")+"\n"), 0o600))
	}
}
