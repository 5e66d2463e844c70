package ledger_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// One operation is an intent, waited for, and the outcome of it.
func BenchmarkIntendAndConclude(b *testing.B) {
	for _, workers := range []int{8, 64} {
		b.Run(fmt.Sprintf("%d workers", workers), func(b *testing.B) {
			_, r := openRecorder(b, b.N)
			var next atomic.Int64
			var group sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			for range workers {
				group.Go(func() {
					for seq := next.Add(1); seq <= int64(b.N); seq = next.Add(1) {
						if err := r.Intend(b.Context(), push.Intent{Seq: seq, Attempt: 1, RequestID: keyAt(int(seq))}); err != nil {
							b.Error(err)
						}
						if err := r.Conclude(b.Context(), created(seq, keyAt(int(seq)))); err != nil {
							b.Error(err)
						}
					}
				})
			}
			group.Wait()
			must(b, r.Close())
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pairs/s")
			b.ReportMetric(float64(b.N)/float64(r.Stats().Commits), "pairs/commit")
		})
	}
}

func BenchmarkSavePlan100000(b *testing.B) {
	for b.Loop() {
		l := openAt(b, newFolder(b))
		must(b, l.SavePlan(b.Context(), contacts(), newRun("one"), creates(100_000)))
	}
	b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "changes/s")
}

func BenchmarkEntries100000(b *testing.B) {
	l, r := openRecorder(b, 100_000)
	must(b, r.Close())
	for b.Loop() {
		if n := len(all(b, l.Entries(b.Context(), contacts(), "one"))); n != 100_000 {
			b.Fatalf("got %d entries", n)
		}
	}
	b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

// Opening checks every page of the file.
func BenchmarkOpen100000Changes(b *testing.B) {
	l, r := openRecorder(b, 100_000)
	must(b, r.Close())
	for b.Loop() {
		again, err := ledger.Open(b.Context(), l.Dir())
		must(b, err)
		must(b, again.Close())
	}
}
