package sheet

import (
	"errors"
	"fmt"
	"strings"
)

// openXLSX builds the reader of a workbook. It reads the chosen sheet twice: once to its end, so that a damaged sheet is
// refused before anybody has acted on its first rows, and once for its rows. Both readings are the same code, so that
// nothing can be read that was not checked.
func openXLSX(file *input, opts Options) (*reader, error) {
	parts, err := openArchive(file, file.size)
	if err != nil {
		return nil, err
	}
	if err := parts.refuseOther(); err != nil {
		return nil, err
	}
	book, err := readWorkbook(parts, opts.TempDir)
	if err != nil {
		return nil, err
	}
	r := &reader{file: file, whole: opts.Whole, info: Info{Path: file.path, Type: "xlsx", Sheets: book.names()}}
	r.info.note(file.nameNotice("xlsx"))
	if err := book.begin(r, opts); err != nil {
		return nil, errors.Join(err, book.texts.close())
	}
	return r, nil
}

// begin chooses the sheet, checks it and moves r behind its header.
func (w *workbook) begin(r *reader, opts Options) error {
	chosen, err := w.choose(opts.Sheet)
	if err != nil {
		return err
	}
	r.info.Sheet = chosen.name
	if others := w.otherNames(chosen); opts.Sheet == "" && len(others) > 0 {
		r.info.note(fmt.Sprintf("other sheets: %s; choose with source.sheet", strings.Join(others, ", ")))
	}
	if w.external {
		r.info.note("the workbook refers to other workbooks; the values that it stored last are read")
	}
	var check *found
	if !opts.Early {
		if check, err = w.check(chosen); err != nil {
			return err
		}
	}
	rows, err := w.scanSheet(chosen)
	if err != nil {
		return err
	}
	r.source, rows.early = rows, opts.Early
	if check != nil {
		rows.merges = &check.merges
		r.info.noteAll(check.notices())
	}
	if err := r.readHeader(opts.HeaderRow); err != nil {
		return errors.Join(err, rows.part.close())
	}
	if hidden := w.hiddenNames(r.info.Marked); len(hidden) > 0 {
		r.info.note(fmt.Sprintf("hidden sheets: %s", strings.Join(hidden, ", ")))
	}
	if check != nil {
		r.info.note(check.columnNotice(r.sheetWidth()))
	}
	return nil
}

// conclude tells what only the end of a sheet tells whose rows were given early.
func (s *sheetScan) conclude(info *Info, width int) {
	if !s.early {
		return
	}
	s.early = false
	info.noteAll(s.found.notices())
	info.note(s.found.columnNotice(width))
	info.Merged = s.found.areas > 0
}

// check reads a sheet to its end.
func (w *workbook) check(s worksheet) (*found, error) {
	scan, err := w.scanSheet(s)
	if err != nil {
		return nil, err
	}
	err = scan.readThrough()
	return &scan.found, errors.Join(err, scan.part.close())
}
