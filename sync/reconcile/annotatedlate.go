package reconcile

import (
	"errors"
	"io"
)

// annotatedLate writes annotated.xlsx from the first line on that has a problem: most runs have none, and the file would be thrown
// away. The lines before that one are walked again.
type annotatedLate struct {
	annotated // nil until there is a problem
	w         io.Writer
	in        *Input
	passed    int // lines without a problem so far
}

// newAnnotatedLate is [newAnnotated] where lines cannot be walked again.
func newAnnotatedLate(w io.Writer, in *Input) (annotated, error) {
	if in.Again == nil {
		return newAnnotated(w, in)
	}
	return &annotatedLate{w: w, in: in}, nil
}

func (a *annotatedLate) line(l *Line) error {
	if a.annotated == nil && len(l.Problems) == 0 {
		a.passed++
		return nil
	}
	if a.annotated == nil {
		if err := a.begin(); err != nil {
			return err
		}
	}
	return a.annotated.line(l)
}

// begin begins the file with the lines that have passed.
func (a *annotatedLate) begin() error {
	begun, err := newAnnotated(a.w, a.in)
	if err != nil {
		return err
	}
	a.annotated = begun
	left := a.passed
	if left == 0 {
		return nil
	}
	for l, err := range a.in.Again {
		if err == nil {
			err = begun.line(&l)
		}
		if err != nil {
			return err
		}
		if left--; left == 0 {
			return nil
		}
	}
	return errAgain
}

// errAgain says that the lines were others at the second walk.
var errAgain = errors.New("the lines before the first problem were not there again")

func (a *annotatedLate) close(s *Summary) error {
	if a.annotated == nil {
		return nil
	}
	return a.annotated.close(s)
}

func (a *annotatedLate) wanted() bool { return a.annotated != nil && a.annotated.wanted() }

func (a *annotatedLate) discard() {
	if a.annotated != nil {
		a.annotated.discard()
	}
}
