package sheet

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
)

// headerLength is the length of the local header of a part, without the name and the extra field behind it.
const headerLength = 30

// extent is the place of a part in the archive.
type extent struct {
	file  *zip.File
	begin int64 // of its packed bytes
	end   int64
}

// checkExtents refuses an archive whose parts overlap, so that a few bytes stand for many parts, and one whose local
// headers name other parts than its directory does: two programs would read two different workbooks.
func checkExtents(r io.ReaderAt, size int64, files []*zip.File) error {
	extents := make([]extent, 0, len(files))
	for _, f := range files {
		begin, err := f.DataOffset()
		if err != nil {
			return &Error{Damaged: true, Reason: fmt.Sprintf("part %s has no header: the workbook is damaged or cut off", f.Name),
				Remedy: "get the file again"}
		}
		if f.CompressedSize64 > uint64(size) {
			return misplaced(f)
		}
		extents = append(extents, extent{file: f, begin: begin, end: begin + int64(f.CompressedSize64)})
	}
	slices.SortFunc(extents, func(a, b extent) int { return cmp.Compare(a.begin, b.begin) })
	last := int64(0)
	for _, e := range extents {
		if e.end > size || !e.hasHeader(r, last) {
			return misplaced(e.file)
		}
		last = e.end
	}
	return nil
}

func misplaced(f *zip.File) *Error {
	return damaged("part %s overlaps another one, or is named otherwise in the directory of the archive", f.Name)
}

// hasHeader reports whether the local header of a part stands between the end of the part before and its own bytes, and
// names the same part. Between a part and the header of the next there may be other bytes.
func (e extent) hasHeader(r io.ReaderAt, last int64) bool {
	const signature, lengthsAt, longest = "PK\x03\x04", 26, headerLength + 2<<16
	begin := max(last, e.begin-longest)
	if begin > e.begin {
		return false
	}
	gap := make([]byte, e.begin-begin)
	if _, err := r.ReadAt(gap, begin); err != nil {
		return false
	}
	for at := bytes.LastIndex(gap, []byte(signature)); at >= 0; at = bytes.LastIndex(gap[:at], []byte(signature)) {
		header := gap[at:]
		if len(header) < headerLength {
			continue
		}
		name := int(binary.LittleEndian.Uint16(header[lengthsAt:]))
		extra := int(binary.LittleEndian.Uint16(header[lengthsAt+2:]))
		if headerLength+name+extra == len(header) {
			return string(header[headerLength:headerLength+name]) == e.file.Name
		}
	}
	return false
}
