package plan

import (
	"fmt"
	"strconv"
	"strings"
)

// Threshold is a figure that must not be exceeded: a share of the whole, or a count. The zero value exceeds nothing.
type Threshold struct {
	Percent float64 // of the whole, 0 to 100; negative = Count holds instead
	Count   int     // rows
	AtLeast int     // the share alone is not enough below so many
	set     bool
}

// ParseThreshold reads "20%" or "50".
func ParseThreshold(text string) (Threshold, error) {
	text = strings.TrimSpace(text)
	if share, ok := strings.CutSuffix(text, "%"); ok {
		p, err := strconv.ParseFloat(strings.TrimSpace(share), 64)
		if err != nil || !(p >= 0 && p <= 100) {
			return Threshold{}, fmt.Errorf("%q is not a share between 0%% and 100%%", text)
		}
		return Threshold{Percent: p, set: true}, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return Threshold{}, fmt.Errorf("%q is neither a number of rows nor a share such as 20%%", text)
	}
	return Threshold{Count: n, Percent: -1, set: true}, nil
}

// UnmarshalText reads a threshold of the job file.
func (t *Threshold) UnmarshalText(text []byte) error {
	parsed, err := ParseThreshold(string(text))
	if err == nil {
		*t = parsed
	}
	return err
}

// String is the form that ParseThreshold reads.
func (t Threshold) String() string {
	if t.Percent < 0 {
		return strconv.Itoa(t.Count)
	}
	return strconv.FormatFloat(t.Percent, 'f', -1, 64) + "%"
}

// exceeded reports whether n of whole is more than allowed. A guard stops when the figure is greater, not when it is
// reached.
func (t Threshold) exceeded(n, whole int) bool {
	if !t.set {
		return false
	}
	if t.Percent < 0 {
		return n > t.Count
	}
	return n >= max(t.AtLeast, 1) && float64(n)*100 > t.Percent*float64(whole)
}

// Guards stop a run that would do what nobody meant.
type Guards struct {
	MaxInvalid  Threshold `yaml:"max_invalid"`  // of the rows read; default 20% and at least 20 rows
	MaxChanged  Threshold `yaml:"max_changed"`  // of the matched records; default 50% and at least 20
	MaxFailures *int      `yaml:"max_failures"` // while pushing; default 50
	AllowEmpty  bool      `yaml:"allow_empty"`  // a sheet without rows is fine
}

// The defaults of the guards.
const (
	defaultMaxInvalid  = 20 // percent
	defaultMaxChanged  = 50 // percent
	defaultAtLeast     = 20 // rows, for both
	defaultMaxFailures = 50
)

// WithDefaults fills in what the job does not say.
func (g Guards) WithDefaults() Guards {
	if !g.MaxInvalid.set {
		g.MaxInvalid = Threshold{Percent: defaultMaxInvalid, AtLeast: defaultAtLeast, set: true}
	}
	if !g.MaxChanged.set {
		g.MaxChanged = Threshold{Percent: defaultMaxChanged, AtLeast: defaultAtLeast, set: true}
	}
	if g.MaxFailures == nil {
		n := defaultMaxFailures
		g.MaxFailures = &n
	}
	return g
}

// GuardError is a plan that a guard has stopped before its first write.
type GuardError struct {
	Guard  string // key in the job file
	Reason string
}

// Error says what the guard saw and how to let the run pass.
func (e *GuardError) Error() string {
	return fmt.Sprintf("guard %s: %s; nothing was sent. If this is meant, set guards.%s in the job file", e.Guard, e.Reason, e.Guard)
}

// Judge looks at a whole plan and returns a [*GuardError] if it must not be pushed. retry says that the sheet is a report
// of an earlier run, fed back: most of its rows may still be invalid.
func (g Guards) Judge(t Tally, retry bool) error {
	judged := t.Read - t.Skipped // whoever skips the sound rows has no better sheet for it
	switch {
	case t.Read == 0 && !g.AllowEmpty:
		return &GuardError{"allow_empty", "the sheet has a header and no rows"}
	case !retry && g.MaxInvalid.exceeded(t.Invalid, judged):
		return &GuardError{"max_invalid", fmt.Sprintf("%d of %d rows are invalid, more than %s", t.Invalid, judged, g.MaxInvalid)}
	case g.MaxChanged.exceeded(t.Updates, t.Matched):
		reason := fmt.Sprintf("%d of %d matched records would change, more than %s", t.Updates, t.Matched, g.MaxChanged)
		if t.Unseen > 0 {
			reason += fmt.Sprintf(" (%d of them only in fields that the API does not show, so that nothing tells whether they differ)", t.Unseen)
		}
		return &GuardError{"max_changed", reason}
	}
	return nil
}
