package sheet_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// office is a LibreOffice with a profile of its own, so that a running one is in nobody's way.
type office struct {
	program string
	dir     string
}

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

// convert converts a file to another type and returns its path.
func (o office) convert(t *testing.T, path, kind string) string {
	t.Helper()
	out := filepath.Join(o.dir, kind+"-of-"+filepath.Ext(path)[1:])
	run := exec.CommandContext(t.Context(), o.program, "-env:UserInstallation=file://"+filepath.ToSlash(o.dir)+"/profile", "--headless",
		"--convert-to", kind, "--outdir", out, path)
	if log, err := run.CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, log)
	}
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)) + "." + strings.SplitN(kind, ":", 2)[0]
	result := filepath.Join(out, name)
	if _, err := os.Stat(result); err != nil {
		t.Fatalf("soffice has made no %s: %v", kind, err)
	}
	return result
}

// officeRows is a sheet of every kind of cell that another program can write again.
func officeRows() string {
	return `<row r="1"><c r="A1" t="str"><v>Text</v></c><c r="B1" t="str"><v>Zip</v></c><c r="C1" t="str"><v>Day</v></c>` +
		`<c r="D1" t="str"><v>Moment</v></c><c r="E1" t="str"><v>Number</v></c><c r="F1" t="str"><v>Yes</v></c></row>` +
		`<row r="2"><c r="A2" t="inlineStr"><is><t xml:space="preserve"> Zoë &amp; 李雷 &lt;b&gt; "x", 'y' </t></is></c><c r="B2" s="1"><v>123</v></c>` +
		`<c r="C2" s="2"><v>45322</v></c><c r="D2" s="6"><v>45322.5</v></c><c r="E2"><v>-12.5</v></c><c r="F2" t="b"><v>1</v></c></row>` +
		`<row r="4" hidden="1"><c r="A4" t="inlineStr"><is><t>two&#10;lines</t></is></c><c r="B4" s="1"><v>99999</v></c>` +
		`<c r="C4" s="2"><v>61</v></c><c r="D4" s="6"><v>45322.999988425923</v></c><c r="E4"><v>441234567890</v></c><c r="F4" t="b"><v>0</v></c></row>` +
		`<row r="5"><c r="A5" t="inlineStr"><is><t>+49 170 1234567</t></is></c><c r="B5" s="1"><v>7</v></c><c r="C5" s="2"><v>2958465</v></c>` +
		`<c r="D5" s="6"><v>100.25</v></c><c r="E5"><v>0.001</v></c></row>`
}

func officeParts() parts {
	return newParts(officeRows()).replace(stylesPart, `</numFmts>`, `<numFmt numFmtId="166" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts>`).
		replace(stylesPart, `</cellXfs>`, `<xf numFmtId="166"/></cellXfs>`).replace(stylesPart, `<xf `, `<xf applyNumberFormat="1" `).
		replace(stylesPart, `<cellXfs>`, `<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>`+
			`<cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs><cellXfs>`)
}

// TestRoundTripsThroughLibreOffice: what LibreOffice makes of a workbook, as a workbook again, through its own format and
// as CSV, reads as the workbook did.
func TestRoundTripsThroughLibreOffice(t *testing.T) {
	o := newOffice(t)
	path := write(t, "data.xlsx", officeParts().with("[Content_Types].xml", contentTypes).pack(t))
	_, want := mustRead(t, path, sheet.Options{})
	through := o.convert(t, o.convert(t, path, "ods"), "xlsx")
	for name, file := range map[string]string{"a workbook": o.convert(t, path, "xlsx"), "its own format": through} {
		_, got := mustRead(t, file, sheet.Options{})
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("through %s (-got +want):\n%s", name, diff)
		}
	}
	_, got := mustRead(t, o.convert(t, path, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"), sheet.Options{})
	if len(got) != len(want) {
		t.Fatalf("got %d rows as CSV, want %d", len(got), len(want))
	}
	for i := range want {
		// The format of the moments is our own spelling of them, but for the T. Days are written as the program's country
		// does, and zeros in front not at all.
		for _, column := range []int{0, 3, 4, 5} {
			text := want[i].Cells[column].Text
			if column == 3 {
				text = strings.Replace(text, "T", " ", 1)
			}
			if got := got[i].Cells[column].Text; got != text {
				t.Errorf("row %d, column %d: got %q as CSV, want %q", want[i].Number, column, got, text)
			}
		}
	}
}

const contentTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
	`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
	`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
	`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>` +
	`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>` +
	`<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>`
