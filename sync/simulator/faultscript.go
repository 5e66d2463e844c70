package simulator

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Fault is one scripted failure. Only ParseFaults makes one, so that every Fault is sound.
type Fault struct {
	method, path string
	pick         pick
	action       string
	status       int
	wait         time.Duration // of delay, or between the bytes of slow
	when         string        // before or after
	retryAfter   string
	to           string
}

// pick chooses among the requests that a fault's method and path let through. Zero means not given.
type pick struct {
	nth, every, after, until, count int
	chance                          float64
	seed                            uint64
}

// The actions of a fault script.
const (
	actResetBefore = "reset-before-commit"
	actResetAfter  = "reset-after-commit"
	actErrorBefore = "error-before-commit"
	actErrorAfter  = "error-after-commit"
	actDelay       = "delay"
	actCut         = "cut"
	actSlow        = "slow"
	actGarbage     = "garbage"
	actEmpty       = "empty"
	actHTML        = "html"
	actThrottle    = "throttle"
	actRedirect    = "redirect"
	actExpireToken = "expire-token"
)

// Words for the moment of a fault: before or after the work is done.
const (
	beforeWork = "before"
	afterWork  = "after"
)

// action is what a script may say about one action.
type action struct {
	defaults Fault
	statuses []int    // the first and last status allowed, or none
	settings []string // the settings it takes
}

// actions lists what a script can do.
func actions() map[string]action {
	return map[string]action{
		actResetBefore: {defaults: Fault{when: beforeWork}},
		actResetAfter:  {defaults: Fault{when: afterWork}},
		actErrorBefore: {defaults: Fault{when: beforeWork, status: 500}, statuses: []int{400, 599}, settings: []string{"status"}},
		actErrorAfter:  {defaults: Fault{when: afterWork, status: 500}, statuses: []int{400, 599}, settings: []string{"status"}},
		actDelay:       {defaults: Fault{when: beforeWork}, settings: []string{"delay", "when"}},
		actCut:         {defaults: Fault{when: afterWork}},
		actSlow:        {defaults: Fault{when: afterWork, wait: 10 * time.Millisecond}, settings: []string{"per-byte"}},
		actGarbage:     {defaults: Fault{when: afterWork, status: 200}, statuses: []int{200, 299}, settings: []string{"status"}},
		actEmpty:       {defaults: Fault{when: afterWork, status: 200}, statuses: []int{200, 299}, settings: []string{"status"}},
		actHTML:        {defaults: Fault{when: afterWork, status: 502}, statuses: []int{400, 599}, settings: []string{"status", "when"}},
		actThrottle:    {defaults: Fault{when: beforeWork, status: 429, retryAfter: "1"}, settings: []string{"retry-after"}},
		actRedirect:    {defaults: Fault{when: beforeWork, status: 307}, statuses: []int{301, 308}, settings: []string{"status", "to"}},
		actExpireToken: {defaults: Fault{when: beforeWork, pick: pick{count: 1}}},
	}
}

// ParseFaults reads a fault script; the package comment describes it. It reports every line that is wrong, by number.
func ParseFaults(text string) ([]Fault, error) {
	var faults []Fault
	var wrong []error
	for i, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if at := slices.IndexFunc(words, func(w string) bool { return w[0] == '#' }); at >= 0 {
			words = words[:at]
		}
		if len(words) == 0 {
			continue
		}
		fault, err := parseFault(words)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("fault script, line %d: %w", i+1, err))
			continue
		}
		faults = append(faults, fault)
	}
	return faults, errors.Join(wrong...)
}

// MustFaults is ParseFaults for scripts that are part of a program: it panics if the script is wrong.
func MustFaults(text string) []Fault {
	faults, err := ParseFaults(text)
	if err != nil {
		panic(err)
	}
	return faults
}

// parseFault reads the words of one line.
func parseFault(words []string) (Fault, error) {
	f := Fault{method: words[0], path: "*"}
	if !slices.Contains(methods(), f.method) {
		return f, fmt.Errorf("unknown method %q: use one of %s", f.method, strings.Join(methods(), " "))
	}
	words = words[1:]
	if len(words) > 0 && (words[0][0] == '/' || words[0][0] == '*') {
		f.path, words = words[0], words[1:]
	}
	if !utf8.ValidString(f.path) {
		return f, fmt.Errorf("the path %q is not UTF-8", f.path)
	}
	known, given, settings := actions(), map[string]string{}, f.settings()
	for _, word := range words {
		key, value, hasValue := strings.Cut(word, "=")
		_, isAction := known[key]
		if _, ok := settings[key]; !ok && !isAction {
			return f, fmt.Errorf("unknown word %q: it is no selector, action or setting", key)
		}
		if isAction {
			if f.action != "" {
				return f, fmt.Errorf("two actions, %s and %s: use one line for each", f.action, key)
			}
			f.action = key
		}
		if _, twice := given[key]; twice {
			return f, fmt.Errorf("%s is given twice", key)
		}
		if f.action != key || hasValue {
			given[key] = value
		}
	}
	if f.action == "" {
		return f, fmt.Errorf("no action: use one of %s", strings.Join(slices.Sorted(maps.Keys(known)), " "))
	}
	return f.with(known[f.action], given)
}

