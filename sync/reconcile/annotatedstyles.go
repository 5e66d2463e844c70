package reconcile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// The colours of cells with a problem.
const (
	stopsColor  = "FBD5D0"
	warnsColor  = "FFF0C2"
	headerColor = "E7EBF0"
	goodColor   = "1B6E43"
	badColor    = "B3261E"
	heldColor   = "8A5A00"
)

// copiedStyles is the styles of the input workbook and what the annotation adds to them: to each style of a cell with a
// problem a twin that has everything of it but the fill.
type copiedStyles struct {
	styles
	part    []byte
	prefix  string
	fonts   []string // further elements of each list
	fills   []string
	xfs     [][]byte // of the input, then further ones
	count   map[string]int
	painted []bool // by fill: it is the colour of a problem, from an earlier annotation
	font    []byte // what is in the first font, but weight and colour
	twins   map[[2]int]int
}

// newCopiedStyles reads the part of styles.
func newCopiedStyles(part []byte) (*copiedStyles, error) {
	s := &copiedStyles{part: part, count: map[string]int{}, twins: map[[2]int]int{}}
	if err := s.parse(); err != nil {
		return nil, err
	}
	if s.count["xf"] == 0 || s.count["fill"] == 0 || s.count["font"] == 0 || s.count["base"] == 0 {
		return nil, errNotCopied
	}
	s.addOwn()
	return s, nil
}

// parse takes the elements of the lists that grow.
func (s *copiedStyles) parse() error {
	const listDepth, itemDepth = 2, 3
	x, list := newTokens(bytes.NewReader(s.part)), ""
	for {
		err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read styles: %w", err)
		}
		begins := x.kind == tokenOpen || x.kind == tokenEmpty
		switch {
		case x.depth == 1 && x.kind == tokenOpen:
			prefix, _ := tagName(x.tok)
			s.prefix = string(prefix)
		case x.depth == listDepth && begins:
			list = x.local()
		case x.depth == itemDepth && begins:
			s.take(list, x)
		case x.depth >= itemDepth:
			s.takeInner(list, x)
		}
	}
}

// take begins an element of a list.
func (s *copiedStyles) take(list string, x *tokens) {
	switch list {
	case "fonts":
		s.count["font"]++
	case "fills":
		s.count["fill"]++
		s.painted = append(s.painted, false)
	case "cellStyleXfs":
		s.count["base"]++
	case "cellXfs":
		s.count["xf"]++
		s.xfs = append(s.xfs, bytes.Clone(x.tok))
	}
}

// takeInner takes what is in an element of a list.
func (s *copiedStyles) takeInner(list string, x *tokens) {
	switch list {
	case "fonts":
		if name := x.local(); s.count["font"] == 1 && x.depth > 3 && name != "b" && name != "color" {
			s.font = append(s.font, x.tok...)
		}
	case "fills":
		if x.opens("fgColor") {
			rgb, _, _ := attribute(x.tok, "rgb")
			color := strings.ToUpper(string(rgb))
			s.painted[len(s.painted)-1] = color == "FF"+stopsColor || color == "FF"+warnsColor
		}
	case "cellXfs":
		last := len(s.xfs) - 1
		s.xfs[last] = append(s.xfs[last], x.tok...)
	}
}

// addOwn adds what the columns of the account need.
func (s *copiedStyles) addOwn() {
	p := s.prefix
	font := func(bold bool, color string) int {
		weight := ""
		if bold {
			weight = "<" + p + "b/>"
		}
		if color != "" {
			color = "<" + p + `color rgb="FF` + color + `"/>`
		}
		s.fonts = append(s.fonts, "<"+p+"font>"+weight+string(s.font)+color+"</"+p+"font>")
		return s.count["font"] + len(s.fonts) - 1
	}
	xf := func(font, fill int, text bool) int {
		format, center := 0, ` horizontal="center"`
		if text {
			format, center = textFormat, ""
		}
		tag := fmt.Sprintf(`<%sxf numFmtId="%d" fontId="%d" fillId="%d" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyAlignment="1">`+
			`<%salignment vertical="top"%s/></%sxf>`, p, format, font, fill, p, center, p)
		s.xfs = append(s.xfs, []byte(tag))
		return len(s.xfs) - 1
	}
	header := s.fill(headerColor)
	s.text, s.number = xf(0, 0, true), xf(0, 0, false)
	s.header = xf(font(true, ""), header, true)
	s.good, s.bad, s.held = xf(font(false, goodColor), 0, true), xf(font(true, badColor), 0, true), xf(font(true, heldColor), 0, true)
	s.stops, s.warns = s.fill(stopsColor), s.fill(warnsColor) // fills, of which twin makes styles
	quoted := string(withAttribute(s.xfs[s.text], "quotePrefix", "1"))
	s.xfs = append(s.xfs, []byte(quoted))
	s.quoted = map[int]int{s.text: len(s.xfs) - 1}
}

// fill adds a colour.
func (s *copiedStyles) fill(color string) int {
	p := s.prefix
	s.fills = append(s.fills, fmt.Sprintf(`<%sfill><%spatternFill patternType="solid"><%sfgColor rgb="FF%s"/><%sbgColor indexed="64"/></%spatternFill></%sfill>`,
		p, p, p, color, p, p, p))
	return s.count["fill"] + len(s.fills) - 1
}

// twin is the style that is as another one, but with a fill.
func (s *copiedStyles) twin(style, fill int) int {
	if style >= s.count["xf"] {
		style = 0 // Excel does the same with a style that does not exist
	}
	key := [2]int{style, fill}
	if id, known := s.twins[key]; known {
		return id
	}
	xf := withAttribute(withAttribute(s.xfs[style], "fillId", strconv.Itoa(fill)), "applyFill", "1")
	s.xfs = append(s.xfs, xf)
	s.twins[key] = len(s.xfs) - 1
	return len(s.xfs) - 1
}

// isPainted reports whether a style has the colour of a problem from an earlier annotation.
func (s *copiedStyles) isPainted(style int) bool {
	if style >= s.count["xf"] {
		return false
	}
	fill := numberIn(s.xfs[style], "fillId", 0)
	return fill < len(s.painted) && s.painted[fill]
}

// write is the part with everything that was added.
func (s *copiedStyles) write(w io.Writer) error {
	const listDepth = 2
	added := map[string][]string{"fonts": s.fonts, "fills": s.fills}
	for _, xf := range s.xfs[s.count["xf"]:] {
		added["cellXfs"] = append(added["cellXfs"], string(xf))
	}
	total := map[string]int{"fonts": s.count["font"], "fills": s.count["fill"], "cellXfs": s.count["xf"]}
	x := newTokens(bytes.NewReader(s.part))
	for {
		err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		piece := x.tok
		if more := added[x.local()]; x.depth == listDepth && len(more) > 0 {
			switch x.kind {
			case tokenOpen:
				piece = withAttribute(piece, "count", strconv.Itoa(total[x.local()]+len(more)))
			case tokenClose:
				piece = slices.Concat([]byte(strings.Join(more, "")), piece)
			}
		}
		if _, err := w.Write(piece); err != nil {
			return err
		}
	}
}
