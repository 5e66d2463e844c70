//go:build !windows

package reconcile_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// attacks is texts that try to do something in a page. They call the server at address if they can.
func attacks(address string) []string {
	texts := []string{
		`<script>alert(1)</script>`, `<script src="ADDRESS/s"></script>`, `"><img src=ADDRESS/i onerror=alert(2)>`, `'><svg onload=alert(3)>`,
		`<iframe src="ADDRESS/f"></iframe>`, `<link rel=stylesheet href=ADDRESS/c>`, `</style><style>@import url(ADDRESS/m);</style>`,
		`<div style="background:url(ADDRESS/b)">x</div>`, `<base href="ADDRESS/">`, `<meta http-equiv=refresh content="0;url=ADDRESS/r">`,
		`<form action=ADDRESS/o><input autofocus onfocus=alert(4)></form>`, `</td></tr></table><script>fetch('ADDRESS/t')</script>`,
		`</script><script>alert(5)</script>`, `<!--`, `-->`, `<![CDATA[`, `javascript:alert(6)`, `&lt;b&gt; &amp;amp; &#60;`, `{{.S.Run}} {{"x"}}`, "`${alert(7)}`",
		`" autofocus onfocus="alert(8)`, `' onmouseover='alert(9)`, `<details open ontoggle=alert(10)>`, `<video><source onerror=alert(11)></video>`,
		"\u202Eevil\u202C \u2066x\u2069 \u200Ey\u200F", "a\x00b\x01c\x1b[2J\x7f\u0085\u009b", "line one\nline two\r\nline three\rline four", "tab\there",
		"\xff\xfe not UTF-8 \xc3", "\u2028\u2029\ufeff\u200b", "<plaintext>", "<textarea>", "<title>x</title>", "<noscript><p>y", "=1+1", "-", " blanks  around ",
		strings.Repeat("W", 40000), strings.Repeat("<", 40000), strings.Repeat("\u202e", 40000), strings.Repeat("語 ", 20000),
	}
	for i := range texts {
		texts[i] = strings.ReplaceAll(texts[i], "ADDRESS", address)
	}
	return texts
}

// siege is a run of which every text is an attack. Its rows and their cells are the first result.
func siege(address string) ([][]string, reconcile.Input) {
	texts := attacks(address)
	at := func(i int) string { return texts[i%len(texts)] }
	value := func(s string) model.Value { return model.Value{Kind: model.String, Text: s} }
	header := texts[:7]
	var cells [][]string
	var rows []sheet.Row
	var entries []push.Entry
	for i := range texts {
		var row []string
		for j := range header {
			row = append(row, at(i+5*j))
		}
		e := push.Entry{Change: plan.Change{Seq: int64(i + 1), Row: i + 2, Status: plan.Invalid, ID: at(i + 1), Problems: []model.Problem{
			{Row: i + 2, Column: header[i%len(header)], Field: at(i + 2), Code: "made_up", Value: row[i%len(header)], Message: at(i + 3), Hint: at(i + 4)}}}}
		cells, rows, entries = append(cells, row), append(rows, inputRow(i+2, row...)), append(entries, e)
	}
	for i := range texts {
		n := len(rows) + 1
		e := push.Entry{Change: plan.Change{Seq: int64(n), Row: n + 1, Action: plan.Update, ID: at(i), Record: model.Record{value("7"), value(at(i)), {}},
			Before: model.Record{value("7"), value(at(i + 1)), {}}}, Outcome: push.Outcome{Seq: int64(n), Status: plan.Updated, HTTPStatus: 200, Attempts: 1}}
		rows, entries = append(rows, inputRow(n+1, "x", "", "", "", "", "", "")), append(entries, e)
	}
	s := reconcile.Summary{Run: at(0), Command: at(1), Target: at(2), Account: reconcile.Account{BaseURL: at(3), Settings: map[string]string{at(4): at(5)}},
		Source: reconcile.Source{File: at(6), Sheet: at(7), SHA256: at(8), Rows: len(rows)}}
	s.Reason, s.Next, s.Program, s.Hashes = at(9), at(10), at(11), map[string]string{at(12): at(13)}
	in := reconcile.Input{Summary: s, Header: header, Marker: marker, RequestIDs: true, Sessions: []reconcile.Session{roughSession()},
		Ledger: plan.Counts{plan.Invalid: len(texts), plan.Updated: len(texts)},
		Lines:  reconcile.Join(&memory{header: header, rows: rows}, entriesOf(entries...), contact(), func(string) string { return header[2] })}
	in.Sessions[0].Command, in.Sessions[0].Limit = at(14), at(15)
	return cells, in
}

