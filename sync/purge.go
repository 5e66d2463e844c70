package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// ErrPurged says that the personal data of a run is gone, and with it everything that needs it.
var ErrPurged = errors.New("the run is purged")

// PurgeOptions say of which runs the personal data goes. At least one of OlderThan and Run is needed; where both are given, both
// must hold.
type PurgeOptions struct {
	OlderThan time.Duration // since the run ended
	Run       string        // the run whose id begins so
	DryRun    bool          // only tell
	// Confirm is asked before anything is removed; nil means that the answer is yes.
	Confirm func(*PurgeReport) bool
}

// PurgeReport is what a purge removes and what it keeps.
type PurgeReport struct {
	Version  int         `json:"version"`
	Command  string      `json:"command"`
	DryRun   bool        `json:"dry_run"`
	Purged   []PurgedRun `json:"purged"` // or what would be
	Kept     []KeptRun   `json:"kept"`
	Left     []Leftover  `json:"left_over"` // removed, too
	ExitCode int         `json:"exit_code"`
}

// PurgedRun is a run whose personal data goes.
type PurgedRun struct {
	Run      string    `json:"run"`
	Target   string    `json:"target"`
	Started  time.Time `json:"started"`
	Rows     int       `json:"rows"`
	Files    int       `json:"files"`
	Bytes    int64     `json:"bytes"`
	run      ledger.Run
	settings []byte
}

// KeptRun is a run that is old enough and has to stay as it is.
type KeptRun struct {
	Run    string `json:"run"`
	Reason string `json:"reason"`
}

// Leftover is a folder of files that no run of the ledger accounts for: its process died before there was a run.
type Leftover struct {
	Folder string `json:"folder"`
	Files  int    `json:"files"`
	Bytes  int64  `json:"bytes"`
}

// purgedRun is what the settings of a purged run say of it.
type purgedRun struct {
	At    time.Time    `json:"at"`
	State ledger.State `json:"state"` // in which it was
}

// leftoverAge is how long nobody must have written to a folder without a run before it counts as left behind: a plan that is being
// made has no run yet.
const leftoverAge = 24 * time.Hour

// purge is one purge under way.
type purge struct {
	how    PurgeOptions
	state  string
	before time.Time // runs that ended before this go
	ledger *ledger.Ledger
	runs   []ledger.Run // all of them, the newest first
	report *PurgeReport
}

// Purge removes the personal data of old runs: their folders whole, with the private copy of the sheet and all reports, and from
// the ledger payloads, pre-images, keys, values and messages. Counts stay, and of each row how it ended and the id of its record;
// keys stay as hashes, so that nothing is created twice. A run with rows in doubt, or one that can still be gone on with, is kept
// and named. What a later sync loses is what was last sent of fields that the API does not show: it sends them once more. The bases
// that these runs have moved last go, too, unless a later run of the same line of sheets has met their records.
//
// The locks of all accounts whose runs go are held meanwhile. A dry run takes none and changes nothing.
func Purge(ctx context.Context, opts Options, how PurgeOptions) (report *PurgeReport, err error) {
	defer func() { err = cause(ctx, err) }()
	state, err := opts.stateDir()
	if err != nil {
		return nil, err
	}
	if how.OlderThan <= 0 && how.Run == "" {
		return nil, fmt.Errorf("%w: say which runs go: those older than a time, or one by its id", ErrUsage)
	}
	p := &purge{how: how, state: state, before: time.Now(), report: &PurgeReport{
		Version: 1, Command: "purge", DryRun: how.DryRun, Purged: []PurgedRun{}, Kept: []KeptRun{}, Left: []Leftover{},
	}}
	if how.OlderThan > 0 {
		p.before = p.before.Add(-how.OlderThan)
	}
	if _, err := os.Stat(filepath.Join(state, "ledger.db")); errors.Is(err, os.ErrNotExist) && how.Run == "" {
		return p.report, nil // nothing ever ran here, and nothing has to begin
	}
	if p.ledger, err = ledger.Open(ctx, state); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.ledger.Close()) }()
	if !how.DryRun {
		var release func() error
		if release, err = p.lock(ctx); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, release()) }()
	}
	if err := p.choose(ctx); err != nil {
		return nil, err
	}
	if how.DryRun || len(p.report.Purged)+len(p.report.Left) == 0 {
		return p.report, nil
	}
	if how.Confirm != nil && !how.Confirm(p.report) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		p.report.DryRun = true
		return p.report, nil
	}
	return p.report, p.carryOut(ctx, opts)
}

// lock takes the locks of everything that has a run that may go, in one order.
func (p *purge) lock(ctx context.Context) (release func() error, err error) {
	old, err := p.old(ctx)
	if err != nil {
		return nil, err
	}
	var held []*ledger.AccountLock
	release = func() error {
		var errs []error
		for _, l := range held {
			errs = append(errs, l.Close())
		}
		return errors.Join(errs...)
	}
	for _, s := range scopesOf(old) {
		l, err := ledger.Lock(filepath.Join(userState(p.state), "locks"), s.account, s.resource, "rollcall purge")
		if err != nil {
			return nil, errors.Join(err, release())
		}
		held = append(held, l)
	}
	return release, nil
}

