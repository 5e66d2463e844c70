package reconcile

import (
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// Extras is what the API has and the sheet lacks. It is told and never deleted.
type Extras struct {
	Records int    `json:"records"`
	Whole   bool   `json:"whole"`             // all that the sheet could be about was listed
	Missing string `json:"missing,omitempty"` // why there is no extras.csv although there are such records
}

// KeepExtras writes records of the API to path, for a report to take extras.csv from, and tells how many they are. Without any
// there is no file. A column is there for each field that a record shows. The file appears whole or not at all.
func KeepExtras(path string, m *model.Model, records iter.Seq[plan.Found]) (n int, err error) {
	shown := make([]bool, len(m.Fields))
	for f := range records {
		n++
		for i := range f.Record {
			shown[i] = shown[i] || f.Record[i].Known()
		}
	}
	if n == 0 {
		return 0, nil
	}
	d, err := newDraft(path)
	if err != nil {
		return n, err
	}
	defer d.discard()
	if err := writeExtras(d, m, shown, records); err != nil {
		return n, fmt.Errorf("write %s: %w", path, err)
	}
	if err := d.seal(); err != nil {
		return n, err
	}
	if err := d.publish(); err != nil {
		return n, err
	}
	syncDir(filepath.Dir(d.path))
	return n, nil
}

// writeExtras writes the id and the shown fields of records.
func writeExtras(w io.Writer, m *model.Model, shown []bool, records iter.Seq[plan.Found]) error {
	header := []string{"id"}
	for i := range m.Fields {
		if shown[i] {
			header = append(header, m.Fields[i].Name)
		}
	}
	out, err := sheet.NewCSVWriter(w, header)
	if err != nil {
		return err
	}
	cells := make([]string, 0, len(header))
	for f := range records {
		cells = append(cells[:0], f.ID)
		for i := range m.Fields {
			if shown[i] {
				cells = append(cells, f.Record[i].Text)
			}
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	return out.Flush()
}

// extrasCSV is extras.csv: what was kept when the plan was made.
type extrasCSV struct {
	w    io.Writer
	kept string // path, "" if there is nothing to tell
}

func (h *extrasCSV) line(*Line) error { return nil }

func (h *extrasCSV) close(*Summary) error {
	if h.kept == "" {
		return nil
	}
	kept, err := os.Open(h.kept)
	if err != nil {
		return err
	}
	defer kept.Close()
	_, err = io.Copy(h.w, kept)
	return err
}

// wanted reports whether the file is worth keeping.
func (h *extrasCSV) wanted() bool { return h.kept != "" }
