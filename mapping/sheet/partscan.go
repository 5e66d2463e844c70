package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

const (
	// maxDepth bounds how deep the elements of a part may nest. Sheets need less than ten levels.
	maxDepth = 64
	// maxTag bounds a tag, a comment and a processing instruction. Excel's longest tags hold a number format.
	maxTag = 256 << 10
	// maxText bounds a text between two tags. Excel's longest has 32,767 characters.
	maxText = 1 << 20
)

var (
	errCutOff  = errors.New("it is cut off")
	errLongTag = errors.New("it has a tag longer than 256 KiB")
	errLong    = errors.New("it has a text longer than 1 MiB")
)

// declaration is the XML declaration, section 2.8 of XML 1.0. The second group is the encoding in its quotes.
var declaration = regexp.MustCompile(`^<\?xml\s+version\s*=\s*(?:"1\.0"|'1\.0')` +
	`(\s+encoding\s*=\s*("[A-Za-z][A-Za-z0-9._-]*"|'[A-Za-z][A-Za-z0-9._-]*'))?` +
	`(?:\s+standalone\s*=\s*(?:"yes"|"no"|'yes'|'no'))?\s*\?>$`)

// xmlScan pulls the tags and texts out of the text of a part, as XML 1.0 and its namespaces have them, and nothing that
// they do not have. There is no type declaration, hence no entity but the five that every document knows.
type xmlScan struct {
	in  source
	buf []byte // window on the text: the unread part begins at pos
	pos int
	err error // why nothing follows buf, io.EOF at the sound end

	elements
	element []byte    // local name of the last start tag, valid until the next call like space and attrs
	space   namespace // of the last start tag
	attrs   []attr    // of the last start tag
	empty   bool      // the last start tag is its own end tag
}

// tag moves to the next tag. It reports whether that opens an element, or closes one. At the sound end of the part it
// returns io.EOF.
func (m *xmlScan) tag() (opens bool, err error) {
	if m.empty {
		m.empty = false
		m.pop()
		return false, nil
	}
	if !m.atTag() {
		if _, err := m.text(nil, false); err != nil {
			return false, err
		}
	}
	for {
		opens, err := m.parseTag(m.buf[m.pos:])
		if err == nil || !errors.Is(err, errShort) {
			return opens, err
		}
		if len(m.buf)-m.pos > maxTag {
			return false, errLongTag
		}
		if err := m.more(); err != nil {
			return false, m.cut(err)
		}
	}
}

// atTag reports whether a tag, and nothing else, stands at the position.
func (m *xmlScan) atTag() bool {
	return len(m.buf)-m.pos > 1 && m.buf[m.pos] == '<' && m.buf[m.pos+1] != '!' && m.buf[m.pos+1] != '?'
}

// text reads up to the next tag. It appends the text to dst if it is to be kept; the text is checked in any case. Only
// outside the root element does it meet the end of the part, and returns io.EOF.
func (m *xmlScan) text(dst []byte, keep bool) ([]byte, error) {
	if m.empty {
		return dst, nil
	}
	for !m.atTag() {
		run, err := m.run()
		if err != nil {
			return dst, err
		}
		if len(run) == 0 {
			if dst, err = m.special(dst, keep); err != nil {
				return dst, err
			}
			continue
		}
		if m.depth == 0 && len(bytes.Trim(run, " \t\r\n")) > 0 {
			return dst, errors.New("it has text outside the root element")
		}
		if dst, err = appendText(dst, run, keep); err != nil {
			return dst, err
		}
		if len(dst) > maxText {
			return dst, errLong
		}
	}
	return dst, nil
}

// run is the text up to the next angle bracket, empty if the position is at one.
func (m *xmlScan) run() ([]byte, error) {
	searched := 0
	for {
		i := bytes.IndexByte(m.buf[m.pos+searched:], '<')
		if i >= 0 {
			run := m.buf[m.pos : m.pos+searched+i]
			m.pos += len(run)
			return run, nil
		}
		searched = len(m.buf) - m.pos
		if searched > maxText {
			return nil, errLong
		}
		if err := m.more(); err != nil {
			if errors.Is(err, io.EOF) && m.depth == 0 {
				return m.lastRun()
			}
			return nil, m.cut(err)
		}
	}
}

// lastRun is the text behind the last tag of the part, and then its end.
func (m *xmlScan) lastRun() ([]byte, error) {
	run := m.buf[m.pos:]
	m.pos = len(m.buf)
	if len(run) == 0 && !m.rooted {
		return nil, errCutOff
	}
	if len(run) == 0 {
		return nil, io.EOF
	}
	return run, nil
}

