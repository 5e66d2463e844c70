package pace

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// Shared is a budget that all processes of a user on this machine share through a small file: the starts of the latest
// requests, and until when the API has told one of them to wait. The file is locked for the few microseconds in which a
// request is counted, so a process that dies holds up nobody.
//
// Where the file is not to be believed (it is damaged, the clock of the machine was set), the whole budget counts as just
// used up: never too many requests, and nobody waits for longer than a window. Where it cannot be used at all, the process
// keeps within the budget alone. Without a limit there is nothing to count, and only pauses are shared.
//
// It is not safe for concurrent use; the [Pacer] sees to that.
type Shared struct {
	path   string
	limit  Limit
	note   func(string)
	clock  clock
	book   book
	claims claims
	moves  []move // that are not in the file yet
	buf    []byte
	until  time.Time // no request of this process starts before
	told   int64     // the end of the latest pause that this process knows of, on the shared clock
	unsaid bool      // others do not know of it
	busy   time.Time // since when another process has held the file, zero if none does
	alone  bool      // the file cannot be used

	glanced time.Time // when a budget without a limit last looked for pauses
	opens   time.Time // when the next request may start, as far as is known
}

// move is a start that was counted for one moment, and happened at another; 0 if it did not happen.
type move struct{ from, to int64 }

var _ Budget = (*Shared)(nil)

// Share is the budget in the file at path, whose folder is made if need be. Nothing happens before the first request. note
// is told, in a line for the user, of what is wrong with the file and of pauses that others have been asked for. It must not
// call the Pacer.
func Share(path string, limit Limit, note func(string)) *Shared {
	s := &Shared{path: path, limit: limit.parts(), note: note, clock: newClock()}
	if !limit.None() {
		s.clock.tolerance = max(s.limit.margin()/2, time.Millisecond)
	}
	s.clock.now() // to notice it if the clock is set before the first request
	return s
}

const (
	// recheck is how long a request waits at most before it asks again: meanwhile the clock may have been set.
	recheck = time.Second
	// busyPause is how long it waits while others keep the file to themselves.
	busyPause = 2 * time.Millisecond
	// maxBusy is how long others may do that: a process that was stopped in the middle of it may never go on.
	maxBusy = 10 * time.Second
	// glanceEvery is how often a budget without a limit looks for pauses.
	glanceEvery = 100 * time.Millisecond
)

// Take starts a request now and returns 0, or says how long to wait before asking again.
func (s *Shared) Take(now time.Time) time.Duration {
	if s.limit.None() {
		return s.glance(now)
	}
	var wait time.Duration
	err := s.update(func(at int64) bool {
		wait = max(s.book.delay(s.limit, at), s.until.Sub(now))
		if wait <= 0 {
			s.book.start(at)
			s.claims.add(at)
		}
		return wait <= 0
	})
	if err != nil {
		return busyPause
	}
	return s.patience(now, wait)
}

// patience is how long a request waits before it asks again, of a wait that may be longer.
func (s *Shared) patience(now time.Time, wait time.Duration) time.Duration {
	s.opens = now.Add(wait)
	return min(max(0, wait), recheck)
}

// Opens is when the request that was last told to wait may start, if nothing happens until then.
func (s *Shared) Opens() time.Time { return s.opens }

// Sending counts a request that was let through for the moment at which it goes out: now.
func (s *Shared) Sending(time.Time) {
	if s.limit.None() {
		return
	}
	at := s.clock.now()
	if s.clock.jumped {
		s.claims.distrust()
	}
	if counted, late := s.claims.redeem(s.limit, at); late {
		s.moves = append(s.moves, move{counted, at})
		s.publish()
	}
}

// Unsent gives back the place of a request that was let through and does not go out.
func (s *Shared) Unsent() {
	if counted := s.claims.drop(); counted != 0 {
		s.moves = append(s.moves, move{from: counted})
		s.publish()
	}
}

// Hold keeps the requests of all processes from starting for d after the moment now. It reports false if none may until then
// anyway.
func (s *Shared) Hold(now time.Time, d time.Duration) (longer bool) {
	until := now.Add(d)
	if !until.After(s.until) {
		return false
	}
	s.until, s.unsaid = until, true
	s.publish()
	return true
}

