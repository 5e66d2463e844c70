package reconcile

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// annotatedCopy writes annotated.xlsx from the workbook that was the input: a copy of it in which cells with a problem are
// filled and commented, and to which the columns of the account are added. All parts but the sheet, its comments and the
// styles are the input's byte for byte, and no part is held in memory but the styles and the comments.
type annotatedCopy struct {
	*annotations
	book     *original
	out      *zip.Writer
	part     io.ReadCloser
	sheet    *sheetCopy
	styles   *copiedStyles
	comments *copiedComments
	anatomy  anatomy
	in       *Input
	further  []relation // of the sheet
}

// newAnnotatedCopy begins the copy. It returns errNotCopied, and has written nothing, if the workbook is of a kind that
// would come to harm.
func newAnnotatedCopy(w io.Writer, in *Input) (a *annotatedCopy, err error) {
	book, err := openOriginal(in.Origin.Path)
	if err != nil {
		return nil, err
	}
	a = &annotatedCopy{annotations: newAnnotations(in), book: book, in: in}
	if err = a.prepare(); err == nil {
		err = a.begin(w)
	}
	if err != nil {
		return nil, errors.Join(err, a.release())
	}
	return a, nil
}

// prepare reads what must be known before anything is written.
func (a *annotatedCopy) prepare() (err error) {
	if a.anatomy, err = a.book.locate(a.in.Origin.Sheet); err != nil {
		return err
	}
	styles, err := a.book.read(a.anatomy.styles)
	if err != nil {
		return err
	}
	if a.styles, err = newCopiedStyles(styles); err != nil {
		return err
	}
	survey, err := a.survey()
	if err != nil {
		return err
	}
	a.sheet = &sheetCopy{survey: survey, styles: a.styles}
	if err := a.placeColumns(); err != nil {
		return err
	}
	return a.readComments(survey.vml)
}

// survey reads the sheet once.
func (a *annotatedCopy) survey() (*survey, error) {
	in, err := a.book.parts[partKey(a.anatomy.sheet)].Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	x := newTokens(in)
	if head, _ := x.in.Peek(200); !isPlain(head) {
		return nil, errNotCopied
	}
	return surveySheet(x.in, a.in.Origin.HeaderRow)
}

// placeColumns finds room for the columns of the account: behind all that the sheet holds, or where an earlier annotation
// has put them.
func (a *annotatedCopy) placeColumns() error {
	const maxColumns = 16384
	s, own := a.sheet, a.in.Origin.Own
	s.ours.first = s.survey.width
	if n := len(own); n > 0 {
		s.cleared = columnRange{own[0], own[n-1] + 1}
		s.ours.first = own[0]
		if s.cleared.end-s.cleared.first != n || n < len(ownWidths()) && s.survey.width > s.cleared.end {
			return errNotCopied // there is data between them, or behind them and in our way
		}
	}
	s.ours.end = s.ours.first + len(ownWidths())
	if s.ours.end > maxColumns {
		return errNotCopied
	}
	return nil
}

// readComments reads the comments of the sheet and their drawing, and finds names for what there is not yet.
func (a *annotatedCopy) readComments(vml string) error {
	n := &a.anatomy
	var comments, shapes []byte
	var err error
	if n.comments == "" {
		n.comments = a.book.free("xl/comments%d.xml")
		a.further = append(a.further, relation{freeID(n.relations, "rIdRollcall"), "comments", n.comments})
	} else if comments, err = a.book.read(n.comments); err != nil {
		return err
	}
	if vml == "" {
		n.drawing = a.book.free("xl/drawings/vmlDrawing%d.vml")
		a.sheet.vml = freeID(slices.Concat(n.relations, a.further), "rIdRollcall")
		a.further = append(a.further, relation{a.sheet.vml, "vmlDrawing", n.drawing})
	} else {
		for _, r := range n.relations {
			if r.ID == vml {
				n.drawing = r.Target
			}
		}
		if shapes, err = a.book.read(n.drawing); err != nil {
			return err
		}
	}
	if a.comments, err = newCopiedComments(comments, shapes); err != nil {
		return err
	}
	a.comments.forget()
	return nil
}