// special reads what begins with an angle bracket at the position and is no tag: a comment, a processing instruction or
// a CDATA section, which is text. If it turns out to be a tag, it stays.
func (m *xmlScan) special(dst []byte, keep bool) ([]byte, error) {
	const longest = len("<![CDATA[")
	for len(m.buf)-m.pos < longest {
		if m.more() != nil {
			break // it matters only if what is there is not whole
		}
	}
	switch rest := m.buf[m.pos:]; {
	case bytes.HasPrefix(rest, []byte("<!--")):
		return dst, m.comment()
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		body, err := m.until(len("<![CDATA["), "]]>", maxText)
		if err == nil && m.depth == 0 {
			err = errors.New("it has text outside the root element")
		}
		if err != nil || !keep {
			return dst, err
		}
		return appendLines(dst, body), nil
	case bytes.HasPrefix(rest, []byte("<!DOCTYPE")):
		return dst, errors.New("it has a document type declaration")
	case bytes.HasPrefix(rest, []byte("<?")):
		return dst, m.instruction()
	case len(rest) < len("<!"):
		return dst, m.cut(m.err)
	case rest[1] == '!':
		return dst, fmt.Errorf("it has the markup %q", rest[:min(len(rest), longest)])
	}
	return dst, nil
}

// comment passes over a comment.
func (m *xmlScan) comment() error {
	body, err := m.until(len("<!--"), "-->", maxTag)
	if err != nil {
		return err
	}
	if bytes.Contains(body, []byte("--")) || bytes.HasSuffix(body, []byte("-")) {
		return errors.New("it has a comment with -- in it")
	}
	return nil
}

// instruction passes over a processing instruction.
func (m *xmlScan) instruction() error {
	body, err := m.until(len("<?"), "?>", maxTag)
	if err != nil {
		return err
	}
	target, err := scanName(body)
	if err != nil || len(target.prefix) > 0 || strings.EqualFold(string(target.local), "xml") ||
		len(body) > target.length && !isSpace(body[target.length]) {
		return fmt.Errorf("it has the processing instruction %.20q", body)
	}
	return nil
}

// until passes over markup with a start of the given length and the given end, and returns what stands between.
func (m *xmlScan) until(start int, end string, longest int) ([]byte, error) {
	searched := start
	for {
		rest := m.buf[m.pos:]
		if i := bytes.Index(rest[searched:], []byte(end)); i >= 0 {
			m.pos += searched + i + len(end)
			return rest[start : searched+i], nil
		}
		searched = max(start, len(rest)-len(end)+1)
		if len(rest) > longest {
			return nil, errLong
		}
		if err := m.more(); err != nil {
			return nil, m.cut(err)
		}
	}
}

// more moves the window on by one chunk and keeps what has not been read.
func (m *xmlScan) more() error {
	if m.err != nil {
		return m.err
	}
	chunk, err := m.in.next()
	if err != nil {
		m.err = err
		return err
	}
	m.buf = m.buf[:copy(m.buf, m.buf[m.pos:])]
	m.pos = 0
	m.buf = append(m.buf, chunk...)
	return nil
}

// cut is the error for text that ends with err within markup.
func (m *xmlScan) cut(err error) error {
	if errors.Is(err, io.EOF) {
		return errCutOff
	}
	return err
}

// prolog reads the XML declaration, if there is one. wide tells that the part is in UTF-16, as its byte order mark says.
func (m *xmlScan) prolog(wide bool) error {
	const begin = "<?xml"
	for len(m.buf) <= len(begin) {
		if err := m.more(); errors.Is(err, io.EOF) {
			return nil // tag will find out what is missing
		} else if err != nil {
			return err
		}
	}
	if !bytes.HasPrefix(m.buf, []byte(begin)) || !isSpace(m.buf[len(begin)]) {
		return nil
	}
	if _, err := m.until(len(begin), "?>", maxTag); err != nil {
		return err
	}
	found := declaration.FindSubmatch(m.buf[:m.pos])
	if found == nil {
		return fmt.Errorf("its XML declaration %.60q cannot be read", m.buf[:m.pos])
	}
	switch label := strings.ToLower(strings.Trim(string(found[2]), `"'`)); {
	case label == "", label == "utf-8", label == "us-ascii", wide && label == "utf-16":
		return nil
	default:
		return fmt.Errorf("its encoding %q is not supported", label)
	}
}
