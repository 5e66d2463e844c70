package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// ExportSummary is the account of an export: summary.json in the folder of its run, and what --json prints.
type ExportSummary struct {
	Version  int                `json:"version"`
	Run      string             `json:"run,omitempty"` // "" for a template
	Command  string             `json:"command"`
	Target   string             `json:"target"`
	Account  reconcile.Account  `json:"account"`
	File     ExportFile         `json:"file"`
	Records  int                `json:"records"`
	Lists    ExportLists        `json:"lists"`
	Requests reconcile.Requests `json:"requests"`
	Started  time.Time          `json:"started"`
	Finished time.Time          `json:"finished"`
	ExitCode int                `json:"exit_code"`
	Files    reconcile.Files    `json:"files"`
	ExportNotes
}

// ExportFile is the sheet that was written.
type ExportFile struct {
	Path    string `json:"path"`
	Format  string `json:"format"` // csv or xlsx
	Sheet   string `json:"sheet"`  // worksheet, "" for CSV
	SHA256  string `json:"sha256"` // "" if it was not written
	Columns int    `json:"columns"`
}

// ExportLists is the lists of the API that were read: one, or one below each parent.
type ExportLists struct {
	Wanted  int      `json:"wanted"`
	Read    int      `json:"read"`
	Refused []string `json:"refused"` // that the API kept from us, and why
}

// ExportNotes are the members of an ExportSummary that explain.
type ExportNotes struct {
	Where    []string           `json:"where,omitempty"`
	Limit    int                `json:"limit,omitempty"`
	Verdict  string             `json:"verdict"`
	Reason   string             `json:"reason,omitempty"` // why it stopped early
	Next     string             `json:"next,omitempty"`   // the exact next command
	Program  string             `json:"program"`
	Problems map[model.Code]int `json:"problems"`       // what the sheet cannot hold or a sync would not take, by code
	Groups   []ProblemGroup     `json:"problem_groups"` // the same by code and column
	Remarks  []RecordRemark     `json:"remarks"`        // the same by record, the first thousand
}

// end closes the books of an export: it stores how the run ended and writes its summary.
func (e *exporting) end(ctx, soft context.Context, failed error) (*ExportSummary, error) {
	ctx = context.WithoutCancel(ctx)
	s := e.session
	s.countRequests()
	s.run.Finished = time.Now().UTC()
	failed = cause(soft, failed)
	state, code := ledger.StateFinished, ExitOK
	switch {
	case failed != nil:
		state, code = ledger.StateInterrupted, exitOfExport(failed)
		s.stored.Reason = s.client.Hide(failed.Error())
	case len(e.pages.refused) > 0:
		code = ExitProblems
	}
	if failed == nil {
		s.stored.Reason = ""
	}
	s.run.ExitCode = int(code)
	s.log.Info("run ends", "state", state, "exit_code", code, "reason", s.stored.Reason, "records", e.pages.records, "requests", s.run.Requests.Sent)
	sum := e.summary(failed == nil)
	if err := errors.Join(s.saveRun(ctx, state), writeSummary(sum, s.runDir())); err != nil {
		return nil, errors.Join(failed, err)
	}
	return sum, failed
}

// exitOfExport is the exit code of an export that was interrupted. All can be resumed.
func exitOfExport(err error) Exit {
	if code := ExitOf(err); code != ExitError || !errors.Is(err, remote.ErrUnreachable) {
		return code
	}
	return ExitEarly
}

// summary is what is known of the export.
func (e *exporting) summary(finished bool) *ExportSummary {
	s, job := e.session, e.opts.Job
	sum := &ExportSummary{
		Version: reconcile.SummaryVersion, Run: s.run.ID, Command: exportCommand, Target: job.Name(),
		Account: reconcile.Account{BaseURL: s.stored.Base, Settings: s.stored.Account},
		File:    ExportFile{Path: e.told.File, Format: exportKind(e.told.File), Sheet: e.worksheet(), SHA256: s.run.Source.SHA256, Columns: len(e.encoder.Header())},
		Records: e.pages.records,
		Lists:   ExportLists{Wanted: len(e.stops), Read: e.pages.stop - len(e.pages.refused), Refused: list(e.pages.refused)},
		Requests: reconcile.Requests{
			Sent: s.run.Requests.Sent, Retried: s.run.Requests.Retried, Throttled: s.run.Requests.Throttled, Forecast: s.run.Requests.Forecast,
		},
		Started: s.run.Started, Finished: s.run.Finished, ExitCode: s.run.ExitCode, Files: reconcile.Files{},
		ExportNotes: ExportNotes{
			Where: e.told.Where, Limit: e.told.Limit, Reason: s.stored.Reason, Program: "rollcall " + s.run.Version,
			Problems: e.remarks.byCode(), Groups: e.remarks.groups.List(), Remarks: list(e.remarks.first),
		},
	}
	files := []string{reconcile.SummaryJSON, runLogFile}
	for _, name := range files {
		sum.Files[name] = filepath.Join(s.runDir(), name)
	}
	if sum.Verdict = e.verdict(finished); finished {
		sum.Files["export"] = e.told.File
		sum.Next = s.commandOf("plan") + " " + quote(e.told.File)
	} else {
		sum.Next = s.commandOf("resume") + " " + s.run.ID
	}
	return sum
}

