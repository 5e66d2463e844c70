package sync_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	datasync "github.com/rollcall-sync/rollcall/sync"
)

// TestPreviewSaysWhatWasThere: what is not shown may be anything, and a person must not take it for empty.
func TestPreviewSaysWhatWasThere(t *testing.T) {
	for _, c := range []struct{ name, record, before, after string }{
		{"a value", `{"id": 1, "name": "Alder", "phone": "11"}`, `"11"`, `"12"`},
		{"nothing", `{"id": 1, "name": "Alder", "phone": null}`, `(empty)`, `"12"`},
		{"what the API does not show", `{"id": 1, "name": "Alder"}`, `(not shown by the API)`, `"12"`},
		{"a create has nothing before it", `{"id": 1, "name": "Birch"}`, "", `"12"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, d := open(t)
			o.lists["customer"] = "[" + c.record + "]"
			keys := []string{"columns: {Name: name, Value: phone}"}
			sum, err := d.plan(keys...)
			if err != nil {
				t.Fatal(err)
			}
			changes, more, err := datasync.Preview(t.Context(), d.options(keys...), sum.Run, 10)
			if err != nil || len(changes) != 1 || more != 0 {
				t.Fatalf("changes %v and %d more, error %v; want one", changes, more, err)
			}
			fields := changes[0].Fields
			if diff := cmp.Diff(datasync.FieldText{Field: "phone", Before: c.before, After: c.after}, fields[len(fields)-1]); diff != "" {
				t.Errorf("the last field (-want +got):\n%s", diff)
			}
		})
	}
}
