package reconcile

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// commentAuthor is who signs our comments. A sheet that is annotated again loses the old ones.
const commentAuthor = "Rollcall"

// place is a cell, both counted from 0.
type place struct{ row, column int }

// name is the reference of the cell.
func (p place) name() string { return cellName(p.column, p.row+1) }

// comment is one that the input workbook has.
type comment struct {
	at     place
	author int
	data   []byte // the element
	end    int    // where in data its text ends, 0 if it has none
}

// copiedComments is the comments of the input's sheet and the shapes that show them, with ours.
type copiedComments struct {
	prefix  string
	head    []byte // up to the list, with the authors
	authors []string
	old     []comment
	tail    []byte
	shapes  []byte // the part of the drawing, nil if there is none yet
	ours    map[place]string
	order   []place
}

// newCopiedComments reads the two parts; both may be nil.
func newCopiedComments(comments, shapes []byte) (*copiedComments, error) {
	c := &copiedComments{shapes: shapes, ours: map[place]string{}}
	if comments == nil {
		comments = []byte(xml.Header + `<comments xmlns="` + spaceMain + `"><authors></authors><commentList></commentList></comments>`)
	}
	if err := c.parse(comments); err != nil {
		return nil, err
	}
	if len(c.tail) == 0 || !bytes.Contains(c.head, []byte("authors>")) {
		return nil, errNotCopied
	}
	return c, nil
}

// parse takes the part of comments apart.
func (c *copiedComments) parse(part []byte) error {
	const itemDepth = 3
	x, inList := newTokens(bytes.NewReader(part)), false
	for {
		err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read comments: %w", err)
		}
		switch {
		case !inList:
			if x.depth == 1 && x.kind == tokenOpen {
				prefix, _ := tagName(x.tok)
				c.prefix = string(prefix)
			}
			if x.opens("author") {
				c.authors = append(c.authors, "")
			}
			if x.kind == tokenText && x.depth == itemDepth && len(c.authors) > 0 {
				c.authors[len(c.authors)-1] += string(x.tok)
			}
			c.head = append(c.head, x.tok...)
			inList = x.opens("commentList") && x.kind == tokenOpen
		case x.depth < itemDepth && x.kind == tokenClose, len(c.tail) > 0:
			c.tail = append(c.tail, x.tok...)
		case x.depth >= itemDepth:
			c.take(x)
		}
	}
}

// take takes a piece of a comment.
func (c *copiedComments) take(x *tokens) {
	if x.opens("comment") {
		ref, _, _ := attribute(x.tok, "ref")
		column, row, err := excelize.CellNameToCoordinates(string(ref))
		if err != nil {
			column, row = 0, 0 // nowhere, and kept as it is
		}
		c.old = append(c.old, comment{at: place{row - 1, column - 1}, author: numberIn(x.tok, "authorId", -1)})
	}
	last := &c.old[len(c.old)-1]
	if x.kind == tokenClose && x.local() == "text" {
		last.end = len(last.data)
	}
	last.data = append(last.data, x.tok...)
}

// forget drops the comments of an earlier annotation.
func (c *copiedComments) forget() {
	c.old = slices.DeleteFunc(c.old, func(old comment) bool {
		ours := old.author >= 0 && old.author < len(c.authors) && c.authors[old.author] == commentAuthor
		if ours {
			c.shapes = withoutShape(c.shapes, old.at)
		}
		return ours
	})
}

// add adds a comment.
func (c *copiedComments) add(at place, text string) {
	c.order = append(c.order, at)
	c.ours[at] = text
}

// size is how many comments were added.
func (c *copiedComments) size() int { return len(c.order) }

// runs is a text as the contents of a comment.
func (c *copiedComments) runs(text string) string {
	return fmt.Sprintf(`<%sr><%st xml:space="preserve">%s</%st></%sr>`, c.prefix, c.prefix, cellText(text), c.prefix, c.prefix)
}

