package pace

import (
	"slices"
	"time"
)

// maxStarts is how many starts a book remembers.
const maxStarts = 1024

// book is what is known of an account's requests. Moments are nanoseconds of one clock, 0 is none. It is a pure policy.
type book struct {
	starts  []int64 // of the latest requests, in order
	unknown int64   // up to then any number of requests may have started
	until   int64   // no request starts before: the API said so
}

// delay is how long a request has to wait at the moment now.
func (b *book) delay(l Limit, now int64) time.Duration {
	wait := b.until - now
	if !l.None() {
		last := b.unknown
		if n := len(b.starts); n >= l.Requests {
			last = b.starts[n-l.Requests]
		}
		if last != 0 {
			wait = max(wait, last+int64(l.stretched())-now)
		}
	}
	return time.Duration(max(0, wait))
}

// start counts a request that starts at the moment now.
func (b *book) start(now int64) {
	at, _ := slices.BinarySearch(b.starts, now)
	b.starts = slices.Insert(b.starts, at, now)
	if extra := len(b.starts) - maxStarts; extra > 0 {
		b.starts = slices.Delete(b.starts, 0, extra)
	}
}

// move counts a request, which was counted as one that starts at the moment from, as one that starts at the moment to.
func (b *book) move(from, to int64) {
	b.remove(from)
	b.start(to)
}

// remove takes back a request that was counted as one that starts at the moment at.
func (b *book) remove(at int64) {
	if i, found := slices.BinarySearch(b.starts, at); found {
		b.starts = slices.Delete(b.starts, i, i+1)
	}
}

// forget makes a book of which nothing can be believed the most cautious one: the whole budget was used just now.
func (b *book) forget(now int64) { *b = book{starts: b.starts[:0], unknown: now} }

// correct takes what cannot be, because the clock was set back, for what it can be at most: nobody waits for longer than
// that. It reports whether there was such a thing.
func (b *book) correct(l Limit, now int64) (corrected bool) {
	if latest := now + int64(l.stretched()); len(b.starts) > 0 && b.starts[len(b.starts)-1] > latest {
		for i, at := range b.starts {
			if at > latest {
				b.starts[i] = now
			}
		}
		slices.Sort(b.starts)
		corrected = true
	}
	if b.unknown > now {
		b.unknown, corrected = now, true
	}
	if b.until > now+int64(MaxRetryAfter) {
		b.until, corrected = 0, true
	}
	return corrected
}

// claims is the starts that were counted for requests that have not gone out yet, in order. Nobody asks which is whose: as
// long as the earliest is redeemed first, what is left is never earlier than it should be.
type claims []int64

// maxClaims bounds the claims of requests that never go out, and of which nobody has said so.
const maxClaims = 256

// add adds a claim.
func (c *claims) add(now int64) {
	*c = append(*c, now)
	if len(*c) > maxClaims {
		c.drop()
	}
}

// drop takes the earliest claim, 0 if there is none.
func (c *claims) drop() (counted int64) {
	if len(*c) > 0 {
		counted = (*c)[0]
		*c = slices.Delete(*c, 0, 1)
	}
	return counted
}

// distrust makes all claims count as late, because the clock was set since.
func (c claims) distrust() {
	for i := range c {
		c[i] = 1
	}
}

// redeem takes the earliest claim for a request that goes out at the moment now. It reports true if that is so much later than
// what was counted that the margin of the window would not cover it.
func (c *claims) redeem(l Limit, now int64) (counted int64, late bool) {
	counted = c.drop()
	return counted, counted != 0 && now-counted > int64(l.margin()/4)
}
