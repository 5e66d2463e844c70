package pace_test

import (
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/pace"
)

// request is all that a request asks of its pacer.
func request(b *testing.B, p *pace.Pacer) {
	if err := p.Wait(b.Context()); err != nil {
		b.Fatal(err)
	}
	p.Sending()
	p.Seen(pace.WellAsUsual, time.Millisecond)
	p.Done()
}

// BenchmarkUnlimited is what a request costs where there is no limit: next to nothing, though pauses are shared.
func BenchmarkUnlimited(b *testing.B) {
	p := pace.New(pace.Share(budgetPath(b), pace.Limit{}, func(string) {}))
	p.Adapt(8, nil)
	b.ReportAllocs()
	for b.Loop() {
		request(b, p)
	}
}

// BenchmarkWithin is what a request costs within a budget of one process.
func BenchmarkWithin(b *testing.B) {
	p := pace.New(pace.NewWindow(pace.Limit{Requests: 1000, Per: time.Microsecond}))
	p.Adapt(8, nil)
	b.ReportAllocs()
	for b.Loop() {
		request(b, p)
	}
}

// BenchmarkShared is what a request costs within a budget that processes share. Soon its book is as full as it can be.
func BenchmarkShared(b *testing.B) {
	p := pace.New(pace.Share(budgetPath(b), pace.Limit{Requests: 1000, Per: time.Microsecond}, func(text string) { b.Fatal(text) }))
	p.Adapt(8, nil)
	b.ReportAllocs()
	for b.Loop() {
		request(b, p)
	}
}

// BenchmarkCrowdedShare is the same with another process that never rests.
func BenchmarkCrowdedShare(b *testing.B) {
	path, limit := budgetPath(b), pace.Limit{Requests: 1000, Per: time.Microsecond}
	p := pace.New(pace.Share(path, limit, func(text string) { b.Fatal(text) }))
	other := pace.New(pace.Share(path, limit, func(string) {}))
	go func() {
		for other.Wait(b.Context()) == nil {
		}
	}()
	for b.Loop() {
		request(b, p)
	}
}