// scope is a resource of an account.
type scope struct{ account, resource string }

// scopesOf is the resources that runs belong to, sorted.
func scopesOf(runs []ledger.Run) []scope {
	var all []scope
	for i := range runs {
		all = append(all, scope{runs[i].Account, runs[i].Resource})
	}
	slices.SortFunc(all, func(a, b scope) int { return strings.Compare(a.account+"\x00"+a.resource, b.account+"\x00"+b.resource) })
	return slices.Compact(all)
}

// old is the runs that are old enough, or the one that was named, if they are not purged yet.
func (p *purge) old(ctx context.Context) (old []ledger.Run, err error) {
	if p.runs, err = p.ledger.Runs(ctx, 0); err != nil {
		return nil, err
	}
	only := ""
	if p.how.Run != "" {
		run, err := p.ledger.FindRun(ctx, p.how.Run)
		if err != nil {
			return nil, err
		}
		if run.State == ledger.StatePurged {
			return nil, fmt.Errorf("%w: %s: there is nothing left to remove", ErrPurged, run.ID)
		}
		only = run.ID
	}
	for i := range p.runs {
		r := &p.runs[i]
		ended := r.Finished
		if ended.IsZero() {
			ended = r.Started
		}
		if r.State != ledger.StatePurged && ended.Before(p.before) && (only == "" || r.ID == only) {
			old = append(old, *r)
		}
	}
	return old, nil
}

// choose finds out what goes and what has to stay.
func (p *purge) choose(ctx context.Context) error {
	old, err := p.old(ctx)
	if err != nil {
		return err
	}
	for i := range old {
		r := &old[i]
		why, err := p.keep(ctx, r)
		if err != nil {
			return err
		}
		if why != "" {
			p.report.Kept = append(p.report.Kept, KeptRun{r.ID, why})
			continue
		}
		settings, err := withoutData(r)
		if err != nil {
			return err
		}
		files, bytes, _ := sizeOf(p.dir(r.ID))
		p.report.Purged = append(p.report.Purged, PurgedRun{r.ID, r.Resource, r.Started, r.Source.Rows, files, bytes, *r, settings})
	}
	return p.findLeft()
}

// dir is the folder of a run.
func (p *purge) dir(run string) string { return filepath.Join(p.state, "runs", run) }

// keep is why a run has to stay as it is, "" if it has not.
func (p *purge) keep(ctx context.Context, r *ledger.Run) (string, error) {
	counts, err := p.ledger.Counts(ctx, r.ID)
	if err != nil {
		return "", err
	}
	if n := counts[plan.InDoubt]; n > 0 {
		return fmt.Sprintf("%s in doubt: settle them with `rollcall resolve %s`", countOf(n, "row is", "rows are"), r.ID), nil
	}
	if counts[plan.NotAttempted] == 0 || p.superseded(r) {
		return "", nil
	}
	var stored storedPlan
	if len(r.Settings) == 0 || json.Unmarshal(r.Settings, &stored) != nil || stored.Refused {
		return "", nil // nobody can go on with it
	}
	sequence, err := p.ledger.Sequence(ctx, r.Account, r.Resource)
	if err != nil {
		return "", err
	}
	left := countOf(counts[plan.NotAttempted], "row is", "rows are")
	hash, err := fileHash(r.Source.File)
	switch {
	case sequence != r.Sequence:
		return "", nil // it is stale for good
	case err != nil && !errors.Is(err, os.ErrNotExist): // a folder of the network may be out of reach
		return fmt.Sprintf("%s left to push, and whether the sheet is still the same cannot be told: %v", left, err), nil
	case err != nil || hash != r.Hashes.Sheet:
		return "", nil
	}
	if r.State == ledger.StatePlanned {
		return fmt.Sprintf("%s left to push with `rollcall apply %s`; a later plan of the same sheet takes its place", left, r.ID), nil
	}
	return fmt.Sprintf("%s left to push with `rollcall resume %s`; a later sync of the same sheet takes its place", left, r.ID), nil
}

// superseded reports whether a later run has dealt with the sheet of r: it has planned all its rows anew.
func (p *purge) superseded(r *ledger.Run) bool {
	for i := range p.runs {
		later := &p.runs[i]
		switch {
		case later.ID == r.ID: // the newest stand first
			return false
		case later.Account != r.Account || later.Resource != r.Resource || later.Source.File != r.Source.File || later.Source.Sheet != r.Source.Sheet:
		case (later.Command == exportCommand) != (r.Command == exportCommand): // a sheet that was written is none that was read
		case r.State == ledger.StatePlanned, hasFinished(later):
			return true
		}
	}
	return false
}

