package reconcile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// SummaryVersion is the version of summary.json. It grows when a member changes its meaning, not when one is added.
const SummaryVersion = 1

// exitInvalid is the exit code of a run whose accounts do not add up.
const exitInvalid = 70

// Summary is the account of a run in figures: summary.json, and what --json prints.
type Summary struct {
	Version  int       `json:"version"` // filled in by Write
	Run      string    `json:"run"`
	Command  string    `json:"command"` // "plan", "sync", ...
	Target   string    `json:"target"`  // full name of the resource, such as cro/contact
	Account  Account   `json:"account"`
	Source   Source    `json:"source"`
	Counts   Counts    `json:"counts"`            // filled in by Write
	Planned  *Planned  `json:"planned,omitempty"` // of a plan: what not_attempted holds
	Requests Requests  `json:"requests"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero"` // zero if the process died under way
	ExitCode int       `json:"exit_code"`         // Write makes it 70 if the accounts do not add up
	Files    Files     `json:"files"`             // filled in by Write
	Notes
}

// Notes are the members of a summary that explain rather than count. All may be empty.
type Notes struct {
	Verdict  string             `json:"verdict,omitempty"`  // one sentence, filled in by Write
	Invalid  string             `json:"invalid,omitempty"`  // why the accounts do not add up, filled in by Write
	Reason   string             `json:"reason,omitempty"`   // why the run stopped early
	Error    string             `json:"error,omitempty"`    // why nothing was sent: a refusal, as commands without a run print it
	Next     string             `json:"next,omitempty"`     // the exact next command
	Program  string             `json:"program,omitempty"`  // such as "rollcall 1.0.0"
	Hashes   map[string]string  `json:"hashes,omitempty"`   // what the run is bound to: sheet, job, target, account
	Undo     *Undone            `json:"undo,omitempty"`     // nil if the run is no undo
	Extras   *Extras            `json:"extras,omitempty"`   // nil if the plan listed nothing, or was for a report fed back
	Problems map[model.Code]int `json:"problems,omitempty"` // how often each code occurred, filled in by Write
	Warned   int                `json:"warned"`             // rows with nothing worse than warnings, filled in by Write
	Groups   []ProblemGroup     `json:"problem_groups"`     // the problems by code and column, filled in by Write
}

// Account is the tenant of the API that a run went to.
type Account struct {
	BaseURL  string            `json:"base_url"`
	Settings map[string]string `json:"settings"` // such as tenant_id
}

// Source is the sheet of a run.
type Source struct {
	File   string `json:"file"`
	Sheet  string `json:"sheet"` // worksheet, "" for CSV
	SHA256 string `json:"sha256"`
	Rows   int    `json:"rows"` // that are not blank
}

// Requests is what a run spent, and what its plan had said it would.
type Requests struct {
	Sent      int `json:"sent"`
	Retried   int `json:"retried"`
	Throttled int `json:"throttled"`
	Forecast  int `json:"forecast"`
}

// Planned is the writes that a plan holds; they count as not attempted.
type Planned struct {
	Create int `json:"create"`
	Update int `json:"update"`
}

// Files is the files that were written: name to absolute path.
type Files map[string]string

// Counts is how many rows were read, and how many of them ended in each status.
type Counts struct {
	Read int
	Rows plan.Counts
}

// Of is the number of rows in a status.
func (c Counts) Of(s plan.Status) int { return c.Rows[s] }

// Unsettled is the number of rows that are in failed.csv.
func (c Counts) Unsettled() int {
	n := 0
	for s, k := range c.Rows {
		if !s.Settled() {
			n += k
		}
	}
	return n
}

// MarshalJSON gives "read" first and then every status, also those without rows, in the order of the account.
func (c Counts) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"read":%d`, c.Read)
	for _, s := range plan.Statuses() {
		fmt.Fprintf(&b, `,%q:%d`, s, c.Rows[s])
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Counts) UnmarshalJSON(data []byte) error {
	var all map[plan.Status]int
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	c.Read = all["read"]
	delete(all, "read")
	c.Rows = all
	return nil
}

// check tells why the counts do not add up, "" if they do. The ledger's own counts may be nil: then there is nothing to
// compare with.
func (c Counts) check(ledger plan.Counts, source int) string {
	if sum := c.Rows.Sum(); sum != c.Read {
		return fmt.Sprintf("%d rows were read and %d have a status", c.Read, sum)
	}
	known := 0
	for _, s := range plan.Statuses() {
		known += c.Rows[s]
		if ledger != nil && ledger[s] != c.Rows[s] {
			return fmt.Sprintf("the report has %d rows %s, the ledger has %d", c.Rows[s], label(s), ledger[s])
		}
	}
	if known != c.Read {
		return fmt.Sprintf("%d rows have a status that does not exist", c.Read-known)
	}
	if source != c.Read {
		return fmt.Sprintf("the sheet had %d rows and the report has %d", source, c.Read)
	}
	return ""
}
