package reconcile

import (
	"fmt"
	"io"
	"iter"
	"path/filepath"
)

// WriteProblems writes all problems of the lines to path, as problems.csv has them. It needs no run. The file appears whole
// or not at all.
func WriteProblems(path string, lines iter.Seq2[Line, error]) error {
	return writeAlone(path, lines, func(w io.Writer, _ string) (handler, error) { return newProblemsCSV(w) })
}

// Annotate writes the input as a workbook to path, problem cells coloured and commented, the account beside it. It needs
// no run: only Header, Lines, Marker and Temp of in count, and the worksheet's name in its Source. The file appears whole
// or not at all.
func Annotate(path string, in Input) error {
	return writeAlone(path, in.Lines, func(w io.Writer, dir string) (handler, error) {
		if in.Temp == "" {
			in.Temp = dir
		}
		return newAnnotated(w, &in)
	})
}

// writeAlone takes the lines through one handler, which writes the file at path and may use its folder.
func writeAlone(path string, lines iter.Seq2[Line, error], begin func(w io.Writer, dir string) (handler, error)) error {
	d, err := newDraft(path)
	if err != nil {
		return err
	}
	defer d.discard()
	dir := filepath.Dir(d.path)
	h, err := begin(d, dir)
	if err != nil {
		return fmt.Errorf("begin %s: %w", path, err)
	}
	if spooled, ok := h.(spooling); ok {
		defer spooled.discard()
	}
	for l, err := range lines {
		if err != nil {
			return err
		}
		if err := h.line(&l); err != nil {
			return fmt.Errorf("write row %d to %s: %w", l.Row, path, err)
		}
	}
	if err := h.close(nil); err != nil {
		return fmt.Errorf("end %s: %w", path, err)
	}
	if err := d.seal(); err != nil {
		return err
	}
	if err := d.publish(); err != nil {
		return err
	}
	syncDir(dir)
	return nil
}