// publish lets the others know what only this process does. If they are at it, the next request sees to it.
func (s *Shared) publish() { _ = s.update(func(int64) bool { return false }) }

// update changes the book, of this process and of all others. change is given the moment, and reports whether it has changed
// anything. The only error is errBusy.
func (s *Shared) update(change func(now int64) (changed bool)) error {
	f, err := s.open()
	if err != nil {
		return err
	}
	if f != nil {
		defer f.close()
	}
	now := s.clock.now()
	changed := s.revise(now)
	if changed = change(now) || changed; !changed || f == nil {
		return nil
	}
	if err := f.store(&s.book, s.buf); err != nil {
		s.part(err)
	}
	return nil
}

// revise brings the book up to date with what this process alone knows: what it could not write before, and that the clock
// was set. It reports whether that has changed anything.
func (s *Shared) revise(now int64) (changed bool) {
	jumped := s.clock.wasSet()
	if jumped {
		s.told, s.book.until = 0, 0
	}
	if jumped && !s.limit.None() {
		s.book.forget(now)
		s.claims.distrust()
		s.note("the clock of this machine was set, or it was asleep: the request budget counts as used up for now")
	}
	for _, m := range s.moves {
		s.book.remove(m.from)
		if m.to != 0 {
			s.book.start(m.to)
		}
	}
	changed = jumped || len(s.moves) > 0
	s.moves = s.moves[:0]
	if left := time.Until(s.until); left > 0 && (jumped || s.unsaid) {
		s.told = now + int64(left)
		s.book.until = max(s.book.until, s.told)
		changed = true
	}
	s.unsaid = false
	changed = s.book.correct(s.limit, now) || changed
	s.tell(now)
	return changed
}

// open opens the file and reads the book, or returns nil if this process is alone.
func (s *Shared) open() (*bookFile, error) {
	if s.alone {
		return nil, nil
	}
	f, err := openBook(s.path)
	if errors.Is(err, errBusy) {
		if s.busy.IsZero() {
			s.busy = time.Now()
		}
		if time.Since(s.busy) < maxBusy {
			return nil, errBusy
		}
		err = fmt.Errorf("another process has held %s.lock for longer than %s", s.path, maxBusy)
	}
	s.busy = time.Time{}
	if err != nil {
		s.part(err)
		return nil, nil
	}
	if s.buf == nil {
		s.buf = make([]byte, maxBytes)
	}
	switch err := f.load(&s.book, s.buf); {
	case errors.Is(err, errDamaged):
		now := s.clock.now()
		s.book.forget(now)
		s.note(fmt.Sprintf("the request budget in %s was damaged: it is begun anew, and counts as used up for now", s.path))
		if err := f.store(&s.book, s.buf); err != nil {
			s.part(err)
		}
	case err != nil:
		f.close()
		s.part(err)
		return nil, nil
	}
	return f, nil
}

// part goes on with what this process knows.
func (s *Shared) part(err error) {
	s.alone = true
	s.note(fmt.Sprintf("the request budget is not shared with other runs on this account: %v", err))
}

// tell lets the user know of a pause that another process was asked for.
func (s *Shared) tell(now int64) {
	left := time.Duration(s.book.until - now)
	if s.book.until <= s.told || left < worthSaying {
		return
	}
	s.told = s.book.until
	s.note(fmt.Sprintf("the API has asked another run on this account to wait: no request before %s", time.Unix(0, s.told).Format(time.TimeOnly)))
}

// glance is how long a request waits that no limit holds back: until the end of a pause. It looks for one only now and then,
// and without a lock.
func (s *Shared) glance(now time.Time) time.Duration {
	if now.Sub(s.glanced) >= glanceEvery {
		s.glanced = now
		if s.unsaid {
			s.publish()
		}
		if until := now.Add(s.pause()); until.After(s.until) {
			s.until = until
		}
	}
	return s.patience(now, s.until.Sub(now))
}

// pause is how much longer the pause lasts that is in the file.
func (s *Shared) pause() time.Duration {
	data, err := os.ReadFile(s.path)
	if err != nil || len(data) > maxBytes || s.book.decode(data) != nil {
		return 0 // there is none, or it is being written
	}
	now := s.clock.now()
	s.book.correct(s.limit, now)
	s.tell(now)
	return time.Duration(s.book.until - now)
}