// TestAHostileSheetDoesNothingInABrowser: no dialog, no request, and the page shows each text as what it is.
func TestAHostileSheetDoesNothingInABrowser(t *testing.T) {
	b := openBrowser(t)
	var calls atomic.Int32
	canary := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer canary.Close()
	cells, in := siege(canary.URL)
	dir, _ := write(t, in)
	path := filepath.Join(dir, reconcile.ReportHTML)
	b.open(path)

	for _, e := range b.events {
		var sent struct{ Request struct{ URL string } }
		if b.decode(e.Params, &sent); e.Method == "Network.requestWillBeSent" && sent.Request.URL != "file://"+path {
			t.Errorf("the page asked for %s", sent.Request.URL)
		}
		if e.Method == "Runtime.exceptionThrown" || e.Method == "Log.entryAdded" {
			t.Errorf("%s: %s", e.Method, e.Params)
		}
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("the page called a server %d times", n)
	}

	var got [][]string
	b.eval(`[...document.querySelectorAll(".rows tbody tr")].map((row) => [...row.querySelectorAll("td.cell > div")].map((cell) => cell.textContent))`, &got)
	if diff := cmp.Diff(pageTexts(cells...), got); diff != "" {
		t.Errorf("cells of the failed rows: -want +got:\n%s", diff)
	}
	var header []string
	b.eval(`[...document.querySelectorAll(".rows thead th.cell")].map((cell) => cell.textContent)`, &header)
	if diff := cmp.Diff(pageTexts(in.Header)[0], header); diff != "" {
		t.Errorf("header of the failed rows: -want +got:\n%s", diff)
	}
	var changes [][]string
	b.eval(`[...document.querySelectorAll(".changes tbody tr")].map((row) => [row.querySelector("code"), row.querySelector("del"), row.querySelector("ins")].map((e) => e.textContent))`, &changes)
	var want [][]string
	texts := attacks(canary.URL)
	for i := range texts {
		want = append(want, []string{texts[i], texts[(i+1)%len(texts)], texts[i]})
	}
	if diff := cmp.Diff(pageTexts(want...), changes); diff != "" {
		t.Errorf("changes: -want +got:\n%s", diff)
	}
	var next string
	if b.eval(`document.querySelector(".next code").textContent`, &next); next != reconcile.PageText(in.Summary.Next) {
		t.Errorf("the next command is %q, want %q", next, in.Summary.Next)
	}
}

// pageTexts is texts as the page has them.
func pageTexts(rows ...[]string) [][]string {
	out := make([][]string, len(rows))
	for i, row := range rows {
		for _, text := range row {
			out[i] = append(out[i], reconcile.PageText(text))
		}
	}
	return out
}

// opened is the page of the hostile run, in a browser.
func opened(t *testing.T) *browser {
	t.Helper()
	b := openBrowser(t)
	dir, _ := write(t, hostileInput())
	b.open(filepath.Join(dir, reconcile.ReportHTML))
	return b
}

func TestThePageCanBeReadByEverybody(t *testing.T) {
	b := opened(t)
	for name, width := range map[string]int{"phone": 360, "tablet": 768, "desk": 1280} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(name+" "+scheme, func(t *testing.T) {
				b.do("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500})
				b.do("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
				var found []string
				b.eval(faultsOfThePage, &found)
				for _, fault := range found {
					t.Error(fault)
				}
			})
		}
	}
}

// faultsOfThePage looks for what keeps people out: text too faint, a page wider than the screen, tables without a caption,
// headings out of order, controls without a name.
const faultsOfThePage = `(() => {
  const faults = [];
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const colour = (text) => text.match(/[\d.]+/g).map(Number);
  const ground = (e) => { for (; e; e = e.parentElement) { const c = colour(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || e.closest("script, svg, .sr, .skip, [hidden]") || !e.getClientRects().length) continue;
    const [a, b] = [light(colour(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) faults.push("too faint, " + ((a + 0.05) / (b + 0.05)).toFixed(2) + ": " + walk.currentNode.textContent.trim().slice(0, 40));
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push("the page is " + document.documentElement.scrollWidth + " wide on a screen of " + innerWidth);
  for (const t of document.querySelectorAll("table")) if (!t.caption || !t.caption.textContent.trim()) faults.push("a table without a caption: " + t.className);
  for (const th of document.querySelectorAll("th")) if (!th.scope) faults.push("a header cell without a scope: " + th.textContent);
  for (const s of document.querySelectorAll("section, [role=region]")) if (!document.getElementById(s.getAttribute("aria-labelledby"))) faults.push("a region without a name");
  for (const c of document.querySelectorAll("input, button")) if (!(c.getAttribute("aria-label") || c.textContent).trim()) faults.push("a control without a name");
  for (const s of document.querySelectorAll("svg")) if (!s.getAttribute("aria-label") && s.getAttribute("aria-hidden") !== "true") faults.push("a picture without a text");
  let last = 0;
  for (const h of document.querySelectorAll("h1, h2, h3, h4")) { const n = Number(h.tagName[1]); if (n > last + 1) faults.push("the heading " + h.textContent + " skips a level"); last = n; }
  for (const name of ["header", "main", "h1"]) if (document.querySelectorAll(name).length !== 1) faults.push("not one " + name);
  if (new Set([...document.querySelectorAll("[id]")].map((e) => e.id)).size !== document.querySelectorAll("[id]").length) faults.push("an id twice");
  return faults;
})()`