// String writes the fault as a line of a script that ParseFaults reads back.
func (f Fault) String() string {
	p, words := f.pick, []string{f.method, f.path}
	say := func(given bool, key string, value any) {
		if given {
			words = append(words, fmt.Sprintf("%s=%v", key, value))
		}
	}
	say(p.nth > 0, "nth", p.nth)
	say(p.every > 0, "every", p.every)
	say(p.after > 0, "after", p.after)
	say(p.until > 0, "until", p.until)
	say(p.count > 0 && p.nth == 0, "count", p.count)
	say(p.chance > 0, "p", p.chance)
	say(p.seed > 0, "seed", p.seed)
	takes := actions()[f.action].settings
	if f.action == actDelay {
		say(true, "delay", f.wait)
	} else {
		words = append(words, f.action)
	}
	say(slices.Contains(takes, "status"), "status", f.status)
	say(slices.Contains(takes, "when"), "when", f.when)
	say(slices.Contains(takes, "per-byte"), "per-byte", f.wait)
	say(slices.Contains(takes, "retry-after"), "retry-after", f.retryAfter)
	say(f.to != "", "to", f.to)
	return strings.Join(words, " ")
}

// methods lists the words that may begin a line.
func methods() []string {
	return []string{"*", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
}

// selectorWords lists the selectors, which go with every action.
func selectorWords() []string {
	return []string{"nth", "every", "after", "until", "count", "p", "seed"}
}

// with fills a fault with an action's defaults and the settings of the line, and checks the whole.
func (f Fault) with(a action, given map[string]string) (Fault, error) {
	filled := a.defaults
	filled.method, filled.path, filled.action = f.method, f.path, f.action
	read := filled.settings()
	allowed := append(selectorWords(), a.settings...)
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if _, ok := read[key]; !ok {
			return f, fmt.Errorf("%s takes no value", key)
		}
		if !slices.Contains(allowed, key) {
			return f, fmt.Errorf("%s does not go with %s", key, f.action)
		}
		if err := read[key](given[key]); err != nil {
			return f, fmt.Errorf("%s=%s: %w", key, given[key], err)
		}
	}
	return filled, filled.check(a, given)
}

// settings says how each setting is read into the fault.
func (f *Fault) settings() map[string]func(string) error {
	return map[string]func(string) error{
		"nth":         whole(&f.pick.nth),
		"every":       whole(&f.pick.every),
		"after":       whole(&f.pick.after),
		"until":       whole(&f.pick.until),
		"count":       whole(&f.pick.count),
		"p":           chance(&f.pick.chance),
		"seed":        seed(&f.pick.seed),
		"status":      whole(&f.status),
		"delay":       duration(&f.wait),
		"per-byte":    duration(&f.wait),
		"when":        word(&f.when, beforeWork, afterWork),
		"retry-after": retryAfter(&f.retryAfter),
		"to":          address(&f.to),
	}
}

// check holds the rules that concern several words of a line.
func (f Fault) check(a action, given map[string]string) error {
	p, selectors := f.pick, 0
	for _, key := range selectorWords() {
		if _, ok := given[key]; ok {
			selectors++
		}
	}
	switch {
	case p.nth > 0 && selectors > 1:
		return errors.New("nth stands alone: leave the other selectors out")
	case p.until > 0 && p.until <= p.after:
		return fmt.Errorf("until=%d is not behind after=%d, so that the line never fires", p.until, p.after)
	case p.seed > 0 && p.chance == 0:
		return errors.New("seed goes with p")
	case len(a.statuses) > 0 && (f.status < a.statuses[0] || f.status > a.statuses[1]):
		return fmt.Errorf("status=%d: %s takes %d to %d", f.status, f.action, a.statuses[0], a.statuses[1])
	case f.action == actRedirect && f.status > 302 && f.status < 307:
		return fmt.Errorf("status=%d: redirect takes 301, 302, 307 or 308", f.status)
	case f.action == actRedirect && f.to == "":
		return errors.New("redirect needs to=URL")
	case f.action == actDelay && f.wait == 0:
		return errors.New("delay needs a duration, such as delay=200ms")
	}
	return nil
}

func whole(target *int) func(string) error {
	return func(text string) error {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return errors.New("must be a whole number from 1")
		}
		*target = n
		return nil
	}
}

func chance(target *float64) func(string) error {
	return func(text string) error {
		p, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(p) || p <= 0 || p > 1 {
			return errors.New("must be a chance above 0 and up to 1")
		}
		*target = p
		return nil
	}
}

func seed(target *uint64) func(string) error {
	return func(text string) error {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil || n == 0 {
			return errors.New("must be a whole number from 1")
		}
		*target = n
		return nil
	}
}

func duration(target *time.Duration) func(string) error {
	return func(text string) error {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return errors.New("must be a duration above 0, such as 200ms")
		}
		*target = d
		return nil
	}
}

func word(target *string, words ...string) func(string) error {
	return func(text string) error {
		if !slices.Contains(words, text) {
			return fmt.Errorf("must be one of %s", strings.Join(words, " "))
		}
		*target = text
		return nil
	}
}

func retryAfter(target *string) func(string) error {
	forms := word(target, "date", "past", "absurd", "words", "none")
	return func(text string) error {
		if _, err := strconv.ParseUint(text, 10, 31); err == nil {
			*target = text
			return nil
		}
		if err := forms(text); err != nil {
			return errors.New("must be a number of seconds, date, past, absurd, words or none")
		}
		return nil
	}
}

func address(target *string) func(string) error {
	return func(text string) error {
		if _, err := url.Parse(text); err != nil || text == "" {
			return errors.New("must be a URL or a path")
		}
		*target = text
		return nil
	}
}
