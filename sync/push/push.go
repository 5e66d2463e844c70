// Package push carries out the changes of a plan with several workers, and ends each with one [Outcome].
//
// It does what the plan says and nothing else. No request goes out without a durable intent ([Recorder.Intend]); an
// answer that was not seen leaves the change in doubt, and doubt is settled by looking ([Looker]), never by sending again
// blindly. What an answer means is decided in one pure function, [Decide]; everything else here is waiting and
// book-keeping. It does not know how a request looks, and it never reads the sheet.
//
// Nothing here assumes that all changes of a run pass through this process.
//
// Begin at [Run].
package push

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/rollcall-sync/rollcall/sync/plan"
)

// Verdict is what is known about a request when its answer, or the lack of one, is in.
type Verdict uint8

// The verdicts.
const (
	Unclear      Verdict = iota // sent, but what became of it was not seen: 5xx, reset, timeout, cut or unreadable answer
	Accepted                    // 2xx, and understood
	NotSent                     // refused connection, DNS, TLS: nothing was sent
	Throttled                   // 429
	Refused                     // 4xx
	Forbidden                   // 403
	Unauthorized                // 401, and no other token is to be had
	Expired                     // 401, for a token that has been renewed since
	Misdirected                 // 3xx: the address is wrong for every request
	Drifted                     // not sent: the record is not any more what the plan has seen
)

// Answer is the result of one request.
type Answer struct {
	Verdict    Verdict
	ID         string        // of the created record
	HTTPStatus int           // 0 if no answer came
	Field      string        // that the API blames, dotted
	Message    string        // the API's text, or what happened to the request
	Faults     []Fault       // all that the API says is wrong; Field and Message are the first of them
	Duplicate  bool          // refused, because another record has what must be unique; Field says what, if it is known
	RequestID  string        // the API's own id of the request, "" if it has none but ours
	RetryAfter time.Duration // what the API asks for; negative if it does not say
	Lingers    time.Duration // how long the API may still be at work on it, because it was we who hung up
}

// Fault is one thing that an API says is wrong with a record.
type Fault struct {
	Field   string // that it blames, dotted, "" if none
	Message string // its own text
}

// Writer sends requests.
type Writer interface {
	// Write sends one request for c and no more: no retries, no redirects. id goes along as the request's own.
	Write(ctx context.Context, c *plan.Change, id string) Answer
}

// Looker finds out what became of a change.
type Looker interface {
	// Look returns the ids of the records that hold every field that the create c sends and that were not known
	// before the intent. An error means that it could not look: [ErrUnauthorized] and [ErrNoLook] that it never will.
	Look(ctx context.Context, c *plan.Change) ([]string, error)
	// Probe reads the record that the update c is for, and reports whether it holds every field that c sends. An error
	// means that the API is down.
	Probe(ctx context.Context, c *plan.Change) (holds bool, err error)
}

// Recorder is the durable memory of a run.
type Recorder interface {
	// Intend returns when the intent is durable. After any error nothing may be sent.
	Intend(ctx context.Context, in Intent) error
	// Conclude takes the outcome; it is durable no later than the next Intend or Flush returns.
	Conclude(ctx context.Context, out Outcome) error
	// Flush returns when everything concluded is durable.
	Flush(ctx context.Context) error
}

// Pacer knows the time: when requests may start, and how long to rest.
type Pacer interface {
	// Sleep waits for d or until ctx ends, whose error it returns then.
	Sleep(ctx context.Context, d time.Duration) error
	// Backoff is how long to rest before retry number n, from 1, with a share of chance in it.
	Backoff(n int) time.Duration
	// Wait returns when the next request may start, or the error of ctx if that ends first.
	Wait(ctx context.Context) error
	// Done follows each Wait that went well: the request is over, or is not sent after all, and another one may start.
	Done()
	// Pause keeps every request from starting for d.
	Pause(d time.Duration)
}

// Parts is what a run works with.
type Parts struct {
	Writer   Writer
	Looker   Looker // nil if the API offers no way to look: what is in doubt stays so
	Recorder Recorder
	Pacer    Pacer

	Rechecker Rechecker     // nil: updates are sent without another look at the record
	Done      func(Outcome) // called for each outcome, from several goroutines
}

// Options bound a run.
type Options struct {
	Workers     int           // requests in flight, default 8
	MaxFailures int           // rejected and failed changes that the run bears; one more stops it; negative = no limit
	MaxPause    time.Duration // how long the API may be down, default 10 minutes
	MaxRequests int           // writes sent before the run stops; 0 = no limit
	Limit       int           // changes carried out before the run stops; 0 = no limit
	Settle      time.Duration // how long a new record may take to appear in lists; 0 = none
}

// The defaults of Options.
const (
	DefaultWorkers  = 8
	DefaultMaxPause = 10 * time.Minute
)

// WithDefaults fills in what is not set.
func (o Options) WithDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = DefaultWorkers
	}
	if o.MaxPause <= 0 {
		o.MaxPause = DefaultMaxPause
	}
	return o
}

// The reasons for which a run ends before its last change. What is not sent then stays to be resumed.
var (
	ErrStopped      = errors.New("stopped on request")
	ErrGuard        = errors.New("guards.max_failures: too many changes were refused or failed")
	ErrDown         = errors.New("the API has been out of reach for longer than max_pause")
	ErrLimit        = errors.New("the limit on requests or changes was reached")
	ErrUnauthorized = errors.New("the API does not accept the credentials")
	ErrForbidden    = errors.New("the API forbids these credentials to write")
	ErrMisdirected  = errors.New("the API answered a write with a redirect")
	ErrNoLook       = errors.New("the API does not show where the record would be")
	ErrRecorder     = errors.New("the ledger cannot be written, so nothing more is sent")
)

// Result is what a run amounted to.
type Result struct {
	Sent    int         // requests sent
	Retried int         // of which again for the same change
	Ended   plan.Counts // how the changes ended that have an outcome
	Early   error       // why the run ended before its last change, nil if it did not
}

// Run carries out changes until there are none left or something is wrong with the run. There are two stops: the end of
// soft lets no further change begin and finishes what is in flight, the end of ctx cuts that off too; soft must be
// derived from ctx. Changes that are not reached have no outcome. The error is trouble of the source of the changes; the
// reason for an early end is in the result.
func Run(ctx, soft context.Context, opts Options, parts Parts, changes iter.Seq2[plan.Change, error]) (Result, error) {
	open, drain := context.WithCancel(soft)
	defer drain()
	r := &run{opts: opts.WithDefaults(), parts: parts, drain: drain, pair: make(chan struct{}, 1), ends: ends{of: plan.Counts{}}}
	err := r.work(ctx, open, changes)
	if soft.Err() != nil {
		r.halt(fmt.Errorf("%w: %w", ErrStopped, context.Cause(soft)))
	}
	res := r.result()
	if flushErr := parts.Recorder.Flush(context.WithoutCancel(ctx)); flushErr != nil && !errors.Is(res.Early, ErrRecorder) {
		res.Early = errors.Join(recorderTrouble(flushErr), res.Early) // whatever ended the run, its last outcomes are lost too
	}
	return res, err
}