// verdict is the account in a sentence or two.
func (e *exporting) verdict(finished bool) string {
	records := countOf(e.pages.records, "record", "records")
	if !finished {
		return fmt.Sprintf("Interrupted: %s read, and no file written. What was read is kept, and resume goes on from there.", records)
	}
	text := fmt.Sprintf("Exported %s of %s, each as it was when its page was read.", records, e.resource())
	if n := len(e.pages.refused); n > 0 {
		text += fmt.Sprintf(" %s left out: the API does not give them.", countOf(n, "list is", "lists are"))
	}
	if n := e.remarks.records; n > 0 {
		text += fmt.Sprintf(" %s something that the sheet cannot hold or a sync would not take.", countOf(n, "record has", "records have"))
	}
	return text
}

// commandOf is how a person types a command for the session's job.
func (s *session) commandOf(command string) string {
	job, err := filepath.Abs(s.opts.Job.Path)
	if err != nil {
		job = s.opts.Job.Path
	}
	text := "rollcall --config " + quote(job)
	if s.opts.State != "" {
		text += " --state " + quote(s.state)
	}
	return text + " " + command
}

// writeSummary writes summary.json. It appears whole or not at all.
func writeSummary(sum *ExportSummary, dir string) error {
	data, err := json.MarshalIndent(sum, "", "  ")
	if err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	draft := filepath.Join(dir, "."+reconcile.SummaryJSON+".tmp")
	if err := os.WriteFile(draft, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	if err := os.Rename(draft, filepath.Join(dir, reconcile.SummaryJSON)); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return nil
}

// recallSummary is the summary of an export that is finished.
func (e *exporting) recallSummary() (*ExportSummary, error) {
	data, err := os.ReadFile(filepath.Join(e.runDir(), reconcile.SummaryJSON))
	if err != nil {
		return nil, fmt.Errorf("read the summary of run %s: %w", e.run.ID, err)
	}
	sum := &ExportSummary{}
	if err := json.Unmarshal(data, sum); err != nil {
		return nil, fmt.Errorf("read the summary of run %s: %w", e.run.ID, err)
	}
	return sum, nil
}

// list is items, such that JSON shows none of them as an empty list.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// forecast tells a person what is to come: how many requests at least, and how long the rate lets them take.
func (e *exporting) forecast() {
	lists := len(e.stops) - e.pages.stop
	sent := e.client.Stats().Sent
	e.run.Requests.Forecast = max(e.run.Requests.Forecast, e.run.Requests.Sent+sent+lists)
	text := fmt.Sprintf("%s to read: at least %s", countOf(lists, "list", "lists"), countOf(lists, "request", "requests"))
	if d := e.opts.Job.Forecast(lists); d > 0 {
		text += fmt.Sprintf(", about %s", d.Round(time.Second))
	}
	e.opts.Progress.Note(text)
}

// foresee takes in what a page of a list tells of those to come.
func (e *exporting) foresee(n int, m remote.Mark) {
	left, last := m.Left(), len(e.stops) == 1
	sent := e.run.Requests.Sent + e.client.Stats().Sent
	e.run.Requests.Forecast = max(e.run.Requests.Forecast, sent+left+len(e.stops)-n-1)
	if !last {
		return
	}
	if m.Pages == 1 && m.Total > m.Got && !e.isFull() {
		e.opts.Progress.Stage("listing "+e.resource(), left)
		text := fmt.Sprintf("the API tells of %s: %s more", countOf(m.Total, "record", "records"), countOf(left, "request", "requests"))
		if d := e.opts.Job.Forecast(left); d > 0 {
			text += fmt.Sprintf(", about %s", d.Round(time.Second))
		}
		e.opts.Progress.Note(text)
		return
	}
	e.opts.Progress.Step()
}
