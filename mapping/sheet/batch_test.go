package sheet_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// TestBatchesOfManySizesHaveAllRows: rows of many lengths, plain and odd ones among each other, come in batches as they come one by
// one. The fuzz tests of files say the same of small ones.
func TestBatchesOfManySizesHaveAllRows(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("Code,Name,Note\n")
	for i := range 2000 {
		switch i % 9 {
		case 3:
			fmt.Fprintf(&text, "%d,\"a \"\"%d\"\"\",\n", i, i)
		case 5:
			fmt.Fprintf(&text, "%d\n\n", i)
		case 7:
			fmt.Fprintf(&text, "%d,\"two\nlines\",#REF!\n", i)
		default:
			fmt.Fprintf(&text, "%d,Zoë %s,\n", i, strings.Repeat("x", i*i%5000))
		}
	}
	path := write(t, "many.csv", []byte(text.String()))
	want, err := readRows(open(t, path, sheet.Options{}))
	if err != nil || len(want) != 2000 {
		t.Fatalf("got %d rows and %v", len(want), err)
	}
	for _, most := range []int{1, 2, 255, 5000} {
		var got []sheet.Row
		var batch sheet.Batch
		for in, err := open(t, path, sheet.Options{}), error(nil); err == nil; {
			err = batch.Fill(in, most)
			if batch.Len() > most {
				t.Fatalf("got %d rows at once, want at most %d", batch.Len(), most)
			}
			for i := range batch.Len() {
				var row sheet.Row
				batch.Lay(i, &row)
				got = append(got, row)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("in batches of %d rows (-one by one +in batches):\n%s", most, diff)
		}
	}
}
