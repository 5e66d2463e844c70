package sheet

import (
	"errors"
	"io"
	"unicode/utf8"
)

const (
	// chunkSize is how many bytes of a part are unpacked and checked at once.
	chunkSize = 64 << 10
	// aheadFrom is from which size on a part is unpacked ahead, by a goroutine of its own.
	aheadFrom = 256 << 10
	// aheadSize and aheadChunks are how much may wait for its reader. On a busy machine few large chunks are faster than
	// many small ones.
	aheadSize   = 256 << 10
	aheadChunks = 4
)

// source gives the text of a part in chunks, every character of which XML allows. What follows the last good character
// is an error of the next call, so that the place of the damage is known; at the sound end it is [io.EOF].
type source interface {
	// next returns the next chunk, which is not empty and valid until the following call.
	next() ([]byte, error)
	// close releases the source. It does not close what the source reads from.
	close()
}

// checked is a source that unpacks while its reader waits.
type checked struct {
	in   io.Reader
	buf  []byte
	rest int   // bytes at the end of buf that belong to the next chunk: the beginning of a character
	good int   // length of the last chunk
	err  error // what comes after the last chunk
}

// newChecked makes a source for a part of about the given size.
func newChecked(in io.Reader, size uint64) *checked {
	const spare = 16 // so that the end is seen in the same chunk
	return &checked{in: in, buf: make([]byte, min(size, chunkSize-spare)+spare)}
}

// next implements source.
func (c *checked) next() ([]byte, error) {
	return c.fill(c.buf, c.buf[c.good:c.good+c.rest])
}

// fill reads one chunk into buf, behind what is left of the one before.
func (c *checked) fill(buf, rest []byte) ([]byte, error) {
	if c.err != nil {
		return nil, c.err
	}
	n := copy(buf, rest)
	for n < len(buf) && c.err == nil {
		var read int
		read, c.err = c.in.Read(buf[n:])
		n += read
	}
	good, err := checkCharacters(buf[:n])
	c.good, c.rest = good, n-good
	switch {
	case err != nil:
		c.err = err
	case errors.Is(c.err, io.EOF) && c.rest > 0:
		c.err = errNoUTF8
	}
	if good == 0 {
		return nil, c.err
	}
	return buf[:good], nil
}

// close implements source.
func (c *checked) close() {}

// ahead is a source that unpacks in a goroutine of its own, which close ends and waits for.
type ahead struct {
	full chan []byte   // chunks in their order; closed behind the last one
	free chan []byte   // buffers whose chunk has been read
	stop chan struct{} // closed by close
	err  error         // what comes after the last chunk; set before full is closed
	last []byte        // buffer of the chunk that the reader has
}

// newAhead starts to unpack.
func newAhead(in io.Reader) *ahead {
	a := &ahead{full: make(chan []byte, aheadChunks), free: make(chan []byte, aheadChunks), stop: make(chan struct{})}
	for range aheadChunks {
		a.free <- make([]byte, aheadSize)
	}
	go a.run(&checked{in: in})
	return a
}

// run is the goroutine. The beginning of a character at the end of a chunk is kept apart, because the reader owns the
// chunk.
func (a *ahead) run(c *checked) {
	defer close(a.full)
	rest := make([]byte, 0, utf8.UTFMax)
	for {
		var buf []byte
		select {
		case buf = <-a.free:
		case <-a.stop:
			return
		}
		chunk, err := c.fill(buf, rest)
		if err != nil {
			a.err = err
			return
		}
		rest = append(rest[:0], buf[c.good:c.good+c.rest]...)
		select {
		case a.full <- chunk:
		case <-a.stop:
			return
		}
	}
}

// next implements source.
func (a *ahead) next() ([]byte, error) {
	if a.last != nil {
		a.free <- a.last[:cap(a.last)]
		a.last = nil
	}
	chunk, ok := <-a.full
	if !ok {
		return nil, a.err
	}
	a.last = chunk
	return chunk, nil
}

// close implements source.
func (a *ahead) close() {
	close(a.stop)
	for range a.full { // until the goroutine has ended
	}
}

// checkCharacters returns how many bytes of text are characters that XML allows, and why not all of them. A character
// that is cut off at the end is left out without an error.
func checkCharacters(text []byte) (good int, err error) {
	for good < len(text) {
		if n := plainBytes(text[good:]); n > 0 {
			good += n
			continue
		}
		if c := text[good]; c < utf8.RuneSelf {
			if !isCharacter(rune(c)) {
				return good, illegalCharacter(rune(c))
			}
			good++
			continue
		}
		r, size := utf8.DecodeRune(text[good:])
		if r == utf8.RuneError && size <= 1 {
			if !utf8.FullRune(text[good:]) {
				return good, nil
			}
			return good, errNoUTF8
		}
		if !isCharacter(r) {
			return good, illegalCharacter(r)
		}
		good += size
	}
	return good, nil
}
