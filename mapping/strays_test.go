package mapping_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
)

func TestColumnsThatBelongToAnotherResource(t *testing.T) {
	t.Parallel()
	elsewhere := map[string]string{"Phone": "phone of depot/person", "E-mail": "email of depot/person"}
	const phone = `column "Phone" goes nowhere: phone of depot/person is the field for it, in a job of its own`
	tests := []struct {
		name     string
		columns  mapping.Columns
		unmapped mapping.Unmapped
		compute  string
		id       string
		header   []string
		want     []string // strays
		drift    []string
	}{
		{name: "a column that the job does not know", header: []string{"Code", "Phone", "Zone"}, drift: []string{
			"\"Phone\" is in the sheet but not in the job; map it, or add `\"Phone\": ignore` to columns; phone of depot/person is the field for it, in a job of its own",
			"\"Zone\" is in the sheet but not in the job; map it, or add `\"Zone\": ignore` to columns",
		}},
		{name: "a column that the job ignores", columns: mapping.Columns{{Header: "Phone", Ignore: true}, {Header: "Zone", Ignore: true}},
			header: []string{"Code", "Phone", "Zone"}},
		{name: "a column that the job ignores, where it ignores all others too", columns: mapping.Columns{{Header: "phone", Ignore: true}}, unmapped: mapping.UnmappedIgnore,
			header: []string{"Code", "Phone", "Zone"}},
		{name: "an ignored column that the sheet does not have", columns: mapping.Columns{{Header: "Phone", Ignore: true}}, header: []string{"Code"}},
		{name: "columns that are not mapped, where the job ignores all of them", unmapped: mapping.UnmappedIgnore, header: []string{"Code", "Phone", "Zone"}, want: []string{phone}},
		{name: "in another spelling, as the sheet has it", unmapped: mapping.UnmappedIgnore, header: []string{"Code", "E-MAIL "}, want: []string{
			`column "E-MAIL " goes nowhere: email of depot/person is the field for it, in a job of its own`}},
		{name: "told once", unmapped: mapping.UnmappedIgnore, header: []string{"Code", "Phone", "PHONE"}, want: []string{phone}},
		{name: "a column that is mapped goes somewhere", columns: mapping.Columns{{Header: "Phone", Field: "note"}}, header: []string{"Code", "Phone"}},
		{name: "a column that an expression reads goes somewhere", unmapped: mapping.UnmappedIgnore, compute: `row["phone"]`, header: []string{"Code", "Phone"}},
		{name: "also if the job ignores it besides", columns: mapping.Columns{{Header: "Phone", Ignore: true}}, compute: `row["Phone"]`, header: []string{"Code", "Phone"}},
		{name: "a column of ids goes somewhere", unmapped: mapping.UnmappedIgnore, id: "Phone", header: []string{"Code", "Phone"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := &mapping.Config{
				Columns: append(mapping.Columns{{Header: "Code", Field: "code"}}, tt.columns...), Unmapped: tt.unmapped,
				Identity: mapping.Identity{ID: tt.id, Key: []string{"code"}}, Elsewhere: elsewhere,
			}
			if tt.compute != "" {
				cfg.Compute = map[string]string{"size": tt.compute}
			}
			mp, err := mapping.Compile(cfg, depot(t), &fake{header: tt.header}, "")
			var drift *mapping.DriftError
			if errors.As(err, &drift) {
				if diff := cmp.Diff(drift.Details, tt.drift); diff != "" {
					t.Errorf("drift (-got +want):\n%s", diff)
				}
				return
			}
			if err != nil || tt.drift != nil {
				t.Fatalf("got %v, want the drift %q", err, tt.drift)
			}
			if diff := cmp.Diff(mp.Strays(), tt.want); diff != "" {
				t.Errorf("strays (-got +want):\n%s", diff)
			}
		})
	}
}
