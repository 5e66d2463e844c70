package sync

import (
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// paced is how the requests of one session went.
type paced struct {
	Command string       `json:"command"`
	Limit   string       `json:"limit"` // of the account in words, "" if there is none
	History pace.History `json:"history"`
}

// maxPaces is how many sessions of a run are remembered: one that is resumed time and again keeps its latest.
const maxPaces = 12

// notePace keeps what the pacer of this session has seen so far in place of what it had seen before.
func (s *session) notePace() {
	if s.pacer == nil {
		return
	}
	now := paced{Command: s.opts.Command, History: s.pacer.History()}
	if limit := s.opts.Job.Connection.limit; !limit.None() {
		now.Limit = strings.Replace(limit.String(), "/", " requests in ", 1)
	}
	paces := s.stored.Paces
	if n := len(paces); n > 0 && paces[n-1].History.Begun.Equal(now.History.Begun) {
		paces = paces[:n-1]
	}
	paces = append(paces, now)
	s.stored.Paces = paces[max(0, len(paces)-maxPaces):]
}

// sessions is what the report shows of the pace of a run.
func (s *session) sessions() []reconcile.Session {
	out := make([]reconcile.Session, 0, len(s.stored.Paces))
	for _, p := range s.stored.Paces {
		h := &p.History
		r := reconcile.Session{Command: p.Command, Limit: p.Limit, Begun: h.Begun, Ended: h.Ended, Width: h.Width}
		for _, w := range h.Waits {
			r.Waits = append(r.Waits, reconcile.Wait{Why: string(w.Why), Status: w.Status, Times: w.Times, Waited: w.Waited, Longest: w.Longest, At: w.At})
		}
		for _, slice := range h.Slices {
			r.Slices = append(r.Slices, sliceOf(&slice))
		}
		out = append(out, r)
	}
	return out
}

func sliceOf(s *pace.Slice) reconcile.Slice {
	var out reconcile.Slice
	out.Answers[reconcile.Good], out.Answers[reconcile.Refused] = s.Good, s.Refused
	out.Answers[reconcile.Throttled], out.Answers[reconcile.Broken] = s.Throttled, s.Broken
	out.Answers[reconcile.Silent] = s.Silent
	for why, took := range s.Waited {
		if out.Waited == nil {
			out.Waited = map[string]time.Duration{}
		}
		out.Waited[string(why)] = took
	}
	return out
}
