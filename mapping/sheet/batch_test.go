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

// A batch of rows that take much memory has few of them, whatever their form.
func TestABatchHoldsFewLargeRows(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 20_000)
	for says, text := range map[string]string{
		"plain lines":           "a,b\n" + strings.Repeat("1,"+long+"\n", 100),
		"texts of several rows": "a,b\n" + strings.Repeat("1,\""+long+"\n\"\n", 100),
		"many columns":          strings.Repeat("a,", 3000) + "b\n" + strings.Repeat("1,\"2\n\"\n", 100),
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			r := open(t, write(t, "data.csv", []byte(text)), sheet.Options{})
			var batch sheet.Batch
			rows := 0
			for err := error(nil); err == nil; rows += batch.Len() {
				if err = batch.Fill(r, 1000); batch.Len() > 20 {
					t.Fatalf("got a batch of %d rows, want few", batch.Len())
				}
			}
			if rows != 100 {
				t.Errorf("got %d rows, want 100", rows)
			}
		})
	}
}
