package sync_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	datasync "github.com/rollcall-sync/rollcall/sync"
)

// TestAReportHasThePaceOfEverySession: a run that is planned, applied in part and resumed tells of all three, and so does its
// report when it is written again.
func TestAReportHasThePaceOfEverySession(t *testing.T) {
	outside(t)
	w := newWreck(t, quick, map[string]string{"one.csv": "1,a@x.example,Ann\n1,b@x.example,Bo\n"})
	run := w.planned("one.csv")
	opts := w.job("one.csv")
	opts.Command, opts.Bounds.Limit = "apply", 1
	_, err := datasync.Apply(t.Context(), t.Context(), opts, run)
	w.must(err)
	opts = w.job("one.csv")
	opts.Command = "resume"
	sum, err := datasync.Resume(t.Context(), t.Context(), opts, run)
	w.must(err)
	for _, name := range []string{"as the run wrote it", "written again"} {
		page, err := os.ReadFile(sum.Files["report.html"])
		w.must(err)
		var got []string
		for _, session := range regexp.MustCompile(`<th scope="row">(\w*)</th><td data-label="begun">`).FindAllStringSubmatch(string(page), -1) {
			got = append(got, session[1])
		}
		if want := []string{"", "apply", "resume"}; !slices.Equal(got, want) {
			t.Errorf("%s, the report has the sessions %q, want %q", name, got, want)
		}
		if sum, err = datasync.Rewrite(t.Context(), w.job("one.csv"), run); err != nil {
			t.Fatal(err)
		}
	}
}
