package reconcile

import "time"

// Session is one process at work on a run, as its pace was seen. A run that was planned, applied and resumed has several.
type Session struct {
	Command string // that it carried out
	Begun   time.Time
	Ended   time.Time
	Limit   string // the budget of the account, such as "20 requests in 1m", "" if there is none
	Width   time.Duration
	Slices  []Slice // each of Width, from Begun
	Waits   []Wait
}

// Slice is the answers that came within one span of time, and how long nothing went out and nothing came.
type Slice struct {
	Answers [answerKinds]int // by their kind
	Waited  map[string]time.Duration
}

// The kinds of answers.
const (
	Good      = iota // 2xx and 3xx
	Refused          // 4xx
	Throttled        // 429
	Broken           // 5xx
	Silent           // none came
	answerKinds
)

// Wait is all times with one reason in which no request went out and no answer came.
type Wait struct {
	Why     string // "asked", "limit", "slow", "broken", "rest", "own"
	Status  int    // HTTP status that was the reason, 0 for none
	Times   int
	Waited  time.Duration
	Longest time.Duration
	At      time.Time // when the longest began
}

// reason says in words why nothing went out.
func (w *Wait) reason(limit string) string {
	switch w.Why {
	case "asked":
		return "the API asked to wait" + afterStatus(" (HTTP ", w.Status, ")")
	case "limit":
		if limit == "" {
			return "the requests that the account allows were used up"
		}
		return "the account's limit of " + limit + " was used up"
	case "slow":
		return "the API took its time to answer"
	case "broken":
		if w.Status == 0 {
			return "a rest before another try: the API did not answer"
		}
		return "a rest before another try" + afterStatus(": the API answered HTTP ", w.Status, "")
	case "rest":
		return "a new record takes time to appear in the API's lists"
	}
	return "nothing was due: the sheet was read, the plan made, the ledger written, or a person asked"
}

func afterStatus(before string, status int, after string) string {
	if status == 0 {
		return ""
	}
	return before + number(status) + after
}
