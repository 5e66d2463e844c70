package sync

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/sync/plan"
)

// Meter is told how a run fares while it goes, for somebody who watches from outside. An implementation must not block, and its
// methods are called from several goroutines.
type Meter interface {
	// Begin tells what is about to run. spent may be asked at any time, from any goroutine.
	Begin(run RunName, spent func() Spent)
	// Counts tells how many rows are in which status before anything is pushed.
	Counts(plan.Counts)
	// Row tells that a row which was not attempted has ended.
	Row(plan.Status)
}

// Status is how a row ended.
type Status = plan.Status

// NotAttempted is the status of a row that the run has not come to.
const NotAttempted = plan.NotAttempted

// Counts is how many rows ended in each status.
type Counts = plan.Counts

// Statuses is every status in the order of the account.
func Statuses() []Status { return plan.Statuses() }

// RunName is which run a figure is of.
type RunName struct{ Run, Command, Target, Version string }

// Spent is what a run has cost so far.
type Spent struct {
	Requests, Retries, Throttles int
	Waited                       time.Duration // of all requests together
	Pauses                       int           // that the API has asked for
}

// meter tells who watches of the session's run.
func (s *session) meter() {
	if s.opts.Meter == nil {
		return
	}
	client, pacer := s.client, s.pacer
	s.opts.Meter.Begin(RunName{s.run.ID, s.opts.Command, s.resource(), s.opts.Version}, func() Spent {
		sent, paced := client.Stats(), pacer.Stats()
		return Spent{sent.Sent, sent.Retried, sent.Throttled, paced.Waited, paced.Pauses}
	})
}

// Metrics is the figures of a run and of the ends of runs, as a monitoring system reads them.
type Metrics struct {
	Config  string // absolute path of the job file: tells the figures of several jobs apart
	Run     RunName
	Running bool
	Began   time.Time
	Took    time.Duration
	Rows    plan.Counts
	Spent   Spent
	Last    LastEnd
}

// LastEnd is how the latest run that has ended did so.
type LastEnd struct {
	Known   bool // some run has ended
	Code    Exit
	At      time.Time
	Success time.Time // when one last ended with exit code 0; zero if that is not known
}

// The names of the metrics that are read again, for they outlive a run.
const (
	metricLastCode    = "rollcall_last_exit_code"
	metricLastTime    = "rollcall_last_end_time_seconds"
	metricLastSuccess = "rollcall_last_success_time_seconds"
)

// WriteTo writes the figures in the text format of Prometheus.
func (m *Metrics) WriteTo(w io.Writer) (int64, error) {
	t := &metricsText{config: m.Config}
	t.gauge("rollcall_run_info", "The run that the other figures are of; always 1.")
	t.sample("rollcall_run_info", 1, "run", m.Run.Run, "command", m.Run.Command, "target", m.Run.Target, "version", m.Run.Version)
	t.one("rollcall_running", "1 while the run goes, 0 when it has ended.", float64(bit(m.Running)))
	t.one("rollcall_run_start_time_seconds", "When the run began, Unix time.", seconds(m.Began))
	t.one("rollcall_run_duration_seconds", "How long the run has taken so far.", m.Took.Seconds())
	t.gauge("rollcall_run_rows", "Rows of the sheet by status; they add up to the rows that were read.")
	for _, status := range plan.Statuses() {
		t.sample("rollcall_run_rows", float64(m.Rows[status]), "status", string(status))
	}
	t.one("rollcall_run_rows_read", "Rows of the sheet.", float64(m.Rows.Sum()))
	t.one("rollcall_in_doubt", "Rows that were sent and whose outcome was not seen.", float64(m.Rows[plan.InDoubt]))
	t.one("rollcall_run_requests", "Requests that the command has sent.", float64(m.Spent.Requests))
	t.one("rollcall_run_retries", "Requests that were sent again.", float64(m.Spent.Retries))
	t.one("rollcall_run_throttles", "Requests that the API has answered with 429.", float64(m.Spent.Throttles))
	t.one("rollcall_run_pauses", "Pauses that the API has asked for.", float64(m.Spent.Pauses))
	t.one("rollcall_run_waited_seconds", "Time that requests have waited for the rate limit, added up.", m.Spent.Waited.Seconds())
	if m.Last.Known {
		t.one(metricLastCode, "Exit code of the latest command that has ended.", float64(m.Last.Code))
		t.one(metricLastTime, "When the latest command ended, Unix time.", seconds(m.Last.At))
	}
	if !m.Last.Success.IsZero() {
		t.one(metricLastSuccess, "When a command last ended with exit code 0, Unix time.", seconds(m.Last.Success))
	}
	n, err := io.WriteString(w, t.b.String())
	return int64(n), err
}

// ReadLastEnd reads how the latest run ended from what WriteTo has written. What cannot be read is not known.
func ReadLastEnd(text string) LastEnd {
	var last LastEnd
	for line := range strings.Lines(text) {
		name, rest, _ := strings.Cut(line, "{")
		value, err := strconv.ParseFloat(strings.TrimSpace(rest[strings.LastIndexByte(rest, '}')+1:]), 64)
		if err != nil {
			continue
		}
		switch name {
		case metricLastCode:
			last.Known, last.Code = true, Exit(value)
		case metricLastTime:
			last.At = unixTime(value)
		case metricLastSuccess:
			last.Success = unixTime(value)
		}
	}
	return last
}

// metricsText is metrics as text. Every sample has the job file as a label.
type metricsText struct {
	b      strings.Builder
	config string
}

// one is a metric with one sample.
func (t *metricsText) one(name, help string, value float64) {
	t.gauge(name, help)
	t.sample(name, value)
}

// gauge begins a metric. All are gauges: what a run has spent does not add up over runs.
func (t *metricsText) gauge(name, help string) {
	fmt.Fprintf(&t.b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
}

// sample writes a value with labels, which are names and values in turn.
func (t *metricsText) sample(name string, value float64, labels ...string) {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	fmt.Fprintf(&t.b, `%s{config="%s"`, name, escape.Replace(strings.ToValidUTF8(t.config, "\ufffd")))
	for i := 0; i < len(labels); i += 2 {
		fmt.Fprintf(&t.b, `,%s="%s"`, labels[i], escape.Replace(strings.ToValidUTF8(labels[i+1], "\ufffd")))
	}
	fmt.Fprintf(&t.b, "} %s\n", strconv.FormatFloat(value, 'f', -1, 64))
}

// bit is 1 for true.
func bit(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// seconds is a moment as Unix time, 0 for none.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

// unixTime is the moment of a Unix time.
func unixTime(seconds float64) time.Time { return time.UnixMilli(int64(seconds * 1000)).UTC() }
