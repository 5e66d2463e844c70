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

// batchesEach is how many batches there are for each worker: so many that no stage waits for the one before because that was waiting
// for the one behind. With three of them the stages ran one after another for most of the time.
const batchesEach = 6

// batch is some consecutive rows on their way through the stages. It is used again once they are through, and with it the
// memory of their cells and values.
type batch struct {
	first      int64 // Seq of the first row
	rows       sheet.Batch
	candidates []Candidate
	values     []model.Value // of all records
	err        error         // that ended the reading, after rows
	ready      chan struct{} // takes one token when the candidates are made
}

func newBatch(fields int) *batch {
	return &batch{candidates: make([]Candidate, batchRows), values: make([]model.Value, batchRows*fields), ready: make(chan struct{}, 1)}
}

// decode makes the candidates of the rows.
func (b *batch) decode(mp *Mapping, keys *keyRoom) {
	fields := len(mp.model.Fields)
	clear(b.values[:b.rows.Len()*fields])
	for i := range b.rows.Len() {
		c := &b.candidates[i]
		record := b.values[i*fields : (i+1)*fields : (i+1)*fields]
		*c = Candidate{Seq: b.first + int64(i), Row: c.Row, Record: record, Header: mp.header}
		b.rows.Lay(i, &c.Row)
		mp.decode(c, keys)
	}
}

// judge makes the candidates of the rows as [Mapping.Judge] gives them. Every row uses the memory of desk, which is near then.
func (b *batch) judge(mp *Mapping, desk *Candidate, keys *keyRoom) {
	for i := range b.rows.Len() {
		if !desk.isPlain() {
			*desk = Candidate{Row: desk.Row, Record: desk.Record, Header: mp.header}
		}
		desk.Seq, desk.Key = b.first+int64(i), ""
		b.rows.Lay(i, &desk.Row)
		mp.decode(desk, keys)
		c := &b.candidates[i]
		if desk.isPlain() && c.isPlain() { // nearly all are, and what differs is little
			c.Seq, c.Row.Number, c.Row.Width, c.Key = desk.Seq, desk.Row.Number, desk.Row.Width, desk.Key
			continue
		}
		*c = *desk
		c.Row.Cells, c.Record = nil, nil
	}
}

// isPlain reports whether nothing is said of a row but its place and its key.
func (c *Candidate) isPlain() bool {
	return c.Problems == nil && c.OnCreate == nil && c.Unjudged == nil && c.Links == nil && c.Header != nil && c.ID == "" && c.Action == "" &&
		c.Row.ID == "" && c.Row.Mark == "" && !c.Row.Hidden && !c.Row.Merged
}

// Run reads every row of in, decodes and validates them on all cores, and hands the candidates to yield one by one in
// the order of the sheet. It ends with the first error of the reader, of yield, or of ctx. When yield returns, the row and
// the record of its candidate are gone: who needs them later copies them. Texts and problems may be kept.
func (mp *Mapping) Run(ctx context.Context, in sheet.Reader, yield func(*Candidate) error) error {
	fields := len(mp.model.Fields)
	worker := func() func(*batch) {
		keys := keyRoom{size: keyText}
		return func(b *batch) { b.decode(mp, &keys) }
	}
	return run(ctx, in, fields, worker, yield)
}

// Judge is Run for those who want to know what is wrong and no more: its candidates have no cells and no record.
func (mp *Mapping) Judge(ctx context.Context, in sheet.Reader, yield func(*Candidate) error) error {
	worker := func() func(*batch) {
		desk, keys := Candidate{Record: mp.model.NewRecord()}, keyRoom{size: keyText}
		return func(b *batch) { b.judge(mp, &desk, &keys) }
	}
	return run(ctx, in, 0, worker, yield)
}

// run takes the batches through the stages. Each worker makes candidates in its own way, with room for so many fields of each.
func run(ctx context.Context, in sheet.Reader, fields int, worker func() func(*batch), yield func(*Candidate) error) error {
	workers := runtime.GOMAXPROCS(0)
	group, ctx := errgroup.WithContext(ctx)
	batches := batchesEach * workers
	todo := make(chan *batch, batches)    // unordered, to the decoders
	ordered := make(chan *batch, batches) // in order, to the consumer
	free := make(chan *batch, batches)
	for range cap(free) {
		free <- newBatch(fields)
	}
	group.Go(func() error {
		defer close(todo)
		defer close(ordered)
		return read(ctx, in, free, todo, ordered)
	})
	for range workers {
		group.Go(func() error {
			work := worker()
			for b := range todo {
				work(b)
				b.ready <- struct{}{}
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
		b.first, b.err = next, b.rows.Fill(in, batchRows)
		next += int64(b.rows.Len())
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

// consume hands the candidates on in order.
func consume(ctx context.Context, ordered <-chan *batch, free chan<- *batch, yield func(*Candidate) error) error {
	for b := range ordered {
		select {
		case <-b.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
		for i := range b.rows.Len() {
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
