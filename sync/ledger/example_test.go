package ledger_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// A run is planned, one of its two changes is pushed, and the process ends while the other is under way.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "rollcall-")
	check(err)
	defer os.RemoveAll(dir)
	l, err := ledger.Open(ctx, dir)
	check(err)
	defer l.Close()

	run := &ledger.Run{ID: "20261121-040302-a1b2", Account: account, Resource: resource, State: ledger.StatePlanned}
	check(l.SavePlan(ctx, contacts(), run, each(create(1, "ann"), create(2, "bob"))))

	r, err := l.Recorder(ctx, run.ID)
	check(err)
	for c, err := range l.Pending(ctx, contacts(), run.ID) {
		check(err)
		check(r.Intend(ctx, push.Intent{Seq: c.Seq, Attempt: 1})) // only now may the request be sent
		if c.Key == "ann" {
			check(r.Conclude(ctx, push.Outcome{Seq: c.Seq, Status: plan.Created, ID: "501"}))
		}
	}
	check(r.Close())

	for e, err := range l.Entries(ctx, contacts(), run.ID) {
		check(err)
		fmt.Println(e.Change.Key, e.Status())
	}
	// Output:
	// ann created
	// bob in_doubt
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
