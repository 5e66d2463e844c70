package model

// Code names a kind of problem. Codes are stable: scripts branch on them.
type Code string

// Problem is what is wrong with one cell or row. It is data, never an error: problems are collected, counted and reported.
type Problem struct {
	Row     int    // physical row; 0 until the reader of the row fills it in
	Column  string // header as the sheet has it; "" if no single column is to blame
	Field   string // dotted name, "" if no field is to blame
	Code    Code
	Value   string // the cell's text, cut to 200 characters
	Message string // what is wrong, with the figures
	Hint    string // what to do
}

// Severity tells whether a problem stops its row.
type Severity uint8

// The severities.
const (
	Stops Severity = iota // the row is not sent
	Warns                 // the row is sent, the problem is reported
)

// Explanation is the entry of a code in the registry: what `rollcall explain CODE` prints.
type Explanation struct {
	Code     Code
	Severity Severity
	Meaning  string // one sentence
	Cause    string // how it comes about
	Fix      string // what to do, the default Hint
	Example  string // a value that has it, and why
}

// maxShown is how much of a cell a problem shows, in characters.
const maxShown = 200

// NewProblem makes a problem with the hint of its code. An empty message is the meaning of the code; the value is cut to
// 200 characters.
func NewProblem(code Code, field, value, message string) Problem {
	e, _ := Explain(code)
	if message == "" {
		message = e.Meaning
	}
	return Problem{Field: field, Code: code, Value: cut(value, maxShown), Message: message, Hint: e.Fix}
}

// cut shortens text to at most n characters.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// Stops reports whether p keeps its row from being sent. An unknown code stops.
func (p Problem) Stops() bool {
	e, ok := Explain(p.Code)
	return !ok || e.Severity == Stops
}

// FirstStopping is the first of problems that keeps the row from being sent, nil if there is none.
func FirstStopping(problems []Problem) *Problem {
	for i := range problems {
		if problems[i].Stops() {
			return &problems[i]
		}
	}
	return nil
}
