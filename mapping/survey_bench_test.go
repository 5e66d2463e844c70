package mapping_test

import (
	"fmt"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// BenchmarkSurvey looks at a row of twelve columns, of which six are watched as keys.
func BenchmarkSurvey(b *testing.B) {
	rows := make([]sheet.Row, 5000)
	for i := range rows {
		rows[i] = textRow(fmt.Sprint("Customer ", i), "Software", fmt.Sprint("Ida ", i%500), fmt.Sprintf("ida%d@x.example", i), "7 Mill Lane", fmt.Sprint("Town ", i%300),
			fmt.Sprintf("%05d", i), fmt.Sprintf("+44 20 %07d", i), []string{"Y", "N"}[i%2], fmt.Sprintf("%02d/%02d/2024", i%28+1, i%12+1),
			fmt.Sprintf("%d.%03d,50", i%999+1, i%1000), fmt.Sprint("Some text that is a bit longer ", i))
	}
	var keys []*mapping.KeyEvidence
	for i := range 6 {
		keys = append(keys, mapping.NewKeyEvidence(1<<13, i))
	}
	s := mapping.NewSurvey(12, keys...)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.Add(&rows[i%len(rows)])
	}
}
