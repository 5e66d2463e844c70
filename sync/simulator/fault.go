package simulator

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"time"
)

// armedFault is a fault with its counters. It is guarded by the core's lock.
type armedFault struct {
	Fault
	path        *regexp.Regexp
	dice        *rand.Rand
	seen, fired int
}

// arm makes faults ready to fire, with all counters at zero.
func arm(faults []Fault) []*armedFault {
	armed := make([]*armedFault, len(faults))
	for i, f := range faults {
		seed := f.pick.seed
		if seed == 0 {
			seed = 1
		}
		armed[i] = &armedFault{Fault: f, path: glob(f.path), dice: rand.New(rand.NewPCG(seed, seed))}
	}
	return armed
}

// glob compiles a path with wildcards: * within a segment, ** across them, a lone * for everything.
func glob(path string) *regexp.Regexp {
	if path == "*" {
		path = "**"
	}
	quoted := regexp.QuoteMeta(path)
	quoted = strings.ReplaceAll(quoted, `\*\*`, `.*`)
	quoted = strings.ReplaceAll(quoted, `\*`, `[^/]*`)
	return regexp.MustCompile(`(?s)^` + quoted + `$`)
}

// draws says whether the fault's selectors choose this request. It counts the request whenever method and path fit, and
// throws the dice for each of them, so that one line's luck does not depend on the other selectors.
func (a *armedFault) draws(method, path string) bool {
	if a.method != "*" && a.method != method || !a.path.MatchString(path) {
		return false
	}
	a.seen++
	p := a.pick
	lucky := p.chance == 0 || a.dice.Float64() < p.chance
	return lucky &&
		(p.nth == 0 || a.seen == p.nth) &&
		(p.every == 0 || a.seen%p.every == 0) &&
		a.seen > p.after &&
		(p.until == 0 || a.seen <= p.until) &&
		(p.count == 0 || a.fired < p.count)
}

// effects are the faults that apply to one request.
type effects struct {
	before, after time.Duration
	expire        bool
	fault         *Fault // the one that spoils the answer, if any
	names         []string
}

// String names the faults, separated by commas.
func (fx effects) String() string { return strings.Join(fx.names, ",") }

// beforeCommit says whether the request is never carried out.
func (fx effects) beforeCommit() bool { return fx.fault != nil && fx.fault.when == beforeWork }

// fire collects the faults for one request, in the order of the script.
func fire(faults []*armedFault, method, path string) effects {
	var fx effects
	for _, a := range faults {
		if !a.draws(method, path) {
			continue
		}
		switch {
		case a.action == actDelay && a.when == beforeWork:
			fx.before += a.wait
		case a.action == actDelay:
			fx.after += a.wait
		case a.action == actExpireToken:
			fx.expire = true
		case fx.fault == nil:
			fx.fault = &a.Fault
		default:
			continue
		}
		a.fired++
		fx.names = append(fx.names, a.action)
	}
	return fx
}