// begin writes the parts that are not changed, and the sheet up to its header.
func (a *annotatedCopy) begin(w io.Writer) error {
	types, err := a.book.contentTypes(a.anatomy.comments)
	if err != nil {
		return err
	}
	a.out = zip.NewWriter(w)
	changed := map[string]bool{partKey(contentTypesPart): true}
	for _, name := range []string{a.anatomy.sheet, a.anatomy.styles, a.anatomy.comments, a.anatomy.drawing, relationsPart(a.anatomy.sheet)} {
		changed[partKey(name)] = true
	}
	if err := a.write(contentTypesPart, func(w io.Writer) error { _, err := w.Write(types); return err }); err != nil {
		return err
	}
	for _, f := range a.book.zip.File {
		if changed[partKey(f.Name)] {
			continue
		}
		if err := a.out.Copy(f); err != nil {
			return fmt.Errorf("copy %s: %w", f.Name, err)
		}
	}
	if a.part, err = a.book.parts[partKey(a.anatomy.sheet)].Open(); err != nil {
		return err
	}
	if a.sheet.out, err = a.out.Create(a.anatomy.sheet); err != nil {
		return err
	}
	a.sheet.in = newTokens(a.part)
	return a.header()
}

// write writes a part as a whole.
func (a *annotatedCopy) write(name string, write func(io.Writer) error) error {
	w, err := a.out.Create(name)
	if err == nil {
		err = write(w)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// header copies the sheet up to its header, which gets the names of our columns.
func (a *annotatedCopy) header() error {
	if err := a.advance(a.in.Origin.HeaderRow); err != nil {
		return err
	}
	var edits []edit
	for i, name := range a.in.Header {
		edits = append(edits, a.guard(i, name)...)
	}
	own := make([]cell, 0, len(ownWidths()))
	for _, name := range append(columns(), MarkerColumn) {
		own = append(own, cell{style: a.styles.header, text: name})
	}
	return a.sheet.writeRow(edits, own)
}

// advance moves to a row of the sheet.
func (a *annotatedCopy) advance(row int) error {
	err := a.sheet.advance(row)
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("row %d is not where the workbook had it: it has changed meanwhile", row)
	}
	return err
}

// guard is the edit that keeps a text of the input from losing an apostrophe when the sheet goes back in. A sheet that
// Rollcall wrote has it already.
func (a *annotatedCopy) guard(column int, text string) []edit {
	guarded := sheet.GuardXLSX(text)
	if guarded == text || a.in.Origin.Marked {
		return nil
	}
	return []edit{{column: a.sheetColumn(column), fill: -1, text: guarded}}
}

// sheetColumn is where a cell of a line stands: the columns of the header first, and those beyond it.
func (a *annotatedCopy) sheetColumn(i int) int {
	columns := a.in.Origin.Columns
	if i < len(columns) {
		return columns[i]
	}
	return columns[len(columns)-1] + 1 + i - len(columns)
}

func (a *annotatedCopy) line(l *Line) error {
	if err := a.advance(l.Row); err != nil {
		return err
	}
	var edits []edit
	for i, text := range l.Cells {
		edits = append(edits, a.guard(i, text)...)
	}
	for _, n := range a.of(l) {
		at := place{l.Row - 1, a.sheet.ours.first + n.column - len(a.in.Header)}
		if n.own {
			at.column = a.sheetColumn(n.column)
			edits = paint(edits, at.column, a.styles.problem(n.first))
		}
		if a.comments.size() < maxComments {
			a.comments.add(at, n.text)
		}
	}
	own := a.styles.account(nil, l)
	for i := range own { // the height of the row is the input's
		if text := onOneLine(own[i].text); text != own[i].text {
			own[i].text, own[i].plain = text, false
		}
	}
	return a.sheet.writeRow(edits, append(own, a.styles.cell(a.in.Marker, a.styles.text)))
}

// paint adds a colour to the edits of a row.
func paint(edits []edit, column, fill int) []edit {
	for i := range edits {
		if edits[i].column == column {
			edits[i].fill = fill
			return edits
		}
	}
	return append(edits, edit{column: column, fill: fill})
}

func (a *annotatedCopy) close(*Summary) error {
	if err := a.sheet.finish(); err != nil {
		return err
	}
	relations, err := a.book.withRelations(a.anatomy.sheet, a.further)
	if err != nil {
		return err
	}
	for _, p := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{a.anatomy.styles, a.styles.write},
		{a.anatomy.comments, a.comments.write},
		{a.anatomy.drawing, a.comments.writeShapes},
		{relationsPart(a.anatomy.sheet), func(w io.Writer) error { _, err := w.Write(relations); return err }},
	} {
		if err := a.write(p.name, p.write); err != nil {
			return err
		}
	}
	if err := a.out.Close(); err != nil {
		return fmt.Errorf("pack workbook: %w", err)
	}
	return a.release()
}

func (a *annotatedCopy) discard() { _ = a.release() }

// release lets go of the input.
func (a *annotatedCopy) release() error {
	var err error
	if a.part != nil {
		err, a.part = a.part.Close(), nil
	}
	if a.book.zip != nil {
		err = errors.Join(err, a.book.zip.Close())
		a.book.zip = nil
	}
	return err
}