// hasFinished reports whether a run came to its end, purged since or not. A plan that was purged has dealt with nothing.
func hasFinished(r *ledger.Run) bool {
	if r.State != ledger.StatePurged {
		return r.State == ledger.StateFinished
	}
	var stored storedPlan
	return json.Unmarshal(r.Settings, &stored) == nil && stored.Purged != nil && stored.Purged.State == ledger.StateFinished
}

// withoutData is the settings of a run without what may be personal in them.
func withoutData(r *ledger.Run) ([]byte, error) {
	var stored storedPlan
	if len(r.Settings) > 0 {
		if err := json.Unmarshal(r.Settings, &stored); err != nil {
			return nil, fmt.Errorf("run %s: read its settings: %w", r.ID, err)
		}
	}
	stored.Reason, stored.Reference = "", reference{}
	if stored.Export != nil {
		stored.Export.Where = nil
	}
	for i := range stored.Decisions {
		stored.Decisions[i].Reason = ""
	}
	stored.Purged = &purgedRun{At: time.Now().UTC(), State: r.State}
	return json.Marshal(&stored)
}

// findLeft finds folders that no run accounts for.
func (p *purge) findLeft() error {
	if p.how.OlderThan <= 0 || p.how.Run != "" {
		return nil
	}
	entries, err := os.ReadDir(filepath.Join(p.state, "runs"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("look for files of runs: %w", err)
	}
	for _, e := range entries {
		known := slices.ContainsFunc(p.runs, func(r ledger.Run) bool { return r.ID == e.Name() && r.State != ledger.StatePurged })
		files, bytes, latest := sizeOf(p.dir(e.Name()))
		if !known && latest.Before(p.before) && time.Since(latest) > leftoverAge {
			p.report.Left = append(p.report.Left, Leftover{e.Name(), files, bytes})
		}
	}
	return nil
}

// sizeOf is how much lies in a folder, and when somebody last wrote to it. What cannot be read counts as nothing.
func sizeOf(dir string) (files int, bytes int64, latest time.Time) {
	_ = filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return nil
		}
		if info.ModTime().After(latest) {
			latest = info.ModTime()
		}
		if !e.IsDir() {
			files, bytes = files+1, bytes+info.Size()
		}
		return nil
	})
	return files, bytes, latest
}

// carryOut removes what was chosen: the files first, for a run that is purged has none. What a purge that died has left is done by
// the next one.
func (p *purge) carryOut(ctx context.Context, opts Options) (err error) {
	root, err := os.OpenRoot(p.state) // whatever is linked in there, nothing outside goes
	if err != nil {
		return fmt.Errorf("purge: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	var folders []string
	of := map[scope][]ledger.Run{}
	settings := map[string][]byte{}
	for i := range p.report.Purged {
		r := &p.report.Purged[i]
		folders = append(folders, r.Run)
		s := scope{r.run.Account, r.run.Resource}
		of[s] = append(of[s], r.run)
		settings[r.Run] = r.settings
	}
	for i := range p.report.Left {
		folders = append(folders, p.report.Left[i].Folder)
	}
	for _, name := range folders {
		if err := root.RemoveAll(filepath.Join("runs", name)); err != nil {
			return fmt.Errorf("remove the files of run %s: %w", name, err)
		}
	}
	for s, runs := range of {
		if err := catchUp(ctx, p.ledger, s.account, s.resource); err != nil {
			return err
		}
		if err := p.ledger.Purge(ctx, runs, settings); err != nil {
			return err
		}
		if err := p.ledger.DropDrafts(ctx, s.account, s.resource); err != nil {
			return err
		}
		opts.Log.Info("purged", "resource", s.resource, "runs", len(runs))
	}
	if p.how.OlderThan > 0 && p.how.Run == "" { // an account's names may be those of people
		if err := p.ledger.DropCache(ctx, referencePrefix, p.before); err != nil {
			return err
		}
	}
	if err := p.ledger.Compact(ctx); err != nil {
		return err
	}
	for i := range p.report.Purged {
		run := p.report.Purged[i].run
		run.State, run.Settings = ledger.StatePurged, settings[run.ID]
		if err := p.ledger.UpdateRun(ctx, &run); err != nil {
			return err
		}
	}
	return nil
}

// purgedError tells whoever asks for the session's run, which is purged, what became of it, and what is still known.
func (s *session) purgedError(ctx context.Context) error {
	counts, err := s.ledger.Counts(ctx, s.run.ID)
	if err != nil {
		return err
	}
	var known []string
	for _, status := range plan.Statuses() {
		if n := counts[status]; n > 0 {
			known = append(known, fmt.Sprintf("%d %s", n, strings.ReplaceAll(string(status), "_", " ")))
		}
	}
	return fmt.Errorf("%w: the personal data of run %s was removed on %s, and its report with it; its account is kept: %s: %s; exit code %d",
		ErrPurged, s.run.ID, s.stored.Purged.At.Local().Format(time.DateOnly), countOf(counts.Sum(), "row", "rows"), strings.Join(known, ", "), s.run.ExitCode)
}