// write writes the part of comments. A cell has one comment only, so ours follows what a person said of the cell.
func (c *copiedComments) write(w io.Writer) error {
	p := c.prefix
	head := bytes.Clone(c.head)
	author := "<" + p + "author>" + commentAuthor + "</" + p + "author>"
	for _, end := range []string{"</" + p + "authors>", "<" + p + "authors/>"} {
		if i := bytes.LastIndex(head, []byte(end)); i >= 0 {
			whole := author + "</" + p + "authors>"
			if strings.HasSuffix(end, "/>") {
				whole = "<" + p + "authors>" + whole
			}
			head = slices.Concat(head[:i], []byte(whole), head[i+len(end):])
			break
		}
	}
	pieces, said := [][]byte{head}, map[place]bool{}
	for _, old := range c.old {
		text, also := c.ours[old.at]
		if said[old.at] = true; !also || old.end == 0 {
			pieces = append(pieces, old.data)
			continue
		}
		pieces = append(pieces, old.data[:old.end], []byte(c.runs("\n\n"+text)), old.data[old.end:])
	}
	for _, at := range c.order {
		if !said[at] {
			pieces = append(pieces, fmt.Appendf(nil, `<%scomment ref="%s" authorId="%d"><%stext>%s</%stext></%scomment>`,
				p, at.name(), len(c.authors), p, c.runs(c.ours[at]), p, p))
		}
	}
	for _, piece := range append(pieces, c.tail) {
		if _, err := w.Write(piece); err != nil {
			return err
		}
	}
	return nil
}

// writeShapes writes the drawing in which each comment has its box, hidden until a person points at the cell.
func (c *copiedComments) writeShapes(w io.Writer) error {
	part := c.shapes
	if part == nil {
		part = []byte(`<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" ` +
			`xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout>` +
			`<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">` +
			`<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype></xml>`)
	}
	end := bytes.LastIndex(part, []byte("</"))
	if end < 0 {
		return errNotCopied
	}
	if _, err := w.Write(part[:end]); err != nil {
		return err
	}
	had := map[place]bool{}
	for i := range c.old {
		had[c.old[i].at] = true
	}
	for i, at := range c.order {
		if had[at] {
			continue
		}
		if _, err := io.WriteString(w, shape(i, at, c.ours[at])); err != nil {
			return err
		}
	}
	_, err := w.Write(part[end:])
	return err
}

// shape is the box of a comment: beside its cell, as high as its text asks for.
func shape(n int, at place, text string) string {
	const columns = 4
	rows := 4 + len(text)/45 + strings.Count(text, "\n")
	return fmt.Sprintf(`<v:shape id="_x0000_s%d" type="#_x0000_t202" style="position:absolute;visibility:hidden" fillcolor="#ffffe1" `+
		`o:insetmode="auto" xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" `+
		`xmlns:x="urn:schemas-microsoft-com:office:excel"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>`+
		`<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"/><x:ClientData ObjectType="Note"><x:MoveWithCells/>`+
		`<x:SizeWithCells/><x:Anchor>%d, 15, %d, 2, %d, 15, %d, 4</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>%d</x:Row>`+
		`<x:Column>%d</x:Column></x:ClientData></v:shape>`,
		10000+n, at.column+1, max(at.row-1, 0), at.column+1+columns, max(at.row-1, 0)+rows, at.row, at.column)
}

// withoutShape is a drawing without the box of a cell. What is in it besides is not looked at: it need not be sound XML.
func withoutShape(part []byte, at place) []byte {
	const begin, end = "<v:shape ", "</v:shape>"
	row, column := fmt.Sprintf("<x:Row>%d</x:Row>", at.row), fmt.Sprintf("<x:Column>%d</x:Column>", at.column)
	for from := 0; ; {
		i := bytes.Index(part[from:], []byte(begin))
		if i < 0 {
			return part
		}
		i += from
		length := bytes.Index(part[i:], []byte(end))
		if length < 0 {
			return part
		}
		from = i + length + len(end)
		if one := part[i:from]; bytes.Contains(one, []byte(row)) && bytes.Contains(one, []byte(column)) {
			return slices.Concat(part[:i], part[from:])
		}
	}
}
