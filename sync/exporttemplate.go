package sync

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// ExportTemplate writes the sheet of the job without any record: headers, lists to choose from, comments. No request is sent and
// no run is made; what an earlier run has read of the account, such as the names in lists, is used.
func ExportTemplate(ctx context.Context, opts Options, how ExportOptions) (*ExportSummary, error) {
	job := opts.Job
	if len(how.Where) > 0 || opts.Bounds.Limit > 0 {
		return nil, fmt.Errorf("%w: --empty takes no --where and no --limit: there are no records in it", ErrUsage)
	}
	if err := job.checkExport(&how); err != nil {
		return nil, err
	}
	ref, at, err := cachedReference(ctx, opts)
	if err == nil && ref != nil {
		err = job.refer(ref)
		opts.Progress.Note(fmt.Sprintf("names and custom fields are those that the account had %s ago", age(time.Since(at))))
	}
	if err != nil {
		return nil, err
	}
	medium := mapping.InText
	if exportKind(how.File) == "xlsx" {
		medium = mapping.InTypes
	}
	encoder, err := mapping.CompileEncoder(&job.Mapping, job.Resource.Model, medium)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrJob, err)
	}
	for _, note := range encoder.Notes() {
		opts.Progress.Note(note)
	}
	sum := templateSummary(opts, &how, len(encoder.Header()))
	if err := writeTemplate(opts, &how, encoder, sum.File.Sheet); err != nil {
		return nil, fmt.Errorf("write %s: %w", how.File, err)
	}
	sum.File.SHA256, err = fileHash(how.File)
	return sum, err
}

// writeTemplate writes the sheet and moves it to its place. Its marker names no run: whatever is filled in is new.
func writeTemplate(opts Options, how *ExportOptions, encoder *mapping.Encoder, sheet string) error {
	temp, err := os.MkdirTemp("", "rollcall")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }() // nobody's data is in it
	draft := filepath.Join(temp, "export."+exportKind(how.File))
	s := &reconcile.ExportSheet{Name: sheet, Marker: "1:" + accountOf(opts.Job).fingerprint() + ":", Version: opts.Version, Temp: temp}
	if err := writeExport(draft, opts.Job, encoder, s, func(reconcile.ExportWriter) error { return nil }); err != nil {
		return err
	}
	return errors.Join(how.checkFree(), publish(draft, how.File))
}

// templateSummary is the account of a template.
func templateSummary(opts Options, how *ExportOptions, columns int) *ExportSummary {
	job, now := opts.Job, time.Now().UTC()
	sum := &ExportSummary{
		Version: reconcile.SummaryVersion, Command: exportCommand, Target: job.Name(),
		Account: reconcile.Account{BaseURL: accountOf(job).base, Settings: accountOf(job).settings},
		File:    ExportFile{Path: how.File, Format: exportKind(how.File), Columns: columns},
		Lists:   ExportLists{Refused: []string{}}, Started: now, Finished: now,
		Files: reconcile.Files{"export": how.File},
		ExportNotes: ExportNotes{
			Verdict: "A template of " + job.Name() + ": headers, lists and comments, no record. No request was sent.",
			Program: "rollcall " + opts.Version, Remarks: []RecordRemark{}, Groups: []ProblemGroup{}, Problems: (&remarks{}).byCode(),
		},
	}
	if sum.File.Format == "xlsx" {
		sum.File.Sheet = worksheetOf(job)
	}
	return sum
}
