package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

func TestExtrasAreWhatNoRowNames(t *testing.T) {
	invalid := []model.Problem{{Code: model.CodeTooLong, Message: "too long"}}
	missing := fmt.Errorf("%w: 404", plan.ErrParentNotFound)
	for _, tc := range []struct {
		says    string
		prepare func(b *bench)
		want    string // ids
		whole   bool
	}{
		{"a record without a row is one", func(b *bench) { b.row("", "pier=A", "name=Ida") }, "2 3", true},
		{"a key is compared as keys are", func(b *bench) { b.row("", "pier=A", "name= IDA ") }, "2 3", true},
		{"a row may name its record by id", func(b *bench) { b.row("2", "pier=A", "name=New") }, "1 3", true},
		{"a row that is wrong names its record all the same", func(b *bench) {
			b.row("", "pier=A", "name=Ida").Problems = invalid
			b.row("", "pier=A", "name=New")
		}, "2 3", true},
		{"and so does one that is skipped", func(b *bench) {
			b.row("", "pier=A", "name=Ida").Action = "skip"
			b.row("", "pier=A", "name=New")
		}, "2 3", true},
		{"where no row is fit to be looked for nothing was listed", func(b *bench) {
			b.row("", "pier=A", "name=Ida").Problems = invalid
		}, "", false},
		{"and one whose key is there twice", func(b *bench) {
			b.row("", "pier=A", "name=Ida")
			b.row("", "pier=A", "name=Ida")
		}, "2 3", true},
		{"a record that we created under the key of a row is named by it", func(b *bench) {
			b.options.Known[b.row("", "pier=A", "name=Old").Key] = "3"
		}, "1 2", true},
		{"one that was read by id, and not listed, is none", func(b *bench) {
			b.hides("9", "pier=A", "name=Hid")
			b.row("9", "pier=A", "name=Hid")
		}, "1 2 3", true},
		{"below a parent that the sheet does not name nothing was listed", func(b *bench) {
			b.has("8", "pier=B", "name=Eve")
			b.row("", "pier=A", "name=Ida")
		}, "2 3", true},
		{"below one that the API refuses nothing is known", func(b *bench) {
			b.api.refused["B"] = missing
			b.row("", "pier=A", "name=Ida")
			b.row("", "pier=B", "name=Ida")
		}, "2 3", false},
	} {
		t.Run(tc.says, func(t *testing.T) {
			b := newBench(t).has("1", "pier=A", "name=Ida").has("2", "pier=A", "name=Ada").has("3", "pier=A", "name=Eva")
			tc.prepare(b)
			_, p := b.planned()
			records, whole := p.Extras()
			var got []string
			for f := range records {
				got = append(got, f.ID)
			}
			if ids := strings.Join(got, " "); ids != tc.want || whole != tc.whole {
				t.Errorf("got %s, whole %v, want %s, whole %v", ids, whole, tc.want, tc.whole)
			}
		})
	}
}
