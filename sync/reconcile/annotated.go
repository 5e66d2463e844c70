package reconcile

import (
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// maxComments is how many cells get a comment. Excel becomes slow beyond it; the colour and the _message column are
// there in any case.
const maxComments = 5000

// annotated writes annotated.xlsx.
type annotated struct {
	book     *workbook
	rows     *rowsGrid
	comments int // cells that have one
	problems int // of all rows
}

func newAnnotated(w io.Writer, in *Input) (*annotated, error) {
	book, err := newWorkbook(w, in.Temp)
	if err != nil {
		return nil, err
	}
	rows, err := book.newRowsGrid(annotatedName(in.Summary.Source.Sheet), in, false)
	if err != nil {
		return nil, err
	}
	if err := book.dropFirstSheet(); err != nil {
		return nil, err
	}
	return &annotated{book: book, rows: rows}, nil
}

// annotatedName is the name of the worksheet: the input's own if it leaves room for a number behind it.
func annotatedName(input string) string {
	if input == "" || len(input) > 25 || input == blankSheet {
		return "Rows"
	}
	return input
}

func (a *annotated) line(l *Line) error {
	if err := a.rows.line(l); err != nil {
		return err
	}
	var order []int
	texts := map[int][]string{}
	for i := range l.Problems {
		column, own := a.rows.place(&l.Problems[i])
		if l.Status == plan.Skipped && !own {
			continue // why a row is skipped is its status, not a problem
		}
		a.problems++
		if texts[column] == nil {
			order = append(order, column)
		}
		texts[column] = append(texts[column], commentText(&l.Problems[i]))
	}
	for _, column := range order {
		if err := a.comment(column, strings.Join(texts[column], "\n\n")); err != nil {
			return err
		}
	}
	return nil
}

// comment adds a comment to a cell of the last row.
func (a *annotated) comment(column int, text string) error {
	if a.comments == maxComments {
		return nil
	}
	a.comments++
	sheet, row := a.rows.last()
	cell, err := excelize.CoordinatesToCellName(column+1, row)
	if err != nil {
		return err
	}
	// excelize does not escape the text of a comment.
	text = escaped.ReplaceAllStringFunc(cut(text, 1000), func(s string) string { return "_x005F" + s })
	return a.book.file.AddComment(sheet, excelize.Comment{Cell: cell, Author: "Rollcall", Text: text,
		Width: 340, Height: uint(70 + 18*(len(text)/45))})
}

func (a *annotated) close(*Summary) error {
	if err := a.rows.close(); err != nil {
		return err
	}
	return a.book.close()
}

func (a *annotated) discard() { _ = a.book.discard() }

// wanted reports whether the file is worth keeping.
func (a *annotated) wanted() bool { return a.problems > 0 }

func commentText(p *model.Problem) string {
	text := visibleText(p.Message)
	if p.Hint != "" {
		text += "\n" + visibleText(p.Hint)
	}
	return text + "\n(" + visibleText(string(p.Code)) + ")"
}
