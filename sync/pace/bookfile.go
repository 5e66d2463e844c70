package pace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// What can be wrong with the file of a book.
var (
	errBusy    = errors.New("another process is at it")
	errDamaged = errors.New("it is damaged")
)

// The form of the file: the magic, then until, unknown, the number of starts and the starts as 64-bit numbers, and the
// checksum of all that. It is written in place and in one piece.
const (
	magic    = "RCPACE1\n"
	maxBytes = len(magic) + 8*(3+maxStarts) + crc32.Size
)

// bookFile is the file of a book, open and locked. The lock is a file of its own: it says that a book is new where there
// is none yet, and that it is damaged where one is empty.
type bookFile struct {
	lock, data *os.File
	fresh      bool // there was no book
}

// lockTries is how often to try to get the lock, which others hold for some microseconds.
const lockTries = 20

// openBook opens and locks the file of a book. The error is errBusy if another process holds it for longer than it should.
func openBook(path string) (*bookFile, error) {
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR|noFollow, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(filepath.Dir(path), 0o700); err == nil {
			lock, err = os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR|noFollow, 0o600)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := lockFile(lock); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	f := &bookFile{lock: lock}
	f.data, err = os.OpenFile(path, os.O_RDWR|noFollow, 0)
	if errors.Is(err, fs.ErrNotExist) {
		f.fresh = true
		f.data, err = os.OpenFile(path, os.O_CREATE|os.O_RDWR|noFollow, 0o600)
	}
	if err != nil {
		unlock(lock)
		return nil, errors.Join(err, lock.Close())
	}
	return f, nil
}

// lockFile gets the lock.
func lockFile(f *os.File) error {
	for range lockTries {
		held, err := tryLock(f)
		if err != nil {
			return fmt.Errorf("lock %s: %w", f.Name(), err)
		}
		if !held {
			return nil
		}
		runtime.Gosched()
	}
	return errBusy
}

// close lets others at it.
func (f *bookFile) close() {
	_ = f.data.Close() // what was written is with the system already
	unlock(f.lock)
	_ = f.lock.Close()
}

// load reads the book. A book that is not whole is errDamaged.
func (f *bookFile) load(b *book, buf []byte) error {
	if f.fresh {
		*b = book{starts: b.starts[:0]}
		return nil
	}
	n, err := f.data.ReadAt(buf[:maxBytes], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return b.decode(buf[:n])
}

// store writes the book.
func (f *bookFile) store(b *book, buf []byte) error {
	_, err := f.data.WriteAt(b.encode(buf[:0]), 0)
	return err
}

// encode appends the form of b to buf.
func (b *book) encode(buf []byte) []byte {
	buf = append(buf, magic...)
	for _, n := range [...]int64{b.until, b.unknown, int64(len(b.starts))} {
		buf = binary.LittleEndian.AppendUint64(buf, uint64(n))
	}
	for _, n := range b.starts {
		buf = binary.LittleEndian.AppendUint64(buf, uint64(n))
	}
	return binary.LittleEndian.AppendUint32(buf, crc32.ChecksumIEEE(buf))
}

// decode reads what encode has written. What stands behind it is of no account: the file never gets shorter.
func (b *book) decode(data []byte) error {
	const head = len(magic) + 3*8
	if len(data) < head || string(data[:len(magic)]) != magic {
		return errDamaged
	}
	number := func(i int) int64 { return int64(binary.LittleEndian.Uint64(data[len(magic)+8*i:])) }
	count := number(2)
	if count < 0 || count > maxStarts || len(data) < head+8*int(count)+crc32.Size {
		return errDamaged
	}
	end := head + 8*int(count)
	if crc32.ChecksumIEEE(data[:end]) != binary.LittleEndian.Uint32(data[end:]) {
		return errDamaged
	}
	b.until, b.unknown, b.starts = number(0), number(1), b.starts[:0]
	for i := range int(count) {
		b.starts = append(b.starts, number(3+i))
	}
	return nil
}
