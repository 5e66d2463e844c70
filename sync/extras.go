package sync

import (
	"os"
	"path/filepath"

	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// keptExtras is the run's own copy of the records that the API has and the sheet lacks. It stands beside the copy of the
// input, and a report is made of both.
const keptExtras = "input-extras.csv"

// keepExtras keeps the records that the API has listed and the sheet lacks. Of a report that goes back in nothing is kept,
// nor of an undo: it holds what is left to do and not all that there should be.
func (s *session) keepExtras() error {
	if s.stored.Retry || s.stored.Undo != nil || s.opts.Job.Resource.List == nil {
		return nil
	}
	records, whole := s.planner.Extras()
	n, err := reconcile.KeepExtras(filepath.Join(s.runDir(), keptExtras), s.opts.Job.Resource.Model, records)
	if err != nil {
		return err
	}
	s.stored.Extras = &reconcile.Extras{Records: n, Whole: whole}
	if n > 0 {
		s.log.Info("the API has records that the sheet lacks", "records", n, "whole", whole)
	}
	return nil
}

// extras is what a report says of the records that the sheet lacks, and the file that it takes them from, "" for none.
func (s *session) extras() (said *reconcile.Extras, kept string) {
	if s.stored.Extras == nil {
		return nil, ""
	}
	e := *s.stored.Extras
	if e.Records == 0 {
		return &e, ""
	}
	kept = filepath.Join(s.runDir(), keptExtras)
	if _, err := os.Stat(kept); err != nil {
		e.Missing = "the run's folder has no " + keptExtras + " any more; `rollcall plan` lists the records again"
		return &e, ""
	}
	return &e, kept
}
