package sync

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// NoticeVersion is the version of the JSON that notifications send. It grows when a member changes its meaning, not when one is
// added.
const NoticeVersion = 1

// Notify is somebody who wants to be told how unattended runs end.
type Notify struct {
	On      []Event  `yaml:"on"`
	Webhook string   `yaml:"webhook"` // reference to a URL, which is a secret: who has it can post there
	Command []string `yaml:"command"` // program and arguments; it gets the JSON on its standard input
}

// Event is something that somebody may want to be told. Several may hold at the end of a run.
type Event string

// The events.
const (
	EventFailed      Event = "failed"      // rows are invalid, rejected, failed or in conflict, or the command could not do its work: exit 1, 2, 3, 12, 70
	EventInDoubt     Event = "in_doubt"    // rows are in doubt
	EventGuard       Event = "guard"       // a guard refused or stopped the run
	EventEmpty       Event = "empty"       // the sheet had no rows
	EventRefused     Event = "refused"     // nothing was sent, exit 4: a guard, a stale plan, columns that do not fit
	EventEarly       Event = "early"       // stopped early and resumable, exit 6
	EventLocked      Event = "locked"      // another run was at work, exit 7
	EventInterrupted Event = "interrupted" // by a person or the system, exit 130 and 143
	EventSuccess     Event = "success"     // exit 0
)

// Notice is the JSON of a notification. There is no personal data in it: counts, names of files, and what an exit code means.
type Notice struct {
	Version  int               `json:"version"`
	ID       string            `json:"id"`   // of the notification: the same if it comes twice
	Text     string            `json:"text"` // all in one line, for chats
	Events   []Event           `json:"events"`
	Command  string            `json:"command"`
	Target   string            `json:"target"`
	Account  string            `json:"account"` // fingerprint, as in summary.json
	Run      string            `json:"run"`     // "" if there was none yet
	ExitCode Exit              `json:"exit_code"`
	Meaning  string            `json:"meaning"` // of the exit code
	Fix      string            `json:"fix"`
	Counts   *reconcile.Counts `json:"counts"` // null without a run
	Time     time.Time         `json:"time"`
	Files    reconcile.Files   `json:"files"`
	NoticeOrigin
}

// NoticeOrigin is where a notification comes from.
type NoticeOrigin struct {
	Job  string `json:"job"` // the job file
	Host string `json:"host"`
}

// notifyPatience is how long one try may take: whoever waits for the end of the program must not wait for a dead webhook.
const notifyPatience = 10 * time.Second

// notifyFindings is what does not fit together in the notifications of a job.
func (j *Job) notifyFindings(doc *model.Document) []model.Finding {
	var out []model.Finding
	for i := range j.Notify {
		n, at := &j.Notify[i], []string{"notify", fmt.Sprint(i)}
		switch {
		case n.Webhook == "" && len(n.Command) == 0:
			out = append(out, doc.Finding(`missing key "webhook" or "command"`, "say who is told", at...))
		case n.Webhook != "" && len(n.Command) > 0:
			out = append(out, doc.Finding("webhook and command stand side by side", "write one entry for each", append(at, "command")...))
		}
		for _, arg := range n.Command {
			if strings.Contains(arg, "${") {
				out = append(out, doc.Finding("no reference is filled in here: every user of the machine sees the arguments of a program",
					"let the program read the secret itself", append(at, "command")...))
			}
		}
	}
	return out
}

// attend sees to it that whoever wants to know is told how the command ends; the function it returns is called then. What cannot
// work is said at once: nobody would notice in the night that nobody is told.
func (o *Options) attend(ctx context.Context) (tell func(*Summary, error)) {
	o.ended = &ending{}
	for i := range o.Job.Notify {
		if n := &o.Job.Notify[i]; n.Webhook != "" {
			if _, err := o.webhook(i); err != nil {
				o.warn(nil, i, err)
			}
		}
	}
	return func(sum *Summary, err error) { o.tell(ctx, sum, err) }
}

// tell sends the notifications of an end. Their failure is a warning and no more: the run has ended as it has.
func (o *Options) tell(ctx context.Context, sum *Summary, err error) {
	if len(o.Job.Notify) == 0 || errors.Is(err, ErrNothingToResume) {
		return
	}
	if sum == nil && err == nil { // it is about to crash, and nothing was seen done
		err = errors.New("the command ended without a result")
	}
	notice := noticeOf(o, sum, err)
	body, failed := json.Marshal(notice)
	for i := range o.Job.Notify {
		n := &o.Job.Notify[i]
		if !slices.ContainsFunc(n.On, func(e Event) bool { return slices.Contains(notice.Events, e) }) {
			continue
		}
		told := failed
		if told == nil {
			told = o.send(ctx, i, body)
		}
		if told != nil {
			o.warn(sum, i, told)
		}
	}
}

// send sends one notification.
func (o *Options) send(ctx context.Context, i int, body []byte) error {
	n := &o.Job.Notify[i]
	if n.Webhook == "" {
		return runNotice(ctx, n.Command, body)
	}
	address, err := o.webhook(i)
	if err != nil {
		return err
	}
	return postNotice(ctx, o, address, body)
}

