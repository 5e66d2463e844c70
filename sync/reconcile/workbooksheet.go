package reconcile

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"strconv"

	"github.com/klauspost/compress/flate"
)

// cell is a cell to write: a text, a number or a boolean. The zero value is no cell.
type cell struct {
	style   int
	text    string
	n       int
	numeric bool // it is the number n
	plain   bool // text is known to be plain; see isPlainText

	raw   string // what a cell of another kind holds, as the file has it: the digits of a number, 0 or 1
	truth bool   // raw is a boolean
}

// isNone reports whether there is nothing to write of c.
func (c *cell) isNone() bool { return c.style == 0 && c.text == "" && c.raw == "" && !c.numeric }

// append appends c as XML to dst. The names of elements get a prefix.
func (c *cell) append(dst []byte, prefix string, column, row int) []byte {
	dst = append(append(append(dst, '<'), prefix...), `c r="`...)
	dst = strconv.AppendInt(appendColumn(dst, column), int64(row), 10)
	if dst = append(dst, '"'); c.style != 0 {
		dst = append(strconv.AppendInt(append(dst, ` s="`...), int64(c.style), 10), '"')
	}
	switch {
	case c.raw != "":
		if c.truth {
			dst = append(dst, ` t="b"`...)
		}
		dst = append(append(append(append(dst, "><"...), prefix...), "v>"...), c.raw...)
		dst = append(append(append(dst, "</"...), prefix...), "v>"...)
	case c.numeric:
		dst = append(append(append(dst, "><"...), prefix...), "v>"...)
		dst = strconv.AppendInt(dst, int64(c.n), 10)
		dst = append(append(append(dst, "</"...), prefix...), "v>"...)
	case c.text == "":
		return append(dst, "/>"...)
	default:
		dst = append(append(append(dst, ` t="inlineStr"><`...), prefix...), "is><"...)
		dst = append(append(dst, prefix...), "t"...)
		text := c.text
		if !c.plain {
			if isTrimmed(text) {
				dst = append(dst, ` xml:space="preserve"`...)
			}
			text = cellText(text)
		}
		dst = append(append(append(append(dst, '>'), text...), "</"...), prefix...)
		dst = append(append(append(dst, "t></"...), prefix...), "is>"...)
	}
	return append(append(append(dst, "</"...), prefix...), "c>"...)
}

// isTrimmed reports whether a reader might take blanks away from a text.
func isTrimmed(s string) bool {
	first, last := s[0], s[len(s)-1]
	return first <= ' ' || last <= ' '
}

// appendColumn appends the name of a column, from 0: A, Z, AA.
func appendColumn(dst []byte, column int) []byte {
	const letters = 26
	if column >= letters {
		dst = appendColumn(dst, column/letters-1)
	}
	return append(dst, byte('A'+column%letters))
}

// cellName is the reference of a cell: its column from 0, its row from 1.
func cellName(column, row int) string {
	return string(strconv.AppendInt(appendColumn(nil, column), int64(row), 10))
}

// sheetPart is a worksheet in the making. It waits, packed already, in a temporary file until the workbook is put together:
// so any number of sheets grow at the same time, and none of them in memory.
type sheetPart struct {
	name   string // of the part
	file   *os.File
	out    *bufio.Writer
	packer *flate.Writer
	sum    hash.Hash32
	size   int64 // unpacked
	buf    []byte
}

// packing is how hard sheets are packed: they consist of repetitions, which the fast way finds, too.
const packing = 3

// newSheetPart begins a part with a temporary file in dir.
func newSheetPart(name, dir string) (*sheetPart, error) {
	f, err := os.CreateTemp(dir, ".sheet.*.tmp")
	if err != nil {
		return nil, err
	}
	p := &sheetPart{name: name, file: f, out: bufio.NewWriterSize(f, 1<<16), sum: crc32.NewIEEE()}
	p.packer, err = flate.NewWriter(p.out, packing)
	return p, err
}

// write appends XML. Errors show in seal at the latest.
func (p *sheetPart) write(text string) error {
	p.buf = append(p.buf, text...)
	return p.flush(1 << 15)
}

// flush packs what has come together if it is more than a limit.
func (p *sheetPart) flush(limit int) error {
	if len(p.buf) < limit {
		return nil
	}
	p.sum.Write(p.buf) // never fails
	p.size += int64(len(p.buf))
	_, err := p.packer.Write(p.buf)
	p.buf = p.buf[:0]
	return err
}

// row appends a row.
func (p *sheetPart) row(number, height int, cells []cell) error {
	p.buf = append(strconv.AppendInt(append(p.buf, `<row r="`...), int64(number), 10), '"')
	if height > 0 {
		p.buf = append(strconv.AppendInt(append(p.buf, ` ht="`...), int64(height), 10), `" customHeight="1"`...)
	}
	p.buf = append(p.buf, '>')
	for i := range cells {
		if !cells[i].isNone() {
			p.buf = cells[i].append(p.buf, "", i, number)
		}
	}
	p.buf = append(p.buf, "</row>"...)
	return p.flush(1 << 15)
}

// seal ends the part.
func (p *sheetPart) seal() error {
	return errors.Join(p.flush(0), p.packer.Close(), p.out.Flush())
}

// packInto adds the part to a workbook.
func (p *sheetPart) packInto(z *zip.Writer) error {
	packed, err := p.file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = p.file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("pack %s: %w", p.name, err)
	}
	w, err := z.CreateRaw(&zip.FileHeader{Name: p.name, Method: zip.Deflate, CRC32: p.sum.Sum32(),
		CompressedSize64: uint64(packed), UncompressedSize64: uint64(p.size)})
	if err == nil {
		_, err = io.Copy(w, p.file)
	}
	if err != nil {
		return fmt.Errorf("pack %s: %w", p.name, err)
	}
	return nil
}

// discard removes the temporary file.
func (p *sheetPart) discard() {
	_ = p.file.Close()
	_ = os.Remove(p.file.Name())
}

// packer is the ZIP archive of a workbook, into which excelize writes all parts but our sheets.
type packer struct {
	*zip.Writer
	sheets map[string]*sheetPart
}

// Create begins a part, or packs the sheet of that name in its place.
func (p *packer) Create(name string) (io.Writer, error) {
	if sheet := p.sheets[name]; sheet != nil {
		return io.Discard, sheet.packInto(p.Writer)
	}
	return p.Writer.Create(name)
}
