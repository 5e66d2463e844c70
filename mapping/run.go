package mapping

import (
	"context"
	"errors"
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// batchRows is how many rows travel together between the stages: enough to make the hand-over cheap, few enough to keep
// memory flat.
const batchRows = 256

// batch is some consecutive rows on their way through the stages.
type batch struct {
	first      int64 // Seq of the first row
	rows       []sheet.Row
	candidates []Candidate
	err        error // that ended the reading, after rows
	ready      chan struct{}
}

// Run reads every row of in, decodes and validates them on all cores, and hands the candidates to yield one by one in
// the order of the sheet. It ends with the first error of the reader, of yield, or of ctx. A candidate is yield's to
// keep.
func (mp *Mapping) Run(ctx context.Context, in sheet.Reader, yield func(*Candidate) error) error {
	workers := runtime.GOMAXPROCS(0)
	group, ctx := errgroup.WithContext(ctx)
	todo := make(chan *batch)             // unordered, to the decoders
	ordered := make(chan *batch, workers) // in order, to the consumer
	group.Go(func() error {
		defer close(todo)
		defer close(ordered)
		return read(ctx, in, todo, ordered)
	})
	for range workers {
		group.Go(func() error {
			for b := range todo {
				b.candidates = make([]Candidate, 0, len(b.rows))
				for i := range b.rows {
					c := mp.Decode(b.rows[i])
					c.Seq = b.first + int64(i)
					b.candidates = append(b.candidates, c)
				}
				close(b.ready)
			}
			return nil
		})
	}
	group.Go(func() error { return consume(ctx, ordered, yield) })
	return group.Wait()
}

// read cuts the sheet into batches. A damaged sheet hands on what came before the damage, then the error, so that
// problems are reported up to there.
func read(ctx context.Context, in sheet.Reader, todo, ordered chan<- *batch) error {
	next := int64(1)
	for {
		b := &batch{first: next, rows: make([]sheet.Row, 0, batchRows), ready: make(chan struct{})}
		for len(b.rows) < batchRows {
			var row sheet.Row
			if b.err = in.Read(&row); b.err != nil {
				break
			}
			b.rows = append(b.rows, row)
		}
		next += int64(len(b.rows))
		for _, out := range []chan<- *batch{ordered, todo} {
			select {
			case out <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if b.err != nil {
			return nil
		}
	}
}

// consume hands the batches on in order.
func consume(ctx context.Context, ordered <-chan *batch, yield func(*Candidate) error) error {
	for b := range ordered {
		select {
		case <-b.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
		for i := range b.candidates {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := yield(&b.candidates[i]); err != nil {
				return err
			}
		}
		if b.err != nil && !errors.Is(b.err, io.EOF) {
			return b.err
		}
	}
	return nil
}
