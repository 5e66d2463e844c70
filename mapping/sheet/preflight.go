package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"
)

// Bounds of a workbook, so that a small file cannot fill the memory or the day.
const (
	maxParts     = 2000
	maxUnpacked  = 3 << 30  // of all parts together: a full worksheet of twenty columns, and our report of it, hold a good gigabyte
	maxSmallPart = 32 << 20 // of a part that is not the sheet or its texts
	maxRatio     = 200      // unpacked to packed, for parts over ratioFrom
	ratioFrom    = 1 << 20
	maxPacked    = 16 << 20 // of a part whose packed bytes are held in memory
)

// archive is the ZIP archive of a workbook after the checks that its directory allows: no bomb, no part twice.
type archive struct {
	parts map[string]*zip.File // by partName
}

// partName is how parts are compared: without a leading slash, and without regard to case.
func partName(name string) string {
	return strings.ToLower(strings.TrimLeft(strings.ReplaceAll(name, `\`, "/"), "/"))
}

// openArchive checks the directory of the archive. The sizes in it are only claims, but archive/zip ends the reading of
// a part that is longer or shorter than claimed with an error, so that the claims bound what is really unpacked.
func openArchive(file io.ReaderAt, size int64) (*archive, error) {
	if n := claimedParts(file, size); n > maxParts {
		return nil, tooManyParts(n)
	}
	z, err := zip.NewReader(file, size)
	if err != nil {
		return nil, &Error{Damaged: true, Reason: "the workbook is damaged or cut off: " + err.Error(), Remedy: "get the file again"}
	}
	if len(z.File) > maxParts {
		return nil, tooManyParts(len(z.File))
	}
	z.RegisterDecompressor(zip.Deflate, unpack)
	a := &archive{parts: make(map[string]*zip.File, len(z.File))}
	total := uint64(0)
	for _, f := range z.File {
		name := partName(f.Name)
		if _, twice := a.parts[name]; twice {
			return nil, damaged("the workbook has part %s twice", f.Name)
		}
		a.parts[name] = f
		// Each size is compared before it is added, so that the sum cannot wrap around.
		if f.UncompressedSize64 > maxUnpacked || total+f.UncompressedSize64 > maxUnpacked {
			return nil, &Error{Reason: fmt.Sprintf("the workbook expands to more than %d MiB", maxUnpacked>>20),
				Remedy: "split it, or save the sheet as CSV"}
		}
		total += f.UncompressedSize64
		if f.UncompressedSize64 > ratioFrom && f.UncompressedSize64/maxRatio > f.CompressedSize64 {
			return nil, &Error{Reason: fmt.Sprintf("part %s expands to more than %d times its size", f.Name, maxRatio),
				Remedy: remedyResave}
		}
	}
	return a, checkExtents(file, size, z.File)
}

// unpack inflates a part, in two thirds of the time that the standard library takes, or in half of it if the packed bytes
// are in memory. archive/zip gives them as a section of the file.
func unpack(packed io.Reader) io.ReadCloser {
	section, ok := packed.(*io.SectionReader)
	if !ok || section.Size() > maxPacked {
		return flate.NewReader(packed)
	}
	whole := make([]byte, section.Size())
	if _, err := section.ReadAt(whole, 0); err != nil {
		return flate.NewReader(packed) // it will meet the same error
	}
	return flate.NewReader(bytes.NewReader(whole))
}

// claimedParts is how many parts the end of the archive claims. It is read before the directory, which may be long.
func claimedParts(r io.ReaderAt, size int64) int {
	const endLength, countAt = 22, 10
	tail := make([]byte, min(size, endLength+1<<16))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil {
		return 0
	}
	end := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if end < 0 || len(tail)-end < endLength {
		return 0
	}
	return int(binary.LittleEndian.Uint16(tail[end+countAt:]))
}

func tooManyParts(n int) *Error {
	return &Error{Reason: fmt.Sprintf("the workbook has %d parts, more than %d", n, maxParts), Remedy: remedyResave}
}

// refuseOther returns the Error for an archive that is not an XLSX workbook.
func (a *archive) refuseOther() error {
	for _, other := range []struct{ prefix, reason, remedy string }{
		{"xl/workbook.bin", "it is a binary workbook (.xlsb)", "open it in Excel and save it as .xlsx"},
		{"content.xml", "it is an OpenDocument file (.ods)", "open it and save it as .xlsx"},
		{"index/document.iwa", "it is a Numbers file", "export it from Numbers as .xlsx or CSV"},
		{"word/", "it is a Word document", "export the table as CSV or XLSX"},
		{"ppt/", "it is a PowerPoint presentation", "export the table as CSV or XLSX"},
	} {
		if a.has(other.prefix) {
			return &Error{Reason: other.reason, Remedy: other.remedy}
		}
	}
	if !a.has("xl/") {
		return &Error{Reason: "it is a ZIP archive and not a workbook", Remedy: "unpack it and give the sheet in it"}
	}
	return nil
}

// has reports whether the name of a part begins with prefix.
func (a *archive) has(prefix string) bool {
	for name := range a.parts {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
