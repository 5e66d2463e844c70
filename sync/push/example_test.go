package push_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// counter is an API that gives out numbers. It refuses one name, and loses its answer to another.
type counter struct{ records []string }

func (a *counter) Write(_ context.Context, c *plan.Change, _ string) push.Answer {
	if c.Key == "nobody" {
		return push.Answer{Verdict: push.Refused, HTTPStatus: 400, Field: "name", Message: "nobody is not a name"}
	}
	a.records = append(a.records, c.Key)
	if c.Key == "tom" {
		return push.Answer{Verdict: push.Unclear, Message: "connection reset"}
	}
	return push.Answer{Verdict: push.Accepted, HTTPStatus: 201, ID: fmt.Sprint(len(a.records))}
}

func (a *counter) Look(_ context.Context, c *plan.Change) (ids []string, err error) {
	for i, name := range a.records {
		if name == c.Key {
			ids = append(ids, fmt.Sprint(i+1))
		}
	}
	return ids, nil
}

func (a *counter) Probe(context.Context, *plan.Change) (bool, error) { return false, nil }

// diary is a recorder on paper. A real one returns from Intend when the intent is on the disk.
type diary struct{}

func (diary) Intend(_ context.Context, in push.Intent) error {
	fmt.Printf("change %d: attempt %d begins\n", in.Seq, in.Attempt)
	return nil
}

func (diary) Conclude(_ context.Context, out push.Outcome) error {
	fmt.Printf("change %d: %s %s%s\n", out.Seq, out.Status, out.ID, out.Message)
	return nil
}

func (diary) Flush(context.Context) error { return nil }

// Three creates: one goes well, the answer to the second is lost and the record found by looking, the third is refused.
func ExampleRun() {
	changes := func(yield func(plan.Change, error) bool) {
		for i, name := range []string{"ida", "tom", "nobody"} {
			c := plan.Change{
				Seq: int64(i + 1), Action: plan.Create, Key: name, Record: model.Record{{Kind: model.String, Text: name}},
			}
			if !yield(c, nil) {
				return
			}
		}
	}
	api := &counter{}
	ctx := context.Background()
	result, err := push.Run(ctx, ctx, push.Options{Workers: 1, MaxFailures: 50, Settle: time.Second}, push.Parts{
		Writer: api, Looker: api, Recorder: diary{}, Pacer: pace.New(pace.NewWindow(pace.Limit{})),
		Done: func(push.Outcome) {},
	}, changes)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d requests, stopped early: %v\n", result.Sent, result.Early)
	// Output:
	// change 1: attempt 1 begins
	// change 1: created 1
	// change 2: attempt 1 begins
	// change 2: created 2
	// change 3: attempt 1 begins
	// change 3: rejected nobody is not a name
	// 3 requests, stopped early: <nil>
}
