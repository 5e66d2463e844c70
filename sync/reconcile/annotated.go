package reconcile

import (
	"errors"
	"io"
	"slices"

	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// maxComments is how many cells get a comment. Excel becomes slow beyond it; the colour and the _message column are
// there in any case.
const maxComments = 5000

// annotated is what writes annotated.xlsx. It is worth keeping only if there was anything to annotate.
type annotated interface {
	handler
	spooling
	optional
}

// newAnnotated annotates a copy of the workbook that was the input. For another input, or a workbook that would come to
// harm, the rows go into a fresh workbook.
func newAnnotated(w io.Writer, in *Input) (annotated, error) {
	if in.Origin.Type == "xlsx" && len(in.Origin.Columns) > 0 {
		a, err := newAnnotatedCopy(w, in)
		if err == nil || !errors.Is(err, errNotCopied) {
			return a, err
		}
	}
	return newAnnotatedFresh(w, in)
}

// annotations groups the problems of a line by the cell to which they belong.
type annotations struct {
	width    int            // of the header
	column   map[string]int // of the input, by header
	problems int            // of all lines so far
}

func newAnnotations(in *Input) *annotations {
	a := &annotations{width: len(in.Header), column: map[string]int{}}
	for i, name := range slices.Backward(in.Header) {
		a.column[name] = i // the first of several wins
	}
	return a
}

// annotation is what is said of one cell.
type annotation struct {
	column int            // of the input, or behind those of the input that of the row's message
	own    bool           // it is a cell of the input
	first  *model.Problem // the one that gives the colour
	text   string         // of the comment
}

// place is the column of the sheet to which a problem belongs: the cell that is to blame, else the row's message.
func (a *annotations) place(p *model.Problem) (column int, ownCell bool) {
	if i, ok := a.column[p.Column]; ok && p.Column != "" {
		return i, true
	}
	return a.width + slices.Index(columns(), "_message"), false
}

// of is what is said of the cells of a line, in the order of its problems.
func (a *annotations) of(l *Line) []annotation {
	var all []annotation
	for i := range l.Problems {
		p := &l.Problems[i]
		column, own := a.place(p)
		if l.Status == plan.Skipped && !own {
			continue // why a row is skipped is its status, not a problem
		}
		a.problems++
		k := slices.IndexFunc(all, func(n annotation) bool { return n.column == column })
		if k < 0 {
			all = append(all, annotation{column: column, own: own, first: p, text: commentText(p)})
			continue
		}
		all[k].text += "\n\n" + commentText(p)
	}
	for i := range all {
		all[i].text = cut(all[i].text, 1000)
	}
	return all
}

// wanted reports whether the file is worth keeping.
func (a *annotations) wanted() bool { return a.problems > 0 }

// annotatedFresh writes annotated.xlsx as a workbook of its own.
type annotatedFresh struct {
	*annotations
	book     *workbook
	rows     *rowsGrid
	comments int // cells that have one
}

func newAnnotatedFresh(w io.Writer, in *Input) (*annotatedFresh, error) {
	book, err := newWorkbook(w, in.Temp)
	if err != nil {
		return nil, err
	}
	rows, err := book.newRowsGrid(annotatedName(in.Summary.Source.Sheet), in, false)
	if err != nil {
		return nil, err
	}
	return &annotatedFresh{annotations: rows.notes, book: book, rows: rows}, nil
}

// annotatedName is the name of the worksheet: the input's own if it leaves room for a number behind it.
func annotatedName(input string) string {
	if input == "" || len(input) > 25 {
		return "Rows"
	}
	return input
}

func (a *annotatedFresh) line(l *Line) error {
	if err := a.rows.line(l); err != nil {
		return err
	}
	for _, n := range a.of(l) {
		if err := a.comment(n.column, n.text); err != nil {
			return err
		}
	}
	return nil
}

// comment adds a comment to a cell of the last row.
func (a *annotatedFresh) comment(column int, text string) error {
	if a.comments == maxComments {
		return nil
	}
	a.comments++
	sheet, row := a.rows.last()
	cell, err := excelize.CoordinatesToCellName(column+1, row)
	if err != nil {
		return err
	}
	a.book.commented[sheet] = true
	text = withEscapes(text) // excelize does not
	return a.book.file.AddComment(sheet, excelize.Comment{Cell: cell, Author: "Rollcall", Text: text,
		Width: 340, Height: uint(70 + 18*(len(text)/45))})
}

func (a *annotatedFresh) close(*Summary) error {
	if err := a.rows.close(); err != nil {
		return err
	}
	return a.book.close()
}

func (a *annotatedFresh) discard() { _ = a.book.discard() }

func commentText(p *model.Problem) string {
	text := visibleText(p.Message)
	if p.Hint != "" {
		text += "\n" + visibleText(p.Hint)
	}
	return text + "\n(" + visibleText(string(p.Code)) + ")"
}