// maxWarning is how much of a failure is told, in characters: what a command says may be long.
const maxWarning = 600

// warn says that somebody could not be told, on standard error and in the log of the run. Secrets are taken out of the text.
func (o *Options) warn(sum *Summary, i int, err error) {
	text := remote.Hide(err.Error(), o.Job.secrets()...)
	if runes := []rune(text); len(runes) > maxWarning {
		text = string(runes[:maxWarning]) + "…"
	}
	log := newRunLog(o.Log)
	if sum != nil {
		if path := sum.Files[runLogFile]; path != "" {
			if failed := log.open(strings.TrimSuffix(path, runLogFile)); failed != nil {
				o.Log.Warn("the log cannot be written", "error", failed)
			}
		}
	}
	log.Warn("notification not sent", "notify", i, "error", text)
	if failed := log.close(); failed != nil {
		o.Log.Warn("the log cannot be written", "error", failed)
	}
}

// secrets is every secret that the job refers to and that can be read.
func (j *Job) secrets() []remote.Secret {
	a := &j.Connection.Auth
	references := []string{a.Token, a.ClientSecret, a.RefreshToken}
	for i := range j.Notify {
		references = append(references, j.Notify[i].Webhook)
	}
	var out []remote.Secret
	for _, reference := range references {
		if text, err := j.resolve("", reference); err == nil {
			out = append(out, remote.NewSecret(text))
			if u, err := url.Parse(strings.TrimSpace(text)); err == nil && len(u.RequestURI()) > 1 { // errors tell of its parts
				out = append(out, remote.NewSecret(u.RequestURI()), remote.NewSecret(u.Path))
			}
		}
	}
	return out
}

// noticeOf describes an end.
func noticeOf(o *Options, sum *Summary, err error) *Notice {
	code := ExitOf(err)
	if sum != nil {
		code = Exit(sum.ExitCode)
	}
	job, failed := filepath.Abs(o.Job.Path)
	if failed != nil {
		job = o.Job.Path
	}
	host, _ := os.Hostname() // "" says that it is not known
	n := &Notice{
		Version: NoticeVersion, ID: noticeID(), Command: o.Command, Target: o.Job.Name(), Account: accountOf(o.Job).fingerprint(),
		NoticeOrigin: NoticeOrigin{job, host}, ExitCode: code, Time: time.Now().UTC(), Files: reconcile.Files{}, Events: eventsOf(sum, errors.Join(err, o.ended.refusal, o.ended.early), code),
	}
	for _, m := range Exits() {
		if m.Code == code {
			n.Meaning, n.Fix = m.Meaning, m.Fix
		}
	}
	n.Text = fmt.Sprintf("rollcall %s of %s on %s: exit code %d, %s", n.Command, n.Target, cmp.Or(n.Host, "an unknown host"), code, n.Meaning)
	if sum != nil {
		n.Run, n.Counts, n.Files = sum.Run, &sum.Counts, sum.Files
		n.Text += fmt.Sprintf(". Run %s: %s", sum.Run, countsText(&sum.Counts))
	}
	return n
}

// countsText is counts in words.
func countsText(c *reconcile.Counts) string {
	parts := []string{countOf(c.Read, "row", "rows")}
	for _, status := range plan.Statuses() {
		if k := c.Of(status); k > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", k, strings.ReplaceAll(string(status), "_", " ")))
		}
	}
	return strings.Join(parts, ", ")
}

// noticeID is the name of a notification.
func noticeID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// eventsOf is everything that holds at an end.
func eventsOf(sum *Summary, err error, code Exit) []Event {
	holds := map[Event]bool{
		EventFailed:      slices.Contains([]Exit{ExitError, ExitUsage, ExitProblems, ExitAuth, ExitInvalid}, code),
		EventInDoubt:     code == ExitDoubt,
		EventGuard:       as[*plan.GuardError](err)() || errors.Is(err, push.ErrGuard),
		EventRefused:     code == ExitRefused,
		EventEarly:       code == ExitEarly,
		EventLocked:      code == ExitLocked,
		EventInterrupted: code == ExitInterrupted || code == ExitTerminated,
		EventSuccess:     code == ExitOK,
	}
	if sum != nil {
		c := &sum.Counts
		holds[EventInDoubt] = c.Of(plan.InDoubt) > 0
		holds[EventEmpty] = c.Read == 0
		holds[EventFailed] = holds[EventFailed] || c.Of(plan.Invalid)+c.Of(plan.Rejected)+c.Of(plan.Failed)+c.Of(plan.Conflict) > 0
	}
	events := []Event{}
	for _, e := range []Event{EventFailed, EventInDoubt, EventGuard, EventEmpty, EventRefused, EventEarly, EventLocked, EventInterrupted, EventSuccess} {
		if holds[e] {
			events = append(events, e)
		}
	}
	return events
}