// manyRows is a run with n rows that need a person.
func manyRows(n int) reconcile.Input {
	var r run
	r.counts = plan.Counts{plan.Invalid: n}
	for i := range n {
		problem := model.Problem{Column: "b", Code: "made_up", Value: fmt.Sprint("value ", i), Message: "wrong"}
		r.rows = append(r.rows, inputRow(i+2, "x", fmt.Sprint("value ", (i*7)%n), ""))
		r.entries = append(r.entries, push.Entry{Change: plan.Change{Seq: int64(i + 1), Row: i + 2, Status: plan.Invalid, Problems: []model.Problem{problem}}})
	}
	return r.input()
}

func TestTheTableOfFailedRowsIsSearchedSortedAndPaged(t *testing.T) {
	b := openBrowser(t)
	dir, _ := write(t, manyRows(120))
	b.open(filepath.Join(dir, reconcile.ReportHTML))
	shown := func(script string) (rows []string) {
		t.Helper()
		b.eval(`(() => { const grid = document.querySelector(".grid"), heads = [...grid.querySelectorAll("thead th")], search = grid.querySelector("input");
			const type = (text) => { search.value = text; search.dispatchEvent(new Event("input")); };
			const press = (name) => [...grid.querySelectorAll("button")].find((b) => b.textContent === name).click();`+script+`;
			return [...grid.querySelectorAll("tbody tr")].filter((row) => !row.hidden).map((row) => row.cells[0].textContent); })()`, &rows)
		return rows
	}
	for _, step := range []struct {
		name, script, first, last string
		rows                      int
	}{
		{"a page has fifty rows", ``, "2", "51", 50},
		{"the next page", `press("Next")`, "52", "101", 50},
		{"the last page has the rest", `press("Next")`, "102", "121", 20},
		{"and back", `press("Previous")`, "52", "101", 50},
		{"a click on a header sorts", `press("Row"); press("Row")`, "121", "72", 50},
		{"numbers in texts count as numbers", `press("b")`, "2", "9", 50},
		{"a search leaves the rows that have it", `press("Row"); type("VALUE 11")`, "18", "121", 11},
		{"a search that nothing has", `type("<script>")`, "", "", 0},
		{"an empty search brings all back", `type("")`, "2", "51", 50},
	} {
		rows := shown(step.script)
		if len(rows) != step.rows || len(rows) > 0 && (rows[0] != step.first || rows[len(rows)-1] != step.last) {
			t.Errorf("%s: %d rows, %v; want %d from %s to %s", step.name, len(rows), rows, step.rows, step.first, step.last)
		}
	}
	var sorted []string
	b.eval(`[...document.querySelectorAll(".rows th")].map((th) => th.getAttribute("aria-sort")).filter(Boolean)`, &sorted)
	if !slices.Equal(sorted, []string{"ascending"}) {
		t.Errorf("aria-sort is %q, want one header that ascends", sorted)
	}
	b.do("Emulation.setEmulatedMedia", map[string]any{"media": "print"})
	var printed int
	if b.eval(`(dispatchEvent(new Event("beforeprint")), [...document.querySelectorAll(".rows tbody tr")].filter((row) => row.getClientRects().length).length)`, &printed); printed != 120 {
		t.Errorf("%d rows are printed, want all 120", printed)
	}
}

// TestThePageNeedsNoScript: a mail program or a strict browser runs none, and all rows are to be seen.
func TestThePageNeedsNoScript(t *testing.T) {
	b := openBrowser(t)
	b.do("Emulation.setScriptExecutionDisabled", map[string]any{"value": true})
	dir, _ := write(t, manyRows(120))
	b.do("Page.navigate", map[string]any{"url": "file://" + filepath.Join(dir, reconcile.ReportHTML)})
	for b.count("Page.loadEventFired") == 0 {
		b.read()
	}
	var root struct{ Root struct{ NodeID int } }
	b.decode(b.do("DOM.getDocument", nil), &root)
	var out struct{ NodeIDs []int }
	b.decode(b.do("DOM.querySelectorAll", map[string]any{"nodeId": root.Root.NodeID, "selector": ".rows tbody tr:not([hidden])"}), &out)
	if len(out.NodeIDs) != 120 {
		t.Errorf("%d rows are to be seen, want all 120", len(out.NodeIDs))
	}
	var page struct{ OuterHTML json.RawMessage }
	b.decode(b.do("DOM.getOuterHTML", map[string]any{"nodeId": root.Root.NodeID}), &page)
	if strings.Contains(string(page.OuterHTML), `class=\"tools\"`) {
		t.Error("there are controls that do nothing")
	}
}
