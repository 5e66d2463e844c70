package sheet

import (
	"io"
	"runtime"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"
)

// wellFormed reports whether a file is UTF-8 from its beginning to its end, and fills in scan then. It reports false for one
// that cannot be read, too: whoever reads it next finds out why.
func wellFormed(file io.ReaderAt, size int64, scan *utf8Scan) bool {
	stretches := make([]stretch, runtime.GOMAXPROCS(0))
	var group errgroup.Group
	for i := range stretches {
		n := int64(len(stretches))
		s := &stretches[i]
		s.from, s.to = int64(i)*size/n, int64(i+1)*size/n
		group.Go(func() error {
			s.look(file, size)
			return nil
		})
	}
	_ = group.Wait() // never fails
	for i, s := range stretches {
		if !s.ok || i > 0 && s.from != stretches[i-1].to { // what lies between is no letter
			return false
		}
		scan.multibyte = scan.multibyte || s.multibyte
	}
	return true
}

// stretch is a part of a file. A letter that begins in it belongs to it whole: look moves both ends to where letters do.
type stretch struct {
	from, to  int64
	multibyte bool
	ok        bool // it is UTF-8
}

// look reads a stretch.
func (s *stretch) look(file io.ReaderAt, size int64) {
	const window = 1 << 16
	buf := make([]byte, window+utf8.UTFMax)
	at := s.from
	if at > 0 { // the stretch before has the rest of its last letter
		head := buf[:min(utf8.UTFMax-1, size-at)]
		if _, err := file.ReadAt(head, at); err != nil {
			return
		}
		for len(head) > 0 && !utf8.RuneStart(head[0]) {
			head = head[1:]
			at++
		}
		s.from = at
	}
	for at < s.to {
		chunk := buf[:min(window+utf8.UTFMax, size-at)]
		if n, err := file.ReadAt(chunk, at); err != nil && n < len(chunk) {
			return
		}
		end := int(min(window, s.to-at))
		read, multibyte := letters(chunk, end)
		if read < end {
			return
		}
		s.multibyte = s.multibyte || multibyte
		at += int64(read)
	}
	s.to, s.ok = at, true
}

// letters looks at the letters of UTF-8 that begin before end, and returns where the last of them ends: before end if a byte is
// none.
func letters(text []byte, end int) (read int, multibyte bool) {
	for read < end {
		if ascii := asciiLength(text[read:end]); ascii > 0 {
			read += ascii
			continue
		}
		r, size := utf8.DecodeRune(text[read:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		multibyte = true
		read += size
	}
	return read, multibyte
}
