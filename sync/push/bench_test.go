package push_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// nothing is an API, a ledger and a clock that cost nothing.
type nothing struct{}

func (nothing) Write(context.Context, *plan.Change, string) push.Answer {
	return push.Answer{Verdict: push.Accepted, HTTPStatus: 201, ID: "1"}
}
func (nothing) Intend(context.Context, push.Intent) error            { return nil }
func (nothing) Conclude(context.Context, push.Outcome) error         { return nil }
func (nothing) Flush(context.Context) error                          { return nil }
func (nothing) Sleep(ctx context.Context, _ time.Duration) error     { return ctx.Err() }
func (nothing) Backoff(int) time.Duration                            { return 0 }
func (nothing) Wait(ctx context.Context) error                       { return ctx.Err() }
func (nothing) Done()                                                {}
func (nothing) Pause(time.Duration)                                  {}
func (nothing) Look(context.Context, *plan.Change) ([]string, error) { return nil, nil }
func (nothing) Probe(context.Context, *plan.Change) (bool, error)    { return false, nil }

// BenchmarkRun is what push itself costs per change: handing out, deciding, book-keeping.
func BenchmarkRun(b *testing.B) {
	const changes = 10_000
	keys := make([]string, changes)
	for i := range keys {
		keys[i] = fmt.Sprintf("thing %d", i)
	}
	for _, workers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("%d workers", workers), func(b *testing.B) {
			b.ReportAllocs()
			ctx := context.Background()
			for b.Loop() {
				res, err := push.Run(ctx, ctx, push.Options{Workers: workers}, push.Parts{
					Writer: nothing{}, Looker: nothing{}, Recorder: nothing{}, Pacer: nothing{}, Done: func(push.Outcome) {},
				}, func(yield func(plan.Change, error) bool) {
					for i, key := range keys {
						if !yield(plan.Change{Seq: int64(i + 1), Action: plan.Create, Key: key}, nil) {
							return
						}
					}
				})
				if err != nil || res.Sent != changes {
					b.Fatal(res, err)
				}
			}
			b.ReportMetric(float64(b.N*changes)/b.Elapsed().Seconds(), "changes/s")
		})
	}
}

func BenchmarkDecide(b *testing.B) {
	answers := []push.Answer{
		{Verdict: push.Accepted, HTTPStatus: 201}, {Verdict: push.Unclear, HTTPStatus: 503, RetryAfter: silent},
		{Verdict: push.Throttled, HTTPStatus: 429, RetryAfter: time.Second}, {Verdict: push.Refused, HTTPStatus: 409},
	}
	state := push.State{Action: plan.Create, Attempt: 1, MaxPause: maxPause, Backoff: backoff}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if d := push.Decide(answers[i%len(answers)], state); d.Next == push.Halt {
			b.Fatal(d)
		}
	}
}
