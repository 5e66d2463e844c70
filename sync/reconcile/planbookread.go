package reconcile

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// openSheet opens a worksheet whose header stands in the first row.
func (planBook) openSheet(path, name, temp string) (sheet.Reader, error) {
	return sheet.Open(path, sheet.Options{Sheet: name, HeaderRow: 1, TempDir: temp})
}

func (f planBook) head(path, temp string) (head PlanHead, err error) {
	strange := fmt.Errorf("%s: %w: its hidden sheet %s, which says of which plan it is, is gone or was changed; give the file that "+
		"`rollcall plan -o` has written, saved as a workbook", path, ErrNoPlanFile, planMarker)
	first, err := sheet.Open(path, sheet.Options{HeaderRow: 1, TempDir: temp})
	if err != nil {
		return head, err
	}
	info := first.Info()
	if err := first.Close(); err != nil {
		return head, err
	}
	if info.Type != "xlsx" || !slices.Contains(info.Sheets, planMarker) || !slices.Contains(info.Sheets, planSheet) {
		return head, strange
	}
	r, err := f.openSheet(path, planMarker, temp)
	if err != nil {
		return head, err
	}
	defer r.Close()
	var row sheet.Row
	if err := r.Read(&row); errors.Is(err, io.EOF) {
		return head, strange
	} else if err != nil {
		return head, err
	}
	if unmarshalStrict([]byte(row.Cells[0].Text), &head) != nil || head.Run == "" {
		return head, strange
	}
	return head, nil
}

func (f planBook) rows(path, temp string) iter.Seq2[PlanRow, error] {
	return func(yield func(PlanRow, error) bool) {
		names, err := f.sheets(path, temp)
		if err != nil {
			yield(PlanRow{}, err)
			return
		}
		for _, name := range names {
			wanted := true
			err := f.sheetRows(path, name, temp, func(r PlanRow) bool {
				wanted = yield(r, nil)
				return wanted
			})
			if err != nil && wanted {
				yield(PlanRow{}, err)
			}
			if err != nil || !wanted {
				return
			}
		}
	}
}

// sheets is the worksheets over which the plan goes, Plan, Plan 2 and so on.
func (f planBook) sheets(path, temp string) (names []string, err error) {
	r, err := f.openSheet(path, planSheet, temp)
	if err != nil {
		return nil, err
	}
	for _, name := range r.Info().Sheets {
		if rest, is := strings.CutPrefix(name, planSheet); is && (rest == "" || isPart(rest)) {
			names = append(names, name)
		}
	}
	return names, r.Close()
}

// isPart reports whether what stands behind the name of a sheet is the number of a part.
func isPart(rest string) bool {
	digits, is := strings.CutPrefix(rest, " ")
	n, err := strconv.Atoi(digits)
	return is && err == nil && n > 1
}

// sheetRows reads one worksheet.
func (f planBook) sheetRows(path, name, temp string, yield func(PlanRow) bool) (err error) {
	r, err := f.openSheet(path, name, temp)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	want := append([]string{approveName}, f.columns()...)
	if !slices.Equal(r.Header(), want) {
		return fmt.Errorf("%s: %w: the header of sheet %s is not %s; undo what was done to the columns", path, ErrNoPlanFile, name, strings.Join(want, ", "))
	}
	var row sheet.Row
	for {
		if err := r.Read(&row); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if !yield(newPlanRow(name, &row)) {
			return nil
		}
	}
}

// newPlanRow is a row of a worksheet.
func newPlanRow(name string, row *sheet.Row) PlanRow {
	texts := row.Texts()
	for len(texts) > problemsAt+1 && texts[len(texts)-1] == "" { // a cell that was emptied again
		texts = texts[:len(texts)-1]
	}
	r := PlanRow{sheet: name, line: row.Number, Said: texts[approveAt], Texts: texts[rowAt:]}
	r.Row, _ = strconv.Atoi(texts[rowAt]) // row 0 is in no plan
	r.Approval = approvalOf(r.Said)
	return r
}

// approvalOf is what a word means.
func approvalOf(word string) Approval {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case approvedWord, "y", "true", "1", "x":
		return Approved
	case declinedWord, "n", "false", "0", "":
		return Declined
	}
	return Unclear
}
