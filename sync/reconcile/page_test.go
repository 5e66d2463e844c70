package reconcile_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// hostilePage is report.html of the hostile run.
func hostilePage(t *testing.T) string {
	t.Helper()
	dir, _ := write(t, hostileInput())
	return read(t, filepath.Join(dir, reconcile.ReportHTML))
}

func TestThePageRunsItsOwnScriptAndStyleAlone(t *testing.T) {
	page := hostilePage(t)
	policy := html.UnescapeString(regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)[1])
	for element, directive := range map[string]string{"style": "style-src", "script": "script-src"} {
		bodies := regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(page, -1)
		if len(bodies) != 1 {
			t.Fatalf("the page has %d %s elements, want 1", len(bodies), element)
		}
		sum := sha256.Sum256([]byte(bodies[0][1]))
		want := directive + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q does not have %q", policy, want)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %q, want nothing but what it names", policy)
	}
	if found := regexp.MustCompile(`(?i)<[^>]*\s(on[a-z]+|style|src)\s*=[^>]*>|<(link|iframe|object|img)|href="[a-z]+:`).FindString(page); found != "" {
		t.Errorf("the page has %q", found)
	}
}

func TestNothingActsInThePage(t *testing.T) {
	page := hostilePage(t)
	for _, r := range page {
		if r < 0x20 && r != '\n' && r != '\t' || r >= 0x7f && r <= 0x9f || r >= 0x202a && r <= 0x202e || r == 0x200e {
			t.Fatalf("the page has the character %U", r)
		}
	}
	text := html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, ""))
	for _, want := range []string{"<script>alert(1)</script>", `"><img src=x onerror=alert(2)>`, "</style></script><b>", `\u202eevil\u202c`,
		`\u001b]0;x\u0007\u001b[2J`, `nul\u0000in the middle`, "{{.}} ${PATH} %s", "javascript:alert(3)", "<script>alert('api')</script> is not an e-mail",
		"Kunden <neu>.csv", "[39,701 more characters]", "<b>old</b>"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
}

