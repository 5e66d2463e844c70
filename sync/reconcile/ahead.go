package reconcile

import "iter"

// aheadLines is how many lines are handed on at once, and aheadBatches how many such batches may wait. The ledger is read by pages of
// a thousand: as many lines may wait, so that there is something to write while the next page is read.
const (
	aheadLines   = 128
	aheadBatches = 8
	aheadBytes   = 256 << 10 // of the texts of a batch, but for its last line: long ones are few at a time
)

// told is what a walk over lines gives at one step.
type told struct {
	line Line
	err  error
}

// ahead walks over lines on a goroutine of its own, some batches before they are wanted: reading the ledger takes as long as writing
// the files. Order and errors stay. That goroutine has ended when the walk over the result has.
func ahead(lines iter.Seq2[Line, error]) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		batches, enough := make(chan []told, aheadBatches), make(chan struct{})
		go walk(lines, batches, enough)
		defer func() {
			close(enough)
			for range batches { // it is closed at the end of the other walk
			}
		}()
		for batch := range batches {
			for i := range batch {
				if !yield(batch[i].line, batch[i].err) {
					return
				}
			}
		}
	}
}

// walk sends all lines in batches, until they end or are enough, and closes batches.
func walk(lines iter.Seq2[Line, error], batches chan<- []told, enough <-chan struct{}) {
	defer close(batches)
	batch, size := make([]told, 0, aheadLines), 0
	for l, err := range lines {
		batch = append(batch, told{l, err})
		for _, cell := range l.Cells {
			size += len(cell)
		}
		if len(batch) < aheadLines && size < aheadBytes {
			continue
		}
		select {
		case <-enough: // also while there is room
			return
		default:
		}
		select {
		case batches <- batch:
		case <-enough:
			return
		}
		batch, size = make([]told, 0, aheadLines), 0
	}
	select {
	case batches <- batch:
	case <-enough:
	}
}
