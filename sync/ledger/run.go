package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"strings"
	"time"
)

// State is how far a run has come.
type State string

// The states of a run. One that is running without a process was interrupted by a crash.
const (
	StatePlanned     State = "planned"     // its plan is stored, nothing was sent
	StateRunning     State = "running"     // changes are being pushed
	StateFinished    State = "finished"    // it came to its end
	StateInterrupted State = "interrupted" // it stopped early and can be resumed
	StatePurged      State = "purged"      // its personal data is gone: see [Ledger.Purge]
)

// Run is one execution of a job.
type Run struct {
	ID       string    `json:"id"` // made by the caller, such as 20261121-040302-a1b2
	Command  string    `json:"command"`
	Target   string    `json:"target"`
	Resource string    `json:"resource"`
	Account  string    `json:"account"`
	State    State     `json:"state"`
	Source   Source    `json:"source"`
	Hashes   Hashes    `json:"hashes"`
	Sequence int64     `json:"-"` // the account's write sequence that the plan is bound to; a Recorder moves it
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"` // zero while it is not
	ExitCode int       `json:"exit_code"`
	Requests Requests  `json:"requests"`
	Version  string    `json:"version"` // of Rollcall
	Settings []byte    `json:"-"`       // what the caller wants to find again; not read here
}

// Source is the sheet of a run.
type Source struct {
	File   string `json:"file"`
	Sheet  string `json:"sheet"`
	SHA256 string `json:"sha256"` // of the file, hex
	Rows   int    `json:"rows"`
}

// Hashes are what a plan is bound to besides its account, and how much there is of it.
type Hashes struct {
	Sheet  string `json:"sheet"`
	Job    string `json:"job"`
	Target string `json:"target"`
	Waits  int64  `json:"waits,omitempty"` // fields that wait for records of other rows; only SavePlan sets it
}

// Requests is how many requests a run was to cost, and did.
type Requests struct {
	Forecast  int `json:"forecast"`
	Sent      int `json:"sent"`
	Retried   int `json:"retried"`
	Throttled int `json:"throttled"` // answered 429
}

// runRow is a run as the table has it: the part that callers write, and the progress that only a Recorder writes.
type runRow struct {
	number   int64
	id       string
	scope    int64
	changes  int64 // draft while the plan is being written
	body     string
	settings []byte

	sequence int64
	intents  int64
	outcomes int64
	doubts   int64 // changes with an intent that has no answer

	run Run
}

const (
	draft       = -1
	runColumns  = "number, id, scope, changes, body, settings, sum, sequence, intents, outcomes, doubts, progress_sum"
	runsPerPage = 64
)

func (*runRow) table() string { return "runs" }

func (r *runRow) name() string { return "run " + r.id }

func (r *runRow) values() []any {
	return []any{r.number, r.id, r.scope, r.changes, r.body, r.settings}
}

func (r *runRow) targets() []any {
	return []any{&r.number, &r.id, &r.scope, &r.changes, &r.body, &r.settings}
}

func (r *runRow) progress() []any {
	return []any{r.number, r.sequence, r.intents, r.outcomes, r.doubts}
}

// first and last are the bounds of the keys of the run's rows.
func (r *runRow) first() int64 { return int64(keyOf(r.number, 0)) }
func (r *runRow) last() int64  { return int64(keyOf(r.number, perRun)) }

func newRunRow(r *Run) (*runRow, error) {
	settings := r.Settings
	if settings == nil {
		settings = []byte{}
	}
	row := &runRow{id: r.ID, settings: settings, sequence: r.Sequence, run: *r}
	return row, row.describe()
}

// describe writes down what the run is.
func (r *runRow) describe() error {
	body, err := json.Marshal(&r.run)
	r.body = string(body)
	return err
}

func scanRun(from scanner) (*runRow, error) {
	r := &runRow{}
	var sum, progressSum int64
	err := read(from, r.table(), append(r.targets(), &sum, &r.sequence, &r.intents, &r.outcomes, &r.doubts, &progressSum))
	if err != nil {
		return nil, err
	}
	if r.settings == nil {
		r.settings = []byte{}
	}
	if err := verify(r, sum); err != nil {
		return nil, err
	}
	if checksum("runs", r.progress()) != progressSum {
		return nil, damage(fmt.Sprintf("the checksum of table runs, progress of run %s, does not match", r.id))
	}
	if err := json.Unmarshal([]byte(r.body), &r.run); err != nil {
		return nil, err
	}
	r.run.Sequence, r.run.Settings = r.sequence, r.settings
	return r, nil
}

// CreateRun stores a new run that has no plan. See [Ledger.SavePlan] for one that has.
func (l *Ledger) CreateRun(ctx context.Context, r *Run) error {
	err := l.transact(ctx, func(tx *sql.Tx) error {
		_, err := insertRun(ctx, tx, r, 0)
		return err
	})
	return l.explain("create run "+r.ID, err)
}

