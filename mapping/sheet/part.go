package sheet

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDepth bounds how deep the elements of a part may nest. Sheets need less than ten levels.
const maxDepth = 64

const remedyResave = "open it in Excel, look whether everything is there, and save it as a new .xlsx"

// part is a part of a workbook as a stream of XML tokens, read strictly: every token of the part is well-formed, the
// checksum holds, and nothing stands behind the root element, or reading ends with an [*Error].
type part struct {
	name   string
	body   io.ReadCloser
	xml    *xml.Decoder
	depth  int    // of the element that the last token opened, or of the one around the last token
	rooted bool   // the root element has begun
	data   []byte // of text
}

// open opens a part for one reading.
func (a *archive) open(name string) (*part, error) {
	file := a.parts[partName(name)]
	if file == nil {
		return nil, &Error{Reason: fmt.Sprintf("part %s of the workbook is missing", name), Remedy: remedyResave}
	}
	p := &part{name: name}
	if file.CRC32 == 0 && file.UncompressedSize64 > 0 {
		return nil, p.damaged(errors.New("it has no checksum")) // archive/zip would not check it
	}
	body, err := file.Open()
	if err != nil {
		return nil, p.damaged(err)
	}
	in := bufio.NewReaderSize(body, 1<<15)
	text, encoding := decodePart(in)
	p.body, p.xml = body, xml.NewDecoder(text)
	p.xml.CharsetReader = func(label string, r io.Reader) (io.Reader, error) {
		if encoding != encodingUTF8 && strings.EqualFold(label, "utf-16") {
			return r, nil // decodePart has done it
		}
		return nil, fmt.Errorf("its encoding %q is not supported", label)
	}
	return p, nil
}

// decodePart drops the byte order mark of a part and decodes UTF-16.
func decodePart(in *bufio.Reader) (text io.Reader, encoding string) {
	const longest = 4
	head, _ := in.Peek(longest) // a read error comes again with the first token
	for _, b := range boms() {
		if strings.HasPrefix(string(head), b.bytes) {
			in.Discard(len(b.bytes))
			return decodeText(in, b.encoding), b.encoding
		}
	}
	return in, encodingUTF8
}

// token returns the next token, or io.EOF at the sound end of the part. Character data is valid until the next call.
func (p *part) token() (xml.Token, error) {
	t, err := p.xml.Token()
	if errors.Is(err, io.EOF) && p.rooted {
		return nil, io.EOF
	}
	if err != nil {
		return nil, p.damaged(err)
	}
	switch t := t.(type) {
	case xml.StartElement:
		if p.depth == 0 && p.rooted {
			return nil, p.damaged(errors.New("it has a second root element"))
		}
		p.rooted = true
		p.depth++
		if p.depth > maxDepth {
			return nil, p.damaged(fmt.Errorf("its elements nest deeper than %d levels", maxDepth))
		}
	case xml.EndElement:
		p.depth--
	case xml.CharData:
		if p.depth == 0 && strings.TrimSpace(string(t)) != "" {
			return nil, p.damaged(errors.New("it has text outside the root element"))
		}
	case xml.Directive:
		return nil, p.damaged(errors.New("it has a document type declaration"))
	}
	return t, nil
}

// skip reads to the end of the element that the last token opened.
func (p *part) skip() error {
	for depth := p.depth; p.depth >= depth; {
		if _, err := p.token(); err != nil {
			return err
		}
	}
	return nil
}

// text is the text directly within the element that the last token opened, up to its end.
func (p *part) text() (string, error) {
	p.data = p.data[:0]
	for depth := p.depth; p.depth >= depth; {
		t, err := p.token()
		if err != nil {
			return "", err
		}
		if data, ok := t.(xml.CharData); ok && p.depth == depth {
			p.data = append(p.data, data...)
		}
	}
	return string(p.data), nil
}

// damaged is the Error for a part that cannot be read.
func (p *part) damaged(err error) *Error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = errors.New("it is cut off")
	}
	return &Error{Reason: fmt.Sprintf("part %s of the workbook is damaged: %v", p.name, err), Remedy: remedyResave}
}

// close closes the part.
func (p *part) close() error { return p.body.Close() }

// elements reads a small part whole and hands each start element to visit, with the name of the element around it.
func (a *archive) elements(name string, visit func(parent string, el xml.StartElement) error) error {
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
		t, err := p.token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if el, ok := t.(xml.StartElement); ok {
			if err := visit(path[p.depth-1], el); err != nil {
				return err
			}
			path = append(path[:p.depth], el.Name.Local)
		}
	}
}

// attribute is the value of an attribute without a namespace, or "".
func attribute(el xml.StartElement, name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
