package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const remedyResave = "open it in Excel, look whether everything is there, and save it as a new .xlsx"

// part is a part of a workbook as a stream of tags and texts, read strictly: every byte of the part is well-formed XML,
// the checksum holds, and nothing stands behind the root element, or reading ends with an [*Error].
type part struct {
	xmlScan
	name string
	body io.ReadCloser
}

// open opens a part for one reading.
func (a *archive) open(name string) (*part, error) {
	file := a.parts[partName(name)]
	if file == nil {
		return nil, damaged("part %s of the workbook is missing", name)
	}
	p := &part{name: name}
	if file.CRC32 == 0 && file.UncompressedSize64 > 0 {
		return nil, p.damaged(errors.New("it has no checksum")) // archive/zip would not check it
	}
	if file.Flags&1 != 0 {
		return nil, &Error{Reason: fmt.Sprintf("part %s of the workbook is protected by a password", name),
			Remedy: "unpack the archive with its password and zip it without one, or save the sheet anew"}
	}
	var err error
	if p.body, err = file.Open(); err != nil {
		return nil, p.damaged(err)
	}
	if err := p.begin(file); err != nil {
		p.close()
		return nil, p.damaged(err)
	}
	return p, nil
}

// begin finds out how the part is encoded and reads its XML declaration.
func (p *part) begin(file *zip.File) error {
	text, wide := decodePart(p.body, file.UncompressedSize64)
	if file.UncompressedSize64 >= aheadFrom {
		p.in = newAhead(text)
	} else {
		p.in = newChecked(text, file.UncompressedSize64)
	}
	return p.prolog(wide)
}

// decodePart drops the byte order mark of a part of the given size and decodes UTF-16.
func decodePart(body io.Reader, size uint64) (text io.Reader, wide bool) {
	const longest, smallest, largest = 3, 16, 4096
	in := bufio.NewReaderSize(body, int(min(max(size, smallest), largest)))
	head, _ := in.Peek(longest) // a read error comes again with the first chunk
	for _, mark := range []struct {
		bytes string
		order binary.ByteOrder
	}{{utf8BOM, nil}, {"\xff\xfe", binary.LittleEndian}, {"\xfe\xff", binary.BigEndian}} {
		if !bytes.HasPrefix(head, []byte(mark.bytes)) {
			continue
		}
		in.Discard(len(mark.bytes)) // it has been peeked at
		if mark.order == nil {
			return in, false
		}
		return &utf16Text{in: in, order: mark.order}, true
	}
	return in, false
}

// next moves to the next tag: opens tells whether it opens an element, or closes one. It returns io.EOF at the sound end
// of the part.
func (p *part) next() (opens bool, err error) {
	opens, err = p.tag()
	if err == nil || errors.Is(err, io.EOF) {
		return opens, err
	}
	return false, p.damaged(err)
}

// innerText appends the text directly within the element that the last tag opened, up to its end, to dst.
func (p *part) innerText(dst []byte) ([]byte, error) {
	length := len(dst)
	for depth := p.depth; ; {
		var err error
		if dst, err = p.text(dst, true); err != nil {
			return dst, p.damaged(err)
		}
		if len(dst)-length > maxText {
			return dst, p.damaged(errLong)
		}
		opens, err := p.next()
		if err != nil {
			return dst, err
		}
		if opens {
			err = p.skip()
		}
		if err != nil || p.depth < depth {
			return dst, err
		}
	}
}

// skip reads to the end of the element that the last tag opened.
func (p *part) skip() error {
	for depth := p.depth; p.depth >= depth; {
		if _, err := p.next(); err != nil {
			return err
		}
	}
	return nil
}

// damaged is the Error for a part that cannot be read.
func (p *part) damaged(err error) *Error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = errCutOff
	}
	return damaged("part %s of the workbook is damaged: %v", p.name, err)
}

// damaged is the Error for a workbook of which something is broken or missing.
func damaged(reason string, args ...any) *Error {
	return &Error{Damaged: true, Reason: fmt.Sprintf(reason, args...), Remedy: remedyResave}
}

// close closes the part.
func (p *part) close() error {
	if p.in != nil {
		p.in.close()
	}
	return p.body.Close()
}

// visit reads a small part whole and calls see at each tag that opens an element of a namespace, or of none, with the
// name of the element around it.
func (a *archive) visit(name string, space namespace, see func(p *part, parent string) error) error {
	if f := a.parts[partName(name)]; f != nil && f.UncompressedSize64 > maxSmallPart {
		return &Error{Reason: fmt.Sprintf("part %s of the workbook is larger than %d MiB", name, maxSmallPart>>20),
			Remedy: remedyResave}
	}
	p, err := a.open(name)
	if err != nil {
		return err
	}
	defer p.close()
	path := []string{""}
	for {
		opens, err := p.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !opens {
			continue
		}
		path = append(path[:p.depth], string(p.local(space)))
		if err := see(p, path[p.depth-1]); err != nil {
			return err
		}
	}
}

// local is the name of the element that the last tag opened, if it is of the given namespace or of none, else nil.
func (m *xmlScan) local(space namespace) []byte {
	if m.space == space || m.space == spaceNone {
		return m.element
	}
	return nil
}