// insertRun stores a run with its number of changes, or as a draft.
func insertRun(ctx context.Context, tx *sql.Tx, r *Run, changes int64) (*runRow, error) {
	if r.ID == "" || r.Account == "" || r.Resource == "" {
		return nil, errors.New("a run needs an id, an account and a resource")
	}
	row, err := newRunRow(r)
	if err != nil {
		return nil, err
	}
	s, err := ensureScope(ctx, tx, r.Account, r.Resource)
	if err != nil {
		return nil, err
	}
	row.scope, row.changes = s.number, changes
	if err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(number), 0) + 1 FROM runs").Scan(&row.number); err != nil {
		return nil, err
	}
	if row.number > math.MaxInt32 {
		return nil, damage("the ledger is out of run numbers")
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO runs ("+runColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		append(sealed("runs", row.values()), sealed("runs", row.progress())[1:]...)...)
	return row, err
}

// UpdateRun stores what has changed about a run, except Sequence, which only a [Recorder] moves. The account and the
// resource of a run are fixed.
func (l *Ledger) UpdateRun(ctx context.Context, r *Run) error {
	err := l.transact(ctx, func(tx *sql.Tx) error {
		old, err := findRun(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		if old.run.Account != r.Account || old.run.Resource != r.Resource {
			return fmt.Errorf("the run belongs to %s of account %s for good", old.run.Resource, old.run.Account)
		}
		kept := *r
		kept.Hashes.Waits = old.run.Hashes.Waits
		row, err := newRunRow(&kept)
		if err != nil {
			return err
		}
		row.number, row.scope, row.changes = old.number, old.scope, old.changes
		return updateRun(ctx, tx, row)
	})
	return l.explain("update run "+r.ID, err)
}

func updateRun(ctx context.Context, tx *sql.Tx, row *runRow) error {
	_, err := tx.ExecContext(ctx, "UPDATE runs SET changes = ?, body = ?, settings = ?, sum = ? WHERE number = ?",
		row.changes, row.body, row.settings, checksum("runs", row.values()), row.number)
	return err
}

// findRun reads a run by its id; a draft is no run yet.
func findRun(ctx context.Context, q querier, id string) (*runRow, error) {
	row, err := scanRun(q.QueryRowContext(ctx, "SELECT "+runColumns+" FROM runs WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		// An index that lost its way hides a run. An expression is looked up in none.
		hidden := 0
		if err := q.QueryRowContext(ctx, "SELECT COUNT(*) FROM runs WHERE id || '' = ?", id).Scan(&hidden); err != nil {
			return nil, err
		}
		if hidden > 0 {
			return nil, damage("run " + id + " is there, and the index of the runs does not lead to it")
		}
	}
	if errors.Is(err, sql.ErrNoRows) || err == nil && row.changes == draft {
		return nil, fmt.Errorf("%w: %s (`rollcall runs` lists them)", ErrNoRun, id)
	}
	return row, err
}

// Run reads a run by its whole id. The error is [ErrNoRun] if there is none.
func (l *Ledger) Run(ctx context.Context, id string) (*Run, error) {
	row, err := findRun(ctx, l.read, id)
	if err != nil {
		return nil, l.explain("read run", err)
	}
	return &row.run, nil
}

// FindRun reads the one run whose id is prefix or begins with it.
func (l *Ledger) FindRun(ctx context.Context, prefix string) (*Run, error) {
	var found []Run
	for row, err := range l.allRuns(ctx) {
		if err != nil {
			return nil, l.explain("find run", err)
		}
		if row.id == prefix {
			return &row.run, nil
		}
		if strings.HasPrefix(row.id, prefix) {
			found = append(found, row.run)
		}
	}
	switch len(found) {
	case 1:
		return &found[0], nil
	case 0:
		return nil, fmt.Errorf("find run: %w: %s (`rollcall runs` lists them)", ErrNoRun, prefix)
	}
	return nil, fmt.Errorf("find run: %d runs begin with %q, the latest is %s: give more of the id", len(found), prefix, found[0].ID)
}

// LatestRun reads the newest run of a resource of an account. The error is [ErrNoRun] if there is none.
func (l *Ledger) LatestRun(ctx context.Context, account, resource string) (*Run, error) {
	for row, err := range l.allRuns(ctx) {
		if err != nil {
			return nil, l.explain("find the latest run", err)
		}
		if row.run.Account == account && row.run.Resource == resource {
			return &row.run, nil
		}
	}
	return nil, fmt.Errorf("find the latest run: %w of %s", ErrNoRun, resource)
}

// Runs reads the newest runs, the newest first; a limit of 0 or less reads all.
func (l *Ledger) Runs(ctx context.Context, limit int) ([]Run, error) {
	var runs []Run
	for row, err := range l.allRuns(ctx) {
		if err != nil {
			return nil, l.explain("list runs", err)
		}
		runs = append(runs, row.run)
		if len(runs) == limit {
			break
		}
	}
	return runs, nil
}

// allRuns reads every run that is not a draft, the newest first. It trusts no index: a damaged row is met, not passed by.
func (l *Ledger) allRuns(ctx context.Context) iter.Seq2[*runRow, error] {
	return func(yield func(*runRow, error) bool) {
		for before := int64(math.MaxInt64); ; {
			page, err := readPage(ctx, l.read, scanRun,
				"SELECT "+runColumns+" FROM runs WHERE number < ? ORDER BY number DESC LIMIT ?", before, runsPerPage)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, row := range page {
				if row.changes != draft && !yield(row, nil) {
					return
				}
			}
			if len(page) < runsPerPage {
				return
			}
			before = page[len(page)-1].number
		}
	}
}
