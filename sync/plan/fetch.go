package plan

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// Fetch lists what the API has below every parent that the sheet names: each is asked once, the first one alone and then up to
// [Options.Workers] at a time. What is listed is taken in in the order of the sheet all the same, and progress is called after each
// with the number of parents done. A parent that the API refuses is a matter of its rows, unless it turns out that the API refuses
// the whole account.
func (p *Planner) Fetch(ctx context.Context, finder Finder, progress func(done int)) error {
	var missing, forbidden, done int
	var account error // what the API says of the account, asked at most once
	for l := range p.listings(ctx, finder) {
		for f := range l.found {
			p.index(f)
		}
		switch err := l.err; {
		case err == nil:
		case len(p.parents) > 0 && errors.Is(err, ErrParentNotFound):
			missing++
			p.remote[p.parentKey(l.parent)].problem = err.Error()
		case len(p.parents) > 0 && errors.Is(err, ErrParentForbidden):
			if forbidden++; forbidden == 1 {
				account = finder.Account(ctx)
				if account != nil && !errors.Is(account, ErrInconclusive) {
					return account
				}
			}
			p.remote[p.parentKey(l.parent)].problem = err.Error()
		default:
			return fmt.Errorf("list %s records: %w", p.model.Name(), err)
		}
		done++
		progress(done)
	}
	if account != nil && missing+forbidden == len(p.order) {
		return fmt.Errorf("%w: it forbids every parent that the sheet names", ErrAccount)
	}
	p.named.listed = p.records.len()
	p.noteCreated()
	return nil
}

// below is what is being listed below one parent.
type below struct {
	parent model.Record
	found  chan Found // closed at the end of the list
	err    error      // how that ended; to be read then
}

// listedAhead is how many records of a parent may wait for those of the parents before it.
const listedAhead = 1000

// listings lists below every parent, several at a time. They come in the order of the sheet, each when those before it have been
// read to their end. What still goes on when the sequence ends is broken off, and has ended with it.
func (p *Planner) listings(ctx context.Context, finder Finder) iter.Seq[*below] {
	return func(yield func(*below) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var group sync.WaitGroup
		defer group.Wait()
		defer cancel()
		begin := func(parent model.Record) *below {
			b := &below{parent: parent, found: make(chan Found, listedAhead)}
			group.Go(func() { b.list(ctx, finder) })
			return b
		}
		var begun []*below
		most := 1 // credentials that are refused are not used again and again
		for left := p.order; len(left)+len(begun) > 0; begun = begun[1:] {
			for len(left) > 0 && len(begun) < most {
				begun, left = append(begun, begin(left[0])), left[1:]
			}
			if !yield(begun[0]) {
				return
			}
			most = max(p.opts.Workers, 1)
		}
	}
}

// list hands over what the API has below the parent.
func (b *below) list(ctx context.Context, finder Finder) {
	defer close(b.found)
	b.err = finder.List(ctx, b.parent, func(f Found) error {
		select {
		case b.found <- f:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}
