package reconcile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strconv"
)

// planJSON is plan files as JSON Lines: the head in the first line, then a line for each change.
type planJSON struct{}

var _ planFormat = planJSON{}

func (planJSON) columns() []string {
	return []string{"row", "action", "status", "id", "key", "fields", "problems"}
}

func (planJSON) texts(l *PlanLine) []string {
	out := []string{strconv.Itoa(l.Row), string(l.Action), l.Status, l.ID}
	for _, list := range []any{l.Key, l.Fields, l.Problems} {
		text, _ := plainJSON(list) // texts cannot fail
		out = append(out, string(text))
	}
	return out
}

func (planJSON) words() string { return "true or false" }

// approvedLine is a line with what is approved. The text of it comes first: that is what a person changes.
type approvedLine struct {
	Approve bool `json:"approve"`
	*PlanLine
}

// planJSONWriter writes lines.
type planJSONWriter struct{ *json.Encoder }

func (planJSON) begin(w io.Writer, head *PlanHead, _ string) (planWriter, error) {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return planJSONWriter{e}, e.Encode(head)
}

func (w planJSONWriter) line(l *PlanLine) error { return w.Encode(approvedLine{l.Pending(), l}) }
func (planJSONWriter) close() error             { return nil }
func (planJSONWriter) discard()                 {}

// maxPlanLine is the longest line that is read: as much as 16,384 cells of 32,767 characters.
const maxPlanLine = 1 << 29

// eachLine hands the lines of a file that are not blank to yield, with their numbers, until it returns false.
func eachLine(path string, yield func(number int, line []byte) bool) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoPlanFile, err)
	}
	defer file.Close()
	in := bufio.NewScanner(file)
	in.Buffer(nil, maxPlanLine)
	for n := 1; in.Scan(); n++ {
		line := bytes.TrimSpace(bytes.TrimPrefix(in.Bytes(), []byte("\ufeff")))
		if len(line) > 0 && !yield(n, line) {
			return nil
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

func (planJSON) head(path, _ string) (head PlanHead, err error) {
	err = fmt.Errorf("%s: %w: it is empty", path, ErrNoPlanFile)
	failed := eachLine(path, func(_ int, line []byte) bool {
		if err = unmarshalStrict(line, &head); err != nil || head.Run == "" {
			err = fmt.Errorf("%s, line 1: %w: the first line does not say of which run it is; give a file that `rollcall plan -o` has written",
				path, ErrNoPlanFile)
		}
		return false
	})
	return head, errors.Join(failed, err)
}

// unmarshalStrict reads one JSON value that has nothing behind it and no member that v lacks.
func unmarshalStrict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind it")
	}
	return nil
}

func (f planJSON) rows(path, _ string) iter.Seq2[PlanRow, error] {
	return func(yield func(PlanRow, error) bool) {
		first, wanted := true, true
		err := eachLine(path, func(n int, line []byte) bool {
			if first {
				first = false
				return true
			}
			row, err := f.row(line)
			if err != nil {
				err = fmt.Errorf("%s, line %d: %w: %w; a line is one JSON object, of which only \"approve\" may be changed", path, n, ErrNoPlanFile, err)
			}
			row.line = n
			wanted = yield(row, err) && err == nil
			return wanted
		})
		if err != nil && wanted {
			yield(PlanRow{}, err)
		}
	}
}

// row reads a line. Each member must be there, and once: of two, nobody could tell which one a person has seen.
func (f planJSON) row(line []byte) (row PlanRow, err error) {
	var l PlanLine
	var approve json.RawMessage
	members := map[string]any{
		"approve": &approve, "row": &l.Row, "action": &l.Action, "status": &l.Status, "id": &l.ID, "key": &l.Key,
		"fields": &l.Fields, "problems": &l.Problems,
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return row, errors.New("it is no object")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return row, err
		}
		into := members[name.(string)]
		if into == nil {
			return row, fmt.Errorf("there is a member %q that does not belong there, or is there twice", name)
		}
		if err := d.Decode(into); err != nil {
			return row, fmt.Errorf("%q cannot be read: %w", name, err)
		}
		delete(members, name.(string))
	}
	if _, err := d.Token(); err != nil {
		return row, errors.New("it is cut off")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return row, errors.New("something stands behind the object")
	}
	for _, name := range append([]string{"approve"}, f.columns()...) {
		if members[name] != nil {
			return row, fmt.Errorf("%q is missing", name)
		}
	}
	row = PlanRow{Row: l.Row, Approval: Unclear, Said: string(approve), Texts: f.texts(&l)}
	switch row.Said {
	case "true":
		row.Approval = Approved
	case "false":
		row.Approval = Declined
	}
	return row, nil
}
