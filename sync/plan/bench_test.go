package plan_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/plan"
)

// BenchmarkPlan takes a sheet of 10,000 rows through both passes against an API that has them all; one row in ten differs.
func BenchmarkPlan(b *testing.B) {
	sheet := newBench(b)
	for i := range 10_000 {
		fields := []string{fmt.Sprintf("pier=P%d", i%50), fmt.Sprintf("name=Boat %d", i), "email=a@x.org,b@x.org", "note=old"}
		sheet.has(fmt.Sprint(i), fields...)
		if i%10 == 0 {
			fields[3] = "note=new"
		}
		sheet.row("", fields...)
	}
	b.ReportAllocs()
	for b.Loop() {
		changes, err := sheet.pass(plan.New(sheet.options))
		if err != nil || len(changes) != len(sheet.rows) {
			b.Fatal(len(changes), err)
		}
	}
	b.ReportMetric(float64(b.N*len(sheet.rows))/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkDecide is the second pass alone: what a row costs once the API was listed.
func BenchmarkDecide(b *testing.B) {
	for says, note := range map[string]string{"unchanged": "note=old", "update": "note=new"} {
		b.Run(says, func(b *testing.B) {
			sheet := newBench(b).has("1", "pier=A", "name=Ida", "note=old")
			row := sheet.row("", "pier=A", "name=Ida", note)
			p := plan.New(sheet.options)
			if _, err := sheet.pass(p); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Decide(context.Background(), sheet.api, row); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
