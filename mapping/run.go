package mapping

import (
	"context"
	"errors"
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// batchRows is how many rows travel together between the stages: enough to make the hand-over cheap, few enough to keep
// memory flat.
const batchRows = 256

// batch is some consecutive rows on their way through the stages. It is used again once they are through, and with it the
// memory of their cells and values.
type batch struct {
	first      int64 // Seq of the first row
	rows       []sheet.Row
	candidates []Candidate
	values     []model.Value // of all records
	err        error         // that ended the reading, after rows
	ready      chan struct{} // takes one token when the candidates are made
}

func newBatch(fields int) *batch {
	return &batch{
		rows: make([]sheet.Row, 0, batchRows), candidates: make([]Candidate, batchRows),
		values: make([]model.Value, batchRows*fields), ready: make(chan struct{}, 1),
	}
}

// decode makes the candidates of the rows.
func (b *batch) decode(mp *Mapping) {
	fields := len(mp.model.Fields)
	clear(b.values[:len(b.rows)*fields])
	for i := range b.rows {
		record := b.values[i*fields : (i+1)*fields : (i+1)*fields]
		b.candidates[i] = Candidate{Seq: b.first + int64(i), Row: b.rows[i], Record: record, Header: mp.header}
		mp.decode(&b.candidates[i])
	}
	b.ready <- struct{}{}
}

// Run reads every row of in, decodes and validates them on all cores, and hands the candidates to yield one by one in
// the order of the sheet. It ends with the first error of the reader, of yield, or of ctx. When yield returns, the row and
// the record of its candidate are gone: who needs them later copies them. Texts and problems may be kept.
func (mp *Mapping) Run(ctx context.Context, in sheet.Reader, yield func(*Candidate) error) error {
	workers := runtime.GOMAXPROCS(0)
	group, ctx := errgroup.WithContext(ctx)
	todo := make(chan *batch)             // unordered, to the decoders
	ordered := make(chan *batch, workers) // in order, to the consumer
	free := make(chan *batch, 2*workers+2)
	for range cap(free) {
		free <- newBatch(len(mp.model.Fields))
	}
	group.Go(func() error {
		defer close(todo)
		defer close(ordered)
		return read(ctx, in, free, todo, ordered)
	})
	for range workers {
		group.Go(func() error {
			for b := range todo {
				b.decode(mp)
			}
			return nil
		})
	}
	group.Go(func() error { return consume(ctx, ordered, free, yield) })
	return group.Wait()
}

// read cuts the sheet into batches. A damaged sheet hands on what came before the damage, then the error, so that
// problems are reported up to there.
func read(ctx context.Context, in sheet.Reader, free <-chan *batch, todo, ordered chan<- *batch) error {
	next := int64(1)
	for {
		var b *batch
		select {
		case b = <-free:
		case <-ctx.Done():
			return ctx.Err()
		}
		b.fill(in, next)
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

// fill reads the next rows.
func (b *batch) fill(in sheet.Reader, first int64) {
	b.first, b.rows = first, b.rows[:0]
	for len(b.rows) < batchRows && b.err == nil {
		n := len(b.rows)
		b.rows = b.rows[:n+1]
		if b.err = in.Read(&b.rows[n]); b.err != nil {
			b.rows = b.rows[:n]
		}
	}
}

// consume hands the candidates on in order.
func consume(ctx context.Context, ordered <-chan *batch, free chan<- *batch, yield func(*Candidate) error) error {
	for b := range ordered {
		select {
		case <-b.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
		for i := range b.rows {
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
		free <- b // it has room for all there are
	}
	return nil
}
