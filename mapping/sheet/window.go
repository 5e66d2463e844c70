package sheet

import (
	"errors"
	"io"
)

// errLongRecord is what the window says to a record beyond maxRecord.
var errLongRecord = errors.New("the record is too long")

// window is the part of a text that is in memory: one record, whole, and what has been read behind it.
type window struct {
	in     io.Reader
	buf    []byte
	begin  int   // of the current record in buf
	length int   // of the current record, with its line end
	end    int   // of what has been read into buf; a block more is there for those who look at blocks
	err    error // why no more can be read: io.EOF, the reader's error, or errLongRecord
}

// has reports whether the record has a byte at a place, and reads on for it if need be.
func (w *window) has(at int) bool {
	return w.begin+at < w.end || w.more()
}

// more reads more of the text into the window, which keeps the current record and all places in it. Where it fails,
// w.err says why.
func (w *window) more() bool {
	if w.err != nil && !errors.Is(w.err, errLongRecord) {
		return false
	}
	w.err = nil
	if w.begin > 0 {
		w.end = copy(w.buf, w.buf[w.begin:w.end])
		w.begin = 0
	}
	if w.end >= maxRecord {
		w.err = errLongRecord
		return false
	}
	if w.end >= len(w.buf)-blockLength {
		length := min(max(2*len(w.buf), firstWindow), maxRecord+blockLength)
		w.buf = append(w.buf, make([]byte, length-len(w.buf))...)
	}
	return w.read()
}

// read reads once into the free part of the window.
func (w *window) read() bool {
	const patience = 100 // readings that give nothing and say nothing
	for range patience {
		n, err := w.in.Read(w.buf[w.end : len(w.buf)-blockLength])
		w.end += n
		if n > 0 {
			// The error is not lost: a reader repeats it, and some report it beside their last bytes.
			if err != nil {
				w.err = err
			}
			return true
		}
		if err != nil {
			w.err = err
			return false
		}
	}
	w.err = io.ErrNoProgress
	return false
}

// ahead is the text to come, as far as the window reaches, and whether the text ends there.
func (w *window) ahead() (text []byte, whole bool, err error) {
	for w.end-w.begin < sampleSize {
		if !w.more() {
			break
		}
	}
	if w.err != nil && !errors.Is(w.err, io.EOF) {
		return nil, false, w.err
	}
	text = w.buf[w.begin:w.end]
	return text[:min(len(text), sampleSize)], w.err != nil && len(text) <= sampleSize, nil
}

// discard drops the beginning of the text to come.
func (w *window) discard(n int) { w.begin += n }

// record is the text of the current record. It is valid until the next one.
func (w *window) record() []byte { return w.buf[w.begin : w.begin+w.length] }

// from is the text of the current record and of what follows, up to a length or as far as the window reachew.
func (w *window) from(length int) []byte {
	return w.buf[w.begin:min(w.begin+max(length, w.length), w.end)]
}
