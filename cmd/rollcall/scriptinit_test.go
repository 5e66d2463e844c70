package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rollcall-sync/rollcall/testdata"
)

// cmdSample unpacks sample sheets: sample NAME...
func cmdSample(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: sample NAME...")
	}
	for _, name := range args {
		data, err := fs.ReadFile(testdata.FS(), name)
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(name), data, 0o600))
	}
}

// cmdDecide makes choices that a proposed job file leaves open: decide FILE KEY VALUE... Each key must be open.
func cmdDecide(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args)%2 != 1 {
		ts.Fatalf("usage: decide FILE KEY VALUE...")
	}
	path := ts.MkAbs(args[0])
	text := ts.ReadFile(args[0])
	for i := 1; i < len(args); i += 2 {
		line := regexp.MustCompile(`(?m)^( +` + regexp.QuoteMeta(args[i]) + `: )\[?"\?"\]?( .*)?$`)
		if !line.MatchString(text) {
			ts.Fatalf("%s leaves no %s open:\n%s", filepath.Base(path), args[i], text)
		}
		text = line.ReplaceAllString(text, "${1}"+regexp.MustCompile(`\$`).ReplaceAllString(args[i+1], "$$$$"))
	}
	ts.Check(os.WriteFile(path, []byte(text), 0o600))
}
