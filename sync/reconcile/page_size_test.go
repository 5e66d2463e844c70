package reconcile

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// maxPage is how large a page may be that a browser is to open at once, and that goes by mail.
const maxPage = 10 << 20

// pageOf is the page of n lines.
func pageOf(t *testing.T, header []string, n int, line func(i int) Line) string {
	t.Helper()
	var out bytes.Buffer
	h := newPage(&out, &Input{Header: header, RequestIDs: true, Sessions: longSessions()})
	for i := range n {
		l := line(i)
		if err := h.line(&l); err != nil {
			t.Fatal(err)
		}
	}
	s := &Summary{Counts: Counts{Read: n, Rows: plan.Counts{plan.Invalid: n}}}
	if err := h.close(s); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// longSessions is as much as a run remembers of its pace.
func longSessions() []Session {
	begun := time.Date(2025, 3, 4, 8, 15, 0, 0, time.UTC)
	var out []Session
	for range 12 {
		s := Session{Command: "resume", Begun: begun, Ended: begun.Add(2 * time.Hour), Limit: "20 requests in 1m", Width: time.Minute, Slices: make([]Slice, 120)}
		for i := range s.Slices {
			s.Slices[i] = Slice{Answers: [answerKinds]int{5, 4, 3, 2, 1}, Waited: map[string]time.Duration{"limit": 20 * time.Second, "asked": 5 * time.Second, "slow": time.Second}}
		}
		for _, why := range []string{"limit", "asked", "slow"} {
			s.Waits = append(s.Waits, Wait{Why: why, Times: 120, Waited: time.Hour / 3, Longest: time.Minute, At: begun})
		}
		out, begun = append(out, s), begun.Add(24*time.Hour)
	}
	return out
}

func TestThePageOfAnyRunOpensAtOnce(t *testing.T) {
	wide := make([]string, 300)
	for i := range wide {
		wide[i] = fmt.Sprintf("%d %s", i, strings.Repeat("<", 5000))
	}
	worst := strings.Repeat(`"`, 40000)
	for _, tc := range []struct {
		name   string
		header []string
		rows   int
		line   func(i int) Line
		want   string // of the page
	}{
		{"100,000 rows, each with a fault", []string{"Name", "E-mail", "Phone", "City", "Note"}, 100_000, func(i int) Line {
			return Line{Row: i + 2, Cells: []string{fmt.Sprint("customer ", i), "nobody", "555", "Ghent", "a note of usual length"}, Status: plan.Invalid, Code: "bad_email",
				Column: "E-mail", Message: `"nobody" is not an e-mail address`, Problems: []model.Problem{{Column: "E-mail", Code: "bad_email", Value: "nobody", Message: "wrong"}}}
		}, "The first 2,000 of 100,000 rows"},
		{"every cell of 300 columns as long as can be, and each to blame", wide, 300, func(i int) Line {
			l := Line{Row: i + 2, Status: plan.Invalid, Column: wide[0], Code: "made_up", Message: worst, Hint: worst, Sent: Sent{RequestID: worst, Attempts: 1}}
			for _, name := range wide {
				l.Cells = append(l.Cells, worst)
				l.Problems = append(l.Problems, model.Problem{Column: name, Field: worst, Code: model.Code(fmt.Sprint("code ", len(l.Problems)%80)), Value: worst, Message: worst})
			}
			return l
		}, " of 300 rows; all of them are in"},
		{"updates of long texts", []string{"Note"}, 20_000, func(i int) Line {
			v := model.Value{Kind: model.String, Text: worst}
			return Line{Row: i + 2, Cells: []string{"x"}, Status: plan.Updated, ID: worst, Changes: []plan.FieldChange{{Field: "note", Before: v, After: v}}}
		}, "20,000 fields of existing records, before and after; the first "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			page := pageOf(t, tc.header, tc.rows, tc.line)
			if len(page) > maxPage {
				t.Errorf("the page has %d bytes, want at most %d", len(page), maxPage)
			}
			if !strings.Contains(page, tc.want) {
				t.Errorf("the page does not say %q", tc.want)
			}
		})
	}
}