func TestThePageMarksTheOffendingCell(t *testing.T) {
	page := hostilePage(t)
	for _, want := range []string{
		`<td class="cell bad" data-label="=E-mail"><span class="sr">Problem here: </span><div>&#34;&gt;&lt;img`,
		`<td class="cell bad" data-label="Note"><span class="sr">Problem here: </span><div>nul\u0000in the middle</div></td>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %s", want)
		}
	}
	if got, want := strings.Count(page, `<td class="cell bad"`), 5; got != want {
		t.Errorf("%d cells are marked, want %d", got, want)
	}
}

// TestRequestIDsAreShownWhereTheAPIWasToldThem: an id that never left the house would send support looking for nothing.
func TestRequestIDsAreShownWhereTheAPIWasToldThem(t *testing.T) {
	for _, told := range []bool{true, false} {
		t.Run(fmt.Sprint("told: ", told), func(t *testing.T) {
			in := hostileInput()
			in.RequestIDs = told
			dir, _ := write(t, in)
			page := read(t, filepath.Join(dir, reconcile.ReportHTML))
			if got := strings.Contains(page, `request =q-3 (server: &lt;b&gt;edge&lt;/b&gt;\u202e)</span>`); got != told {
				t.Errorf("the page shows the id of the request: %t, want %t", got, told)
			}
			f, err := excelize.OpenFile(filepath.Join(dir, reconcile.ReportXLSX))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			rows, err := f.GetRows("Rows")
			if err != nil {
				t.Fatal(err)
			}
			want := map[bool]string{true: "_attempts _request_id _rollcall, 1 q-1 " + marker, false: "_http_status _attempts _rollcall, 201 1 " + marker}[told]
			if got := strings.Join(rows[0][len(rows[0])-3:], " ") + ", " + strings.Join(rows[1][len(rows[1])-3:], " "); got != want {
				t.Errorf("the rows end in %q, want %q", got, want)
			}
		})
	}
}

// The page names all that the API found wrong with a row, each at its cell.
func TestThePageNamesEveryFault(t *testing.T) {
	page := hostilePage(t)
	for _, want := range []string{
		`<div class="also"><span class="what"><b>Name</b> <mark>&lt;script&gt;alert(1)&lt;/script&gt;</mark></span> =no &lt;i&gt;markup&lt;/i&gt; <code>api_rejected</code></div>`,
		`<div class="also"><span class="what"><b>fax</b></span> no column\u001b[2J <code>api_rejected</code></div>`,
		"<div class=\"also\">nothing\nfits <code>api_rejected</code></div>",
		`<td class="cell bad" data-label="Name"><span class="sr">Problem here: </span><div>&lt;script&gt;alert(1)`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %s", want)
		}
	}
	if got := strings.Count(page, `class="also"`); got != 3 {
		t.Errorf("%d further faults are named, want the 3 of one row", got)
	}
}

// A page has to open, however large the run was.
func TestThePageIsBounded(t *testing.T) {
	const n = 4500
	value := func(s string) model.Value { return model.Value{Kind: model.String, Text: s} }
	var rows []sheet.Row
	var entries []push.Entry
	for i := range n {
		e := push.Entry{Change: plan.Change{Seq: int64(i + 1), Row: i + 2, Status: plan.Invalid,
			Problems: []model.Problem{{Column: "a", Code: "made_up", Value: fmt.Sprint("value ", i), Message: "wrong"}}}}
		if i >= 2100 {
			e.Change = plan.Change{Seq: int64(i + 1), Row: i + 2, Action: plan.Update, Record: model.Record{{}, value("Ada"), value(fmt.Sprint(i))},
				Before: model.Record{{}, value("Eve"), value("old")}}
		}
		rows, entries = append(rows, inputRow(i+2, "x", "", "")), append(entries, e)
	}
	r := run{rows: rows, entries: entries, counts: plan.Counts{plan.Invalid: 2100, plan.NotAttempted: 2400}}
	in := r.input()
	in.Summary.Planned = &reconcile.Planned{Update: 2400}
	dir, _ := write(t, in)
	page := read(t, filepath.Join(dir, reconcile.ReportHTML))
	for _, want := range []string{
		"The first 2,000 of 2,100 rows; all of them are in <a href=\"failed.csv\">failed.csv</a>",
		"What would change", "4,800 fields of existing records, before and after; the first 2,000 are shown, and <a href=\"rows.csv\">rows.csv</a> has every row.",
		"<h1>4,500 rows: 2,100 invalid, 2,400 to update.</h1>", "Nothing has been sent.",
		"<span class=\"count\">2,100&times;</span>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	if got, want := strings.Count(page, `<td class="why">`), 2000; got != want {
		t.Errorf("%d rows are shown, want %d", got, want)
	}
	if got, want := strings.Count(page, `<td class="before">`), 2000; got != want {
		t.Errorf("%d changes are shown, want %d", got, want)
	}
}

// roughSession is a session in which everything went wrong once.
func roughSession() reconcile.Session {
	begun := time.Date(2025, 3, 4, 8, 15, 0, 0, time.UTC)
	s := reconcile.Session{Command: "sync", Begun: begun, Ended: begun.Add(150 * time.Second), Limit: "20 requests in 1m", Width: 10 * time.Second,
		Slices: make([]reconcile.Slice, 15)}
	for i := range s.Slices {
		s.Slices[i].Answers[i%5] = 4 + i
	}
	for i, why := range []string{"limit", "asked", "slow", "broken", "rest", "own"} {
		s.Slices[2*i].Waited = map[string]time.Duration{why: 7 * time.Second}
		s.Waits = append(s.Waits, reconcile.Wait{Why: why, Times: i + 1, Waited: time.Duration(i+7) * time.Second, Longest: 7 * time.Second,
			At: begun.Add(time.Duration(i) * 20 * time.Second), Status: map[string]int{"asked": 429, "broken": 503}[why]})
	}
	return s
}
