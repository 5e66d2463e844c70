// Package simulator plays the APIs that Rollcall talks to, as one in-process HTTP server: it keeps records, enforces the
// documented rules, limits the rate and fails on command. It is an [http.Handler], so that it runs under
// net/http/httptest, on a listener of its own, or behind an in-memory connection.
//
// It refuses to know the client. It imports no other package of the project, and its rules are written from the public
// documentation alone, so that a mistake in the client's idea of an API is not repeated here. Where the documentation is
// silent, the behaviour is an option with a stated default.
//
// Begin with [New]. Each API is a field of the [Simulator] with methods that fill it: [Simulator.CRO] adds tenants, customers
// and contacts, [Simulator.BigChange] customers, groups, custom fields, contacts and persons, [Simulator.Revnue] companies,
// categories, countries, templates and customers. The method AddDefaultWorld of each makes a small world to begin with.
// After a run, [Simulator.Commits] tells what the server stored, [Simulator.Requests] what it was asked.
//
// # Where the APIs live
//
// CRO is at the root (/customers, /tenants), and so is its identity provider (/oauth2/auth, /oauth2/token). The others keep
// to prefixes of their own, so that one server holds all of them: BigChange is below /v1, with its token call at
// /auth/tokens, Revnue below /api/v2. Records, tokens and the rate limit belong to one API each; faults, the commit log and
// the journal of requests are shared.
//
// # Fault scripts
//
// [ParseFaults] reads one fault a line:
//
//	METHOD [PATH] [SELECTOR ...] ACTION [SETTING ...]
//
// Words are separated by blanks; their order after the path is free. A word that begins with # starts a comment.
//
//	POST  /customers/*/contacts  every=10       reset-after-commit
//	POST  *                      p=0.1 seed=7   error-after-commit status=503
//	GET   *                      nth=3          throttle retry-after=2
//	*                            after=20       expire-token
//
// METHOD is an HTTP method, or * for any. PATH is compared without an API's prefix and without a trailing slash; * stands
// for any text inside one segment, ** for any text at all, and a lone * (or no path) for every path.
//
// Selectors count the requests that METHOD and PATH let through, from 1. They combine; none means every one.
//
//	nth=N      only the N-th; stands alone
//	after=N    only those behind the N-th
//	until=N    only those up to the N-th
//	every=N    only the N-th, 2N-th, 3N-th ...
//	p=0.1      each with this chance, drawn from a generator with seed=N (default 1)
//	count=N    no more than N times in all
//
// Actions, with their settings and defaults:
//
//	reset-before-commit                         drop the connection (RST), nothing was done
//	reset-after-commit                          do the work, then drop the connection
//	error-before-commit status=500              answer an error (400-599), nothing was done
//	error-after-commit status=500               do the work, then answer an error
//	delay=DURATION when=before|after            hold the request up before the work (default) or the answer after it
//	cut                                         do the work, send half of the answer's body, close
//	slow per-byte=10ms                          do the work, send the answer's body one byte at a time
//	garbage status=200                          do the work, answer 2xx with text that is no JSON
//	empty status=200                            do the work, answer 2xx without a body
//	html status=502 when=before|after           answer an HTML error page, before or after the work (default)
//	throttle retry-after=1                      answer 429, nothing was done; see below
//	redirect to=URL status=307                  answer 301, 302, 307 or 308, nothing was done
//	expire-token                                the token that the request carries is worthless from now on; the request
//	                                            itself goes on. Fires once unless count= says otherwise
//
// retry-after is a number of seconds, date (an HTTP date two seconds ahead), past (a date an hour ago), absurd (three
// years), words (no number at all) or none (no such header).
//
// Several lines may fire for one request: every delay and expire-token takes effect, and of the other actions the first
// line in the script wins; a line that loses does not use up its count. A delay is served in full even if the client
// hangs up, as a busy server would do: the work after it is done all the same. A request that the rate limit refuses
// meets no fault and is not counted by any selector. Where there is no connection to drop (HTTP/2, or a recorder in a
// test), reset and cut end the handler by panicking with [http.ErrAbortHandler].
package simulator
