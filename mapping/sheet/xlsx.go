package sheet

import (
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
	book, err := readWorkbook(parts)
	if err != nil {
		return nil, err
	}
	chosen, err := book.choose(opts.Sheet)
	if err != nil {
		return nil, err
	}
	info := Info{Path: file.path, Type: "xlsx", Sheet: chosen.name, Sheets: book.names()}
	info.note(file.nameNotice("xlsx"))
	if hidden := book.hiddenNames(); len(hidden) > 0 {
		info.note(fmt.Sprintf("hidden sheets: %s", strings.Join(hidden, ", ")))
	}
	check, err := book.scanSheet(chosen)
	if err != nil {
		return nil, err
	}
	defer check.close()
	if err := check.readThrough(); err != nil {
		return nil, err
	}
	info.Notices = append(info.Notices, check.notices()...)
	scan, err := book.scanSheet(chosen)
	if err != nil {
		return nil, err
	}
	r := &reader{file: file, source: scan, info: info}
	return r, r.readHeader(opts.HeaderRow)
}
