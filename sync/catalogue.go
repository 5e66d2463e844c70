package sync

import (
	"fmt"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// Summary is the account of a run in figures.
type Summary = reconcile.Summary

// Totals is the account of a run as lines that visibly add up.
func Totals(s *Summary) []string { return reconcile.Totals(s) }

// Visible is a text that comes from a sheet or an API, safe to show on a terminal: control characters are shown as
// escapes, except those in keep.
func Visible(text, keep string) string {
	parts := strings.SplitAfter(text, "\n")
	if !strings.Contains(keep, "\n") {
		return reconcile.Visible(text)
	}
	for i, part := range parts {
		line, newline := strings.CutSuffix(part, "\n")
		parts[i] = reconcile.Visible(line)
		if newline {
			parts[i] += "\n"
		}
	}
	return strings.Join(parts, "")
}

// TargetInfo is one API in a list of them.
type TargetInfo struct {
	Name       string   `json:"name"`
	Title      string   `json:"title"`
	APIVersion string   `json:"api_version"`
	Resources  []string `json:"resources"`
	Settings   []string `json:"account_settings"`
	Auth       []string `json:"auth"` // methods, each with the keys of connection.auth that it takes
	Rate       string   `json:"rate"`
}

// Targets lists the embedded targets, or the one in file.
func Targets(file string) ([]TargetInfo, error) {
	var targets []*model.Target
	if file != "" {
		t, err := targetFile(file)
		if err != nil {
			return nil, err
		}
		targets = append(targets, t)
	} else {
		for _, name := range model.Names() {
			t, err := model.Load(name)
			if err != nil {
				return nil, err
			}
			targets = append(targets, t)
		}
	}
	out := make([]TargetInfo, 0, len(targets))
	for _, t := range targets {
		info := TargetInfo{Name: t.Name, Title: t.Title, APIVersion: t.Version, Rate: pace.Limit{Requests: t.Rate.Limit, Per: t.Rate.Per}.String()}
		for _, r := range t.Resources {
			info.Resources = append(info.Resources, r.Model.Name())
		}
		info.Auth = ways(&t.Auth)
		for _, s := range t.Settings {
			info.Settings = append(info.Settings, s.Name)
		}
		if info.Rate == "none" {
			info.Rate = "none documented"
		}
		out = append(out, info)
	}
	return out, nil
}

// targetFile loads a target that the command line names.
func targetFile(path string) (*model.Target, error) {
	t, err := model.LoadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: --target-file: %w", ErrUsage, err)
	}
	return t, nil
}

// Explanation is what a problem code means.
type Explanation struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Meaning  string `json:"meaning"`
	Cause    string `json:"cause"`
	Fix      string `json:"fix"`
	Example  string `json:"example"`
}

// Explanations is the registry of problem codes.
func Explanations() []Explanation {
	var out []Explanation
	for _, e := range model.Codes() {
		severity := "the row is not done, and is in failed.csv"
		if e.Severity == model.Warns {
			severity = "a warning: the row is sent all the same"
		}
		out = append(out, Explanation{string(e.Code), severity, e.Meaning, e.Cause, e.Fix, e.Example})
	}
	return out
}

// Explain is the entry of one code.
func Explain(code string) (Explanation, bool) {
	for _, e := range Explanations() {
		if e.Code == code {
			return e, true
		}
	}
	return Explanation{}, false
}

// CodeNames is every problem code.
func CodeNames() []string {
	var out []string
	for _, e := range model.Codes() {
		out = append(out, string(e.Code))
	}
	return out
}

// Overrides are what the command line says instead of the job file. Zero values say nothing.
type Overrides struct {
	Rate       string
	Workers    int
	CAFile     string
	OnConflict string
}

// Override puts the command line over the job file.
func (j *Job) Override(o Overrides) error {
	if o.Rate != "" {
		limit, err := pace.ParseLimit(o.Rate)
		if err != nil {
			return fmt.Errorf("%w: --rate: %w", ErrUsage, err)
		}
		j.Connection.limit = limit
	}
	if o.Workers < 0 || o.Workers > 64 {
		return fmt.Errorf("%w: --workers must be 1 to 64", ErrUsage)
	}
	if o.Workers > 0 {
		j.Connection.Workers = o.Workers
	}
	if o.CAFile != "" {
		j.Connection.CAFile = o.CAFile
	}
	switch policy := plan.Policy(o.OnConflict); policy {
	case "":
	case plan.OnConflictHold, plan.OnConflictSheet, plan.OnConflictAPI:
		j.OnConflict = policy
	default:
		return fmt.Errorf("%w: --on-conflict %q: say hold, sheet or api", ErrUsage, policy)
	}
	return nil
}

// Forecast is how long n requests take at least under the job's rate.
func (j *Job) Forecast(n int) time.Duration { return j.Connection.limit.Forecast(n) }

// RateText is the job's rate, such as 20/1m.
func (j *Job) RateText() string { return j.Connection.limit.String() }

// ParseRate reads a rate such as 20/1m as a number of requests and their time; none is 0.
func ParseRate(text string) (requests int, per time.Duration, err error) {
	limit, err := pace.ParseLimit(text)
	return limit.Requests, limit.Per, err
}
