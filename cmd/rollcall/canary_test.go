package main

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// Every secret of these tests begins and ends with a canary, so that half of one is found too.
const (
	canaryHead = "CANARY-"
	canaryTail = "-YRANAC"
)

// canary is a secret. What is in between should differ in all the encodings that it can appear in.
func canary(text string) string { return canaryHead + text + canaryTail }

// canaryForms is every form in which a canary is looked for, under what it is.
func canaryForms() map[string]string {
	forms := map[string]string{}
	for _, part := range []string{canaryHead, canaryTail} {
		forms[part+" plain"] = part
		forms[part+" in hex"] = hex.EncodeToString([]byte(part))
		forms[part+" in HEX"] = strings.ToUpper(hex.EncodeToString([]byte(part)))
		for name, format := range map[string]string{"percent": "%%%02X", "percent, small": "%%%02x", "JSON": `\u%04x`, "JSON, capital": `\u%04X`, "HTML": "&#%d;", "HTML, hex": "&#x%x;"} {
			var all strings.Builder
			for _, b := range []byte(part) {
				fmt.Fprintf(&all, format, b)
			}
			forms[part+" in "+name] = all.String()
		}
		// Three bytes make four characters, so there are three ways. What holds bits of something else is left out.
		for before, skip := range []int{0, 2, 3} {
			padded := append(make([]byte, before), part...)
			forms[fmt.Sprintf("%s in base64 at %d", part, before)] = base64.StdEncoding.EncodeToString(padded)[skip : len(padded)*8/6]
			forms[fmt.Sprintf("%s in base64 for URLs at %d", part, before)] = base64.URLEncoding.EncodeToString(padded)[skip : len(padded)*8/6]
		}
	}
	return forms
}

// canariesIn names the forms of canaries in some bytes, each with what stands around it.
func canariesIn(data []byte) (found []string) {
	for name, form := range canaryForms() {
		if i := bytes.Index(data, []byte(form)); i >= 0 {
			found = append(found, fmt.Sprintf("%s: %q", name, data[max(0, i-60):min(len(data), i+len(form)+20)]))
		}
	}
	slices.Sort(found)
	return found
}

// canariesBelow looks for canaries in every file below dir, its name included, and in the parts of workbooks. Files for which
// known is true are left out. It tells how many files it has read.
func canariesBelow(t *testing.T, dir string, known func(path string) bool) (found []string, files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && !known(path) {
			return err
		}
		if known(path) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, name := range append(canariesIn([]byte(rel)), canariesIn(data)...) {
			found = append(found, rel+": "+name)
		}
		for _, name := range canariesInZIP(t, data) {
			found = append(found, rel+": "+name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, files
}

// canariesInZIP looks into the parts of a workbook, which are compressed. Other files have none.
func canariesInZIP(t *testing.T, data []byte) (found []string) {
	t.Helper()
	if !bytes.HasPrefix(data, []byte("PK")) {
		return nil
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range archive.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range canariesIn([]byte(html.UnescapeString(string(text)))) { // it is XML
			found = append(found, part.Name+": "+name)
		}
	}
	return found
}

// commandLines is those of all processes of the machine, where that can be seen.
func commandLines() []byte {
	names, _ := filepath.Glob("/proc/[0-9]*/cmdline") // no such folder, no command lines
	var all []byte
	for _, name := range names {
		line, _ := os.ReadFile(name) // it may have ended meanwhile
		all = append(append(all, line...), '\n')
	}
	return all
}

// TestTheSearchForCanariesFindsThem plants leaks: a search that finds nothing proves nothing if it cannot find anything.
func TestTheSearchForCanariesFindsThem(t *testing.T) {
	nothing := func(string) bool { return false }
	secret := canary(`s3c/r+e=t~&"<_`)
	leaks := disguises(secret)
	for _, form := range []string{"%02x", "%%%02X", `\u%04x`, "&#%d;"} {
		var all strings.Builder
		for _, b := range []byte(secret) {
			fmt.Fprintf(&all, form, b)
		}
		leaks = append(leaks, all.String())
	}
	leaks = append(leaks, secret[:len(secret)/2], secret[len(secret)/2:]) // cut in the middle
	for i, leak := range leaks {
		for place, plant := range map[string]func(dir string) error{
			"a log": func(dir string) error {
				return os.WriteFile(filepath.Join(dir, "run.log"), []byte(`{"msg":"`+leak+`"}`), 0o600)
			},
			"a file far below": func(dir string) error {
				below := filepath.Join(dir, "state", "runs", "1")
				if err := os.MkdirAll(below, 0o700); err != nil {
					return err
				}
				return os.WriteFile(filepath.Join(below, "ledger.db"), []byte("\x00\x01"+leak+"\xff"), 0o600)
			},
			"a cell of a workbook": func(dir string) error {
				book := excelize.NewFile()
				defer book.Close()
				if err := book.SetCellStr("Sheet1", "A1", leak); err != nil {
					return err
				}
				return book.SaveAs(filepath.Join(dir, "report.xlsx"))
			},
		} {
			dir := t.TempDir()
			if found, _ := canariesBelow(t, dir, nothing); len(found) > 0 {
				t.Fatalf("an empty folder holds %q", found)
			}
			if err := plant(dir); err != nil {
				t.Fatal(err)
			}
			if found, files := canariesBelow(t, dir, nothing); len(found) == 0 || files != 1 {
				t.Errorf("leak %d (%s) in %s is not found among %d files", i, leak, place, files)
			}
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, canaryHead+"draft"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if found, _ := canariesBelow(t, dir, nothing); len(found) == 0 {
		t.Error("a leak in the name of a file is not found")
	}
	if found := canariesIn([]byte(strings.Repeat("no secret: *** CANAR YRANAC Q0FOQVJ ", 100))); len(found) > 0 {
		t.Errorf("%q is found where nothing is", found)
	}
}
