package reconcile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// PlanFileVersion is the version of plan files. It grows when a member or a column changes its meaning or its form: a file of
// another version is not read.
const PlanFileVersion = 1

// ErrNoPlanFile says that a file is none that WritePlan has written.
var ErrNoPlanFile = errors.New("it is no plan file")

// PlanHead is what a plan file says of its plan: the first line of a JSONL file, the hidden worksheet of a workbook.
type PlanHead struct {
	Version  int               `json:"version"`
	Run      string            `json:"run"`
	Target   string            `json:"target"`   // such as cro
	Resource string            `json:"resource"` // such as cro/contact
	Account  Account           `json:"account"`
	Source   Source            `json:"source"`
	Hashes   map[string]string `json:"hashes"` // what the plan is bound to: sheet, job, target, account
	Made     time.Time         `json:"made"`
	Counts   PlanCounts        `json:"counts"`
	Planned  Planned           `json:"planned"`
	Requests PlanRequests      `json:"requests"`
	Digest   string            `json:"digest"` // of all lines: see PlanTally
}

// PlanRequests is what a plan costs.
type PlanRequests struct {
	Forecast int `json:"forecast"` // of plan and apply together
	Planning int `json:"planning"` // of them sent by plan
}

// PlanCounts is how many lines of a plan there are, and how many of them have each status.
type PlanCounts map[string]int

// planFormat is one way to write a plan file.
type planFormat interface {
	// columns is the names of what a line says, all but what is approved.
	columns() []string
	// texts is what a line says, by column.
	texts(l *PlanLine) []string
	// words is what may stand where it is approved.
	words() string
	// begin begins to write a file.
	begin(w io.Writer, head *PlanHead, temp string) (planWriter, error)
	// head reads what the file at path says of its plan.
	head(path, temp string) (PlanHead, error)
	// rows reads the lines of the file at path.
	rows(path, temp string) iter.Seq2[PlanRow, error]
}

// planWriter writes one plan file.
type planWriter interface {
	line(l *PlanLine) error
	close() error
	discard()
}

// planFormats is the formats, by the ending of the name.
func planFormats() map[string]planFormat {
	return map[string]planFormat{".jsonl": planJSON{}, ".xlsx": planBook{}}
}

// PlanFileNames is how the names of plan files end.
func PlanFileNames() []string { return sortedKeys(planFormats()) }

// IsPlanFile reports whether path has the name of a plan file.
func IsPlanFile(path string) bool {
	return slices.Contains(PlanFileNames(), strings.ToLower(filepath.Ext(path)))
}

// formatOf is the format that the name of a file asks for.
func formatOf(path string) (planFormat, error) {
	if f := planFormats()[strings.ToLower(filepath.Ext(path))]; f != nil {
		return f, nil
	}
	return nil, fmt.Errorf("%w: %s must end in %s", ErrNoPlanFile, path, strings.Join(PlanFileNames(), " or "))
}

// WritePlan writes a plan to path, every row that waits for apply approved. Temporary files go into temp. The file appears whole or
// not at all.
func WritePlan(path string, head PlanHead, lines iter.Seq2[PlanLine, error], temp string) error {
	format, err := formatOf(path)
	if err != nil {
		return err
	}
	d, err := newDraft(path)
	if err != nil {
		return err
	}
	defer d.discard()
	w, err := format.begin(d, &head, temp)
	if err != nil {
		return fmt.Errorf("begin %s: %w", path, err)
	}
	defer w.discard()
	if err := writeLines(w, lines); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := d.seal(); err != nil {
		return err
	}
	if err := d.publish(); err != nil {
		return err
	}
	syncDir(filepath.Dir(d.path))
	return nil
}

// PrintPlan writes a plan to out, as [WritePlan] writes JSON Lines.
func PrintPlan(out io.Writer, head PlanHead, lines iter.Seq2[PlanLine, error]) error {
	buffered := bufio.NewWriterSize(out, 1<<16)
	w, err := planJSON{}.begin(buffered, &head, "")
	if err != nil {
		return fmt.Errorf("print the plan: %w", err)
	}
	if err := errors.Join(writeLines(w, lines), buffered.Flush()); err != nil {
		return fmt.Errorf("print the plan: %w", err)
	}
	return nil
}

// writeLines writes all lines and the end.
func writeLines(w planWriter, lines iter.Seq2[PlanLine, error]) error {
	for l, err := range lines {
		if err != nil {
			return err
		}
		if err := w.line(&l); err != nil {
			return fmt.Errorf("row %d: %w", l.Row, err)
		}
	}
	return w.close()
}

// Approval is what a person says of a change.
type Approval uint8

// The approvals.
const (
	Declined Approval = iota // no, or nothing
	Approved                 // yes
	Unclear                  // a word that is neither
)

// PlanRow is one line of a plan file that has come back.
type PlanRow struct {
	Row      int // of the sheet that was planned
	Approval Approval
	Said     string   // what stands where yes or no belongs
	Texts    []string // by column

	sheet string // worksheet, "" for a JSONL file
	line  int    // of the file or worksheet
}

// Place is where what a column says stands: "line 7", or "Plan!G7". Column -1 is what was approved.
func (r *PlanRow) Place(column int) string {
	if r.sheet == "" {
		return fmt.Sprintf("line %d", r.line)
	}
	return r.sheet + "!" + cellName(column+1, r.line)
}

// PlanFile is a plan file that has come back. Nothing of it is in memory but its head.
type PlanFile struct {
	Path string
	Head PlanHead

	format planFormat
	temp   string
}

// OpenPlan reads the head of a plan file. The error wraps [ErrNoPlanFile] if it is none, or of another version.
func OpenPlan(path, temp string) (*PlanFile, error) {
	format, err := formatOf(path)
	if err != nil {
		return nil, err
	}
	f := &PlanFile{Path: path, format: format, temp: temp}
	if f.Head, err = format.head(path, temp); err != nil {
		return nil, err
	}
	if f.Head.Version != PlanFileVersion {
		return nil, fmt.Errorf("%s: %w of this version of rollcall: it has version %d and %d is read; run `rollcall plan -o` again",
			path, ErrNoPlanFile, f.Head.Version, PlanFileVersion)
	}
	return f, nil
}

// Columns is the names of what a line says, all but what was approved.
func (f *PlanFile) Columns() []string { return f.format.columns() }

// Texts is what the file must say of a line, by column.
func (f *PlanFile) Texts(l *PlanLine) []string { return f.format.texts(l) }

// Words is what may stand where a line is approved.
func (f *PlanFile) Words() string { return f.format.words() }

// Rows reads the lines in the order in which they stand. It may be read several times.
func (f *PlanFile) Rows() iter.Seq2[PlanRow, error] { return f.format.rows(f.Path, f.temp) }
