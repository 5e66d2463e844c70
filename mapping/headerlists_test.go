package mapping_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// headerList is the header row of a sheet with the right field for each header. testdata/headers/README.md explains it.
type headerList struct {
	name     string
	resource string
	heldOut  bool
	headers  []string
	labels   []string // a field, "-" for none, or "?" where a person has to choose
}

// headerLists reads the header rows of all families.
func headerLists(t testing.TB) []headerList {
	t.Helper()
	files, err := filepath.Glob("../testdata/headers/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d files of header rows and error %v, want some", len(files), err)
	}
	var lists []headerList
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(text), "\n") {
			switch {
			case line == "" || strings.HasPrefix(line, "#"):
			case strings.HasPrefix(line, "["):
				lists = append(lists, listNamed(line))
			default:
				if err := lists[len(lists)-1].read(line); err != nil {
					t.Fatalf("%s, line %d: %v", filepath.Base(file), n+1, err)
				}
			}
		}
	}
	return lists
}

// listNamed reads the first line of a list: [name] target/resource, held out.
func listNamed(line string) headerList {
	name, rest, _ := strings.Cut(strings.TrimPrefix(line, "["), "] ")
	resource, mark, _ := strings.Cut(rest, ", ")
	return headerList{name: name, resource: resource, heldOut: mark == "held out"}
}

// read reads a line of pairs: header = label | header = label.
func (l *headerList) read(line string) error {
	for _, pair := range strings.Split(line, " | ") {
		at := strings.LastIndex(pair, " = ")
		if at < 0 {
			return fmt.Errorf("%q is no pair of a header and a label", pair)
		}
		header, label := strings.TrimSpace(pair[:at]), strings.TrimSpace(pair[at+3:])
		if strings.HasPrefix(header, `"`) {
			var err error
			if header, err = strconv.Unquote(header); err != nil {
				return fmt.Errorf("%s: %w", pair, err)
			}
		}
		l.headers, l.labels = append(l.headers, header), append(l.labels, label)
	}
	return nil
}

// modelOf is the model of an embedded resource.
func modelOf(t testing.TB, name string) *model.Model {
	t.Helper()
	target, resource, _ := strings.Cut(name, "/")
	loaded, err := model.Load(target)
	if err != nil {
		t.Fatal(err)
	}
	r, ok := loaded.Resource(resource)
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	return r.Model
}

// tally is how well the matcher did.
type tally struct{ lists, headers, fields, accepted, right, choices, told int }

// count judges the matches of one list, and says which are wrong and which are missing.
func (y *tally) count(l headerList, matches []mapping.Match) (remarks []string) {
	y.lists++
	for i, m := range matches {
		label := l.labels[i]
		isField := label != "-" && label != "?"
		y.headers++
		if isField {
			y.fields++
		}
		if label == "?" {
			y.choices++
			if m.Field == "" && len(m.Rivals) > 0 {
				y.told++
			}
		}
		if m.Field == "" {
			if isField {
				remarks = append(remarks, fmt.Sprintf("missed %s [%s]: %q is open %v, right is %s", l.resource, l.name, m.Column, m.Rivals, label))
			}
			continue
		}
		y.accepted++
		if m.Field == label {
			y.right++
			continue
		}
		remarks = append(remarks, fmt.Sprintf("WRONG %s [%s]: %q is taken for %s (%v %.2f), right is %s", l.resource, l.name, m.Column, m.Field, m.By, m.Score, label))
	}
	return remarks
}

func (y *tally) precision() float64 { return float64(y.right) / float64(y.accepted) }
func (y *tally) recall() float64    { return float64(y.right) / float64(y.fields) }

func (y *tally) String() string {
	return fmt.Sprintf("%d lists, %d headers: %d of %d accepted are right (precision %.2f%%), of %d that have a field (recall %.2f%%); of %d choices %d are told with fields to choose from",
		y.lists, y.headers, y.right, y.accepted, 100*y.precision(), y.fields, 100*y.recall(), y.choices, y.told)
}

func TestHeaderListsAreMatched(t *testing.T) {
	t.Parallel()
	const leastPrecision, leastRecall, leastLists = 0.99, 0.85, 200
	models := map[string]*model.Model{}
	var tuned, heldOut, all tally
	for _, part := range []struct {
		name    string
		heldOut bool
		tally   *tally
	}{{"tuned", false, &tuned}, {"held out", true, &heldOut}} {
		t.Run(part.name, func(t *testing.T) {
			for _, l := range headerLists(t) {
				if l.heldOut != part.heldOut {
					continue
				}
				if models[l.resource] == nil {
					models[l.resource] = modelOf(t, l.resource)
				}
				matches := mapping.MatchHeaders(models[l.resource], l.headers)
				all.count(l, matches)
				for _, remark := range part.tally.count(l, matches) {
					t.Log(remark)
				}
			}
			t.Log(part.tally)
			if part.tally.precision() < leastPrecision || part.tally.recall() < leastRecall {
				t.Errorf("got precision %.4f and recall %.4f, want at least %v and %v", part.tally.precision(), part.tally.recall(), leastPrecision, leastRecall)
			}
		})
	}
	t.Log("overall: ", all.String())
	if all.lists < leastLists || heldOut.lists*3 < all.lists-3 {
		t.Errorf("got %d lists, %d of them held out, want at least %d and a third", all.lists, heldOut.lists, leastLists)
	}
	if all.precision() < leastPrecision || all.recall() < leastRecall {
		t.Errorf("got precision %.4f and recall %.4f, want at least %v and %v", all.precision(), all.recall(), leastPrecision, leastRecall)
	}
}

func TestLabelsAreFieldsOfTheirResource(t *testing.T) {
	t.Parallel()
	seen, models := map[string]bool{}, map[string]*model.Model{}
	for _, l := range headerLists(t) {
		if models[l.resource] == nil {
			models[l.resource] = modelOf(t, l.resource)
		}
		m := models[l.resource]
		if seen[l.name] {
			t.Errorf("two lists are called %q", l.name)
		}
		seen[l.name] = true
		fields := map[string]string{}
		for i, label := range l.labels {
			if label == "-" || label == "?" {
				continue
			}
			if m.Index(label) < 0 && !m.IsCustom(label) {
				t.Errorf("[%s] %q: %s has no field %s", l.name, l.headers[i], l.resource, label)
			}
			if fields[label] != "" {
				t.Errorf("[%s] %q and %q are both labelled %s", l.name, fields[label], l.headers[i], label)
			}
			fields[label] = l.headers[i]
		}
	}
}
