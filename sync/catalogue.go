package sync

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/pace"
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

// FieldInfo is one documented field in a list of them.
type FieldInfo struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Required bool   `json:"required"`
	Rule     string `json:"rule"`
	Clear    string `json:"clear"`
	Source   string `json:"source"`
}

// Fields lists the fields of a resource, such as cro/contact; the target alone means its first resource. file is a target
// file to look in instead of the embedded ones.
func Fields(name, file string) (string, []FieldInfo, error) {
	target, resource, _ := strings.Cut(name, "/")
	var t *model.Target
	var err error
	if file != "" {
		t, err = targetFile(file)
	} else if t, err = model.Load(target); err != nil {
		err = fmt.Errorf("%w: there is no target %q; `rollcall targets` lists them", ErrUsage, target)
	}
	if err != nil {
		return "", nil, err
	}
	r, ok := t.Resource(resource)
	if !ok {
		return "", nil, fmt.Errorf("%w: target %s has no resource %q; `rollcall targets` lists them", ErrUsage, t.Name, resource)
	}
	var out []FieldInfo
	for i := range r.Model.Fields {
		f := &r.Model.Fields[i]
		out = append(out, FieldInfo{Name: f.Name, Type: mapping.KindName(f.Kind), Required: f.Required, Rule: ruleOf(f), Clear: clearOf(f), Source: f.Source})
	}
	return r.Model.Name(), out, nil
}

// ruleOf is the documented limits of a field in words.
func ruleOf(f *model.Field) string {
	var parts []string
	switch {
	case f.MinLength > 0 && f.MaxLength >= 0:
		parts = append(parts, fmt.Sprintf("%d to %d characters", f.MinLength, f.MaxLength))
	case f.MaxLength >= 0:
		parts = append(parts, "at most "+strconv.Itoa(f.MaxLength)+" characters")
	case f.MinLength > 0:
		parts = append(parts, "at least "+strconv.Itoa(f.MinLength)+" characters")
	}
	if f.Minimum != "" {
		parts = append(parts, "from "+f.Minimum)
	}
	if f.Maximum != "" {
		parts = append(parts, "up to "+f.Maximum)
	}
	if len(f.Enum) > 0 {
		parts = append(parts, "one of "+strings.Join(f.Enum, ", "))
	}
	if f.Format != "" {
		parts = append(parts, strings.ReplaceAll(f.Format, "-", " "))
	}
	if f.In == model.InPath {
		parts = append(parts, "fixed once the record exists")
	}
	return strings.Join(parts, "; ")
}

// clearOf is how a field is emptied, in words.
func clearOf(f *model.Field) string {
	if f.In == model.InPath {
		return "cannot be"
	}
	return map[model.Clear]string{
		model.ClearUndocumented: "not documented", model.ClearNull: "null", model.ClearEmpty: "empty text", model.ClearOmit: "leaving it out",
	}[f.Clear]
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
	Rate    string
	Workers int
	CAFile  string
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
