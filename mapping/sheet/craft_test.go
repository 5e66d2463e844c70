package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

const (
	workbookPart = "xl/workbook.xml"
	workbookRels = "xl/_rels/workbook.xml.rels"
	stylesPart   = "xl/styles.xml"
	textsPart    = "xl/sharedStrings.xml"
	sheetPart    = "xl/worksheets/sheet1.xml"
)

const (
	mainSpace = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	relsSpace = `xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	relsHead  = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	relsType  = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
)

// parts is a workbook as the text of its parts.
type parts map[string]string

// newParts is a workbook with one sheet of the given rows, two shared texts and the styles General, 00000, a date, a
// date with time, and scientific.
func newParts(rows string) parts {
	return parts{
		"_rels/.rels": relsHead + `<Relationship Id="rId1" Type="` + relsType +
			`officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		workbookPart: `<?xml version="1.0" encoding="UTF-8"?><workbook ` + mainSpace + ` ` + relsSpace +
			`><sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		workbookRels: relsHead + relation("rId1", "worksheet", "worksheets/sheet1.xml") +
			relation("rId2", "styles", "styles.xml") + relation("rId3", "sharedStrings", "sharedStrings.xml") +
			`</Relationships>`,
		stylesPart: `<styleSheet ` + mainSpace + `><numFmts count="2"><numFmt numFmtId="164" formatCode="00000"/>` +
			`<numFmt numFmtId="165" formatCode="[$-407]dd\.mm\.yyyy&quot; h&quot;;@"/></numFmts><cellXfs>` +
			`<xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/><xf numFmtId="165"/><xf numFmtId="11"/>` +
			`<xf numFmtId="20"/></cellXfs></styleSheet>`,
		textsPart: `<sst ` + mainSpace + `><si><t>Name</t></si><si><t>Ada</t></si></sst>`,
		sheetPart: sheetXML(rows),
	}
}

func relation(id, kind, target string) string {
	return fmt.Sprintf(`<Relationship Id=%q Type="%s%s" Target=%q/>`, id, relsType, kind, target)
}

func sheetXML(rows string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><worksheet ` + mainSpace + `><sheetData>` + rows +
		`</sheetData></worksheet>`
}

// with replaces a part.
func (p parts) with(name, text string) parts {
	p = maps.Clone(p)
	p[name] = text
	return p
}

// replace replaces words in one part.
func (p parts) replace(name, old, replacement string) parts {
	return p.with(name, strings.ReplaceAll(p[name], old, replacement))
}

// without removes a part.
func (p parts) without(name string) parts {
	p = maps.Clone(p)
	delete(p, name)
	return p
}

// pack makes a workbook of the parts.
func (p parts) pack(t interface {
	Helper()
	Fatal(args ...any)
}) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(p)) {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, p[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// write writes a file of the given name and content and returns its path.
func write(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// open opens a file that must be readable.
func open(t testing.TB, path string, opts sheet.Options) sheet.Reader {
	t.Helper()
	r, err := sheet.Open(path, opts)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// readRows reads all rows and the error that ended them, nil for the end of the file.
func readRows(r sheet.Reader) ([]sheet.Row, error) {
	var rows []sheet.Row
	var row sheet.Row
	for {
		err := r.Read(&row)
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		kept := row
		kept.Cells = slices.Clone(row.Cells)
		rows = append(rows, kept)
	}
}

// mustRead reads all rows of a file that must be readable.
func mustRead(t testing.TB, path string, opts sheet.Options) (sheet.Reader, []sheet.Row) {
	t.Helper()
	r := open(t, path, opts)
	rows, err := readRows(r)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	sameEarly(t, path, opts, r.Info(), rows)
	return r, rows
}

// sameEarly reads a file once more with its rows given early: nothing may differ but what is known when.
func sameEarly(t testing.TB, path string, opts sheet.Options, info sheet.Info, rows []sheet.Row) {
	t.Helper()
	opts.Early = true
	early := open(t, path, opts)
	got, err := readRows(early)
	if errors.Is(err, sheet.ErrNotEarly) {
		return // none of its rows counts
	}
	if err != nil {
		t.Fatalf("Read with the rows given early: %v", err)
	}
	if diff := cmp.Diff(unmerged(rows), got); diff != "" {
		t.Errorf("the rows differ if they are given early (-late +early):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(info.Notices)), slices.Sorted(slices.Values(early.Info().Notices))); diff != "" {
		t.Errorf("the notices differ if the rows are given early (-late +early):\n%s", diff)
	}
	if merged := slices.ContainsFunc(rows, func(r sheet.Row) bool { return r.Merged }); merged && !early.Info().Merged {
		t.Error("rows are merged, and the reader that gave them early does not say so")
	}
}

// texts is what a person sees in a row.
func texts(row sheet.Row) []string {
	seen := make([]string, len(row.Cells))
	for i, c := range row.Cells {
		seen[i] = c.Text
	}
	return seen
}

// refusal opens and reads a file that must be refused, and returns the rows it gave first and the Error.
func refusal(t testing.TB, path string, opts sheet.Options) ([]sheet.Row, *sheet.Error) {
	t.Helper()
	r, err := sheet.Open(path, opts)
	var rows []sheet.Row
	if err == nil {
		defer r.Close()
		rows, err = readRows(r)
	}
	var e *sheet.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %d rows and error %v, want an *Error", len(rows), err)
	}
	if e.File != path {
		t.Errorf("got Error.File %q, want %q", e.File, path)
	}
	if e.Reason == "" || e.Remedy == "" {
		t.Errorf("got Error %+v, want a reason and a remedy", e)
	}
	return rows, e
}

// rapidFile writes a file for one check of a property and removes it afterwards.
func rapidFile(t *rapid.T, content []byte) string {
	f, err := os.CreateTemp("", "sheet-*.csv")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(f.Name()) })
	if _, err := f.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}
