package remote

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-sync/rollcall/sync/plan"
)

// desk is a list of ids that takes a second to read, and those who read it.
type desk struct {
	sharing
	ids   []string
	reads atomic.Int64
}

// read hands out what is there when it begins: what comes later may be on a page that was read already.
func (d *desk) read(ctx context.Context, yield func(plan.Found) error) error {
	d.reads.Add(1)
	for _, id := range d.ids {
		select {
		case <-time.After(time.Second / time.Duration(len(d.ids))):
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := yield(plan.Found{ID: id}); err != nil {
			return err
		}
	}
	return nil
}

// reader is one who lists: when, for how long it cares, how many records it wants, and what it got.
type reader struct {
	parent     string
	comes      time.Duration
	goes       time.Duration // 0 = never
	wants      int           // 0 = all
	got        int
	err        error
	ended      time.Duration
	deadlineOf bool // the time to go is a deadline, not a cancellation
}

var errEnough = errors.New("enough")

func (r *reader) list(d *desk, began time.Time) {
	time.Sleep(r.comes)
	ctx, cancel := context.WithCancel(context.Background())
	if r.deadlineOf {
		ctx, cancel = context.WithTimeout(context.Background(), r.goes-r.comes)
	} else if r.goes > 0 {
		time.AfterFunc(r.goes-r.comes, cancel)
	}
	defer cancel()
	r.err = d.list(ctx, r.parent, func(plan.Found) error {
		if r.got++; r.got == r.wants {
			return errEnough
		}
		return nil
	}, d.read)
	r.ended = time.Since(began)
}

func TestSharedListing(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name    string
		readers []reader
		reads   int
		got     []int
		errs    []error
		ended   []time.Duration // about when each has what it wants
	}{
		{"one alone reads once", []reader{{}}, 1, []int{4}, []error{nil}, []time.Duration{1000 * ms}},
		{"those who come while a list is read share the next reading, which begins after they came",
			[]reader{{}, {comes: 100 * ms}, {comes: 500 * ms}, {comes: 900 * ms}}, 2, []int{4, 4, 4, 4}, []error{nil, nil, nil, nil},
			[]time.Duration{1000 * ms, 2000 * ms, 2000 * ms, 2000 * ms}},
		{"other parents are other lists, and are read at the same time",
			[]reader{{parent: "1"}, {parent: "2"}}, 2, []int{4, 4}, []error{nil, nil}, []time.Duration{1000 * ms, 1000 * ms}},
		{"who comes after the reading reads again",
			[]reader{{}, {comes: 1500 * ms}}, 2, []int{4, 4}, []error{nil, nil}, []time.Duration{1000 * ms, 2500 * ms}},
		{"who has had enough does not end it for the others",
			[]reader{{}, {comes: 100 * ms, wants: 1}, {comes: 200 * ms}}, 2, []int{4, 1, 4}, []error{nil, errEnough, nil}, []time.Duration{1000 * ms, 2000 * ms, 2000 * ms}},
		{"when all have had enough, the reading ends",
			[]reader{{}, {comes: 100 * ms, wants: 1}, {comes: 200 * ms, wants: 2}}, 2, []int{4, 1, 2}, []error{nil, errEnough, errEnough},
			[]time.Duration{1000 * ms, 1500 * ms, 1500 * ms}},
		{"who reads for all and leaves does not end it for the others",
			[]reader{{}, {comes: 100 * ms, goes: 1600 * ms}, {comes: 200 * ms}}, 2, []int{4, 2, 4}, []error{nil, context.Canceled, nil},
			[]time.Duration{1000 * ms, 2000 * ms, 2000 * ms}},
		{"when all have left, the reading ends",
			[]reader{{}, {comes: 100 * ms, goes: 1600 * ms}, {comes: 200 * ms, goes: 1300 * ms}}, 2, []int{4, 2, 1},
			[]error{nil, context.Canceled, context.Canceled}, []time.Duration{1000 * ms, 1600 * ms, 1600 * ms}},
		{"who is alone and leaves ends it, and is told what it was",
			[]reader{{goes: 600 * ms, deadlineOf: true}}, 1, []int{2}, []error{context.DeadlineExceeded}, []time.Duration{600 * ms}},
		{"each of several is told of its own end",
			[]reader{{}, {comes: 100 * ms, goes: 1600 * ms, deadlineOf: true}, {comes: 200 * ms, goes: 1700 * ms}}, 2, []int{4, 2, 2},
			[]error{nil, context.DeadlineExceeded, context.Canceled}, []time.Duration{1000 * ms, 1700 * ms, 1700 * ms}},
		{"who leaves while it waits to read does not strand those who wait with it",
			[]reader{{}, {comes: 100 * ms, goes: 300 * ms}, {comes: 200 * ms}}, 2, []int{4, 0, 4}, []error{nil, context.Canceled, nil},
			[]time.Duration{1000 * ms, 1300 * ms, 1300 * ms}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &desk{ids: []string{"a", "b", "c", "d"}}
				began := time.Now()
				for i := range tt.readers {
					go tt.readers[i].list(d, began)
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				if int(d.reads.Load()) != tt.reads || len(d.waiting)+len(d.reading) != 0 {
					t.Errorf("read %d times, want %d; %d rounds are left over", d.reads.Load(), tt.reads, len(d.waiting)+len(d.reading))
				}
				for i, r := range tt.readers {
					if r.got != tt.got[i] || !errors.Is(r.err, tt.errs[i]) || r.ended != tt.ended[i] {
						t.Errorf("reader %d got %d records and error %v after %s, want %d and %v after %s", i, r.got, r.err, r.ended, tt.got[i], tt.errs[i], tt.ended[i])
					}
				}
			})
		})
	}
}
