package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// encoded is a value in JSON.
func encoded(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// sent is a write as one text that two equal writes share: method, path, and the body with its members in order.
func sent(t *testing.T, method, path string, body any) string {
	t.Helper()
	return fmt.Sprintf("%s %s %s", method, path, encoded(t, exact(plain(t, body))))
}

// exact is a value with each number in one spelling.
func exact(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			v[name] = exact(v[name])
		}
	case []any:
		for i := range v {
			v[i] = exact(v[i])
		}
	case json.Number:
		return sameNumber(v)
	}
	return v
}

// checkCreates compares the writes of a run with those that lines ask for: one create each, exactly as documented, none
// refused, and nothing else.
func (tr *trial) checkCreates(t *testing.T, lines []line) {
	t.Helper()
	var want, got []string
	for _, l := range lines {
		want = append(want, sent(t, http.MethodPost, l.path, l.body))
	}
	for _, h := range tr.writes() {
		got = append(got, sent(t, h.method, unescaped(t, h.path), decoded(t, h.body)))
		if h.status/100 != 2 {
			t.Errorf("%s %s %s was answered with %d", h.method, h.path, h.body, h.status)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

// unescaped is a path as a person writes it.
func unescaped(t *testing.T, path string) string {
	t.Helper()
	text, err := url.PathUnescape(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// checkStored compares what the server has with what lines must have made of it.
func (tr *trial) checkStored(t *testing.T, lines []line) {
	t.Helper()
	// What travels in the body for the account's sake is no part of the record.
	account := []string{"company"}
	var want, got []string
	for _, l := range lines {
		want = append(want, string(encoded(t, bare(plain(t, l.body), account...))))
	}
	for _, record := range tr.stored() {
		got = append(got, string(encoded(t, bare(plain(t, record), tr.own...))))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stored records (-want +got):\n%s", diff)
	}
}

// TestConformCreate fills every documented field of one record: the request has each of them, under its name and in its
// JSON type, and the server has the record. So no field can be added to a target file without a place in this suite.
func TestConformCreate(t *testing.T) {
	eachSubject(t, func(t *testing.T, tr *trial) {
		first := tr.line(0)
		filled := names("", first.body)
		for _, f := range tr.fields(t) {
			if !slices.Contains(filled, f.Name) && !slices.Contains(tr.inPath, f.Name) {
				t.Errorf("line 0 leaves out the documented field %s", f.Name)
			}
		}
		tr.sheet(t, []line{first})
		if sum := tr.sync(t, 0); sum.Counts["created"] != 1 {
			t.Errorf("counts: %v, want 1 created", sum.Counts)
		}
		tr.checkCreates(t, []line{first})
		tr.checkStored(t, []line{first})
	})
}

// fieldInfo is a line of the command fields.
type fieldInfo struct {
	Name string `json:"name"`
}

// fields is the documented fields of the subject, as the program lists them.
func (tr *trial) fields(t *testing.T) []fieldInfo {
	t.Helper()
	r := tr.rollcall(t, slices.Concat([]string{"fields", tr.resource, "--json"}, tr.flags)...)
	var out struct {
		Fields []fieldInfo `json:"fields"`
	}
	if err := json.Unmarshal([]byte(r.out), &out); err != nil || len(out.Fields) == 0 {
		t.Fatalf("fields: %v\n%s%s", err, r.out, r.errOut)
	}
	return out.Fields
}

// names is the dotted names of what a body fills. The items of a list go by the name of the list.
func names(prefix string, body map[string]any) []string {
	var out []string
	for name, value := range body {
		out = append(out, prefix+name)
		if inner, ok := value.(map[string]any); ok {
			out = append(out, names(prefix+name+".", inner)...)
		}
	}
	return out
}

// TestConformMixedRows is the main job: more than 200 rows, sound and wrong ones. Every violated rule is named by its field
// before any write, every sound row is one create as documented, the API refuses nothing, and a second run writes nothing.
func TestConformMixedRows(t *testing.T) {
	eachSubject(t, func(t *testing.T, tr *trial) {
		sound := tr.lines(0, 200)
		var rows []line
		at := map[int]wrongRow{} // by row of the sheet
		for n, l := range sound {
			if rows = append(rows, l); n < len(tr.wrong) {
				w := tr.wrong[n]
				at[len(rows)+2] = w
				rows = append(rows, tr.line(5000+n).with(w.cells))
			}
		}
		tr.sheet(t, rows)

		tr.checkOffline(t, at)

		sum := tr.sync(t, 3)
		if sum.Counts["created"] != len(sound) || sum.Counts["invalid"] != len(at) || sum.Counts["read"] != len(rows) {
			t.Errorf("counts: %v, want %d created and %d invalid", sum.Counts, len(sound), len(at))
		}
		tr.checkCreates(t, sound)
		tr.checkStored(t, sound)
		tr.checkRows(t, sum, at)

		tr.forget()
		again := tr.sync(t, 3)
		if again.Counts["unchanged"] != len(sound) {
			t.Errorf("the second run: %v, want %d unchanged", again.Counts, len(sound))
		}
		for _, h := range tr.writes() {
			t.Errorf("the second run wrote: %s %s %s", h.method, h.path, h.body)
		}
	})
}

// checkOffline validates the sheet: what the documents forbid is named by column, field and code, without a request.
func (tr *trial) checkOffline(t *testing.T, at map[int]wrongRow) {
	t.Helper()
	tr.forget()
	if r := tr.run(t, "validate", "-o", "problems.csv"); r.code != 3 {
		t.Fatalf("validate ended with %d, want 3\n%s%s", r.code, r.out, r.errOut)
	}
	if n := len(tr.requests(func(*heard) bool { return true })); n != 0 {
		t.Errorf("validate sent %d requests, want none", n)
	}
	_, problems := reportRows(t, tr.path("problems.csv"))
	named := map[string]bool{}
	for _, p := range problems {
		named[p["row"]+" "+p["column"]+" "+p["field"]+" "+p["code"]] = true
		if p["hint"] == "" || p["message"] == "" {
			t.Errorf("problem without a message or a remedy: %v", p)
		}
	}
	for row, w := range at {
		if want := fmt.Sprintf("%d %s %s %s", row, w.column, w.field, w.code); !w.online && !named[want] {
			t.Errorf("validate does not name %q", want)
		}
	}
}

// checkRows finds every row in the account of a run, the wrong ones with what is wrong.
func (tr *trial) checkRows(t *testing.T, sum account, at map[int]wrongRow) {
	t.Helper()
	_, rows := reportRows(t, sum.Files["rows.csv"])
	for _, r := range rows {
		number, err := strconv.Atoi(r["_row"])
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join([]string{r["_status"], r["_column"], r["_field"], r["_code"]}, " ")
		want := "created   "
		if w, wrong := at[number]; wrong {
			want = strings.Join([]string{"invalid", w.column, w.field, w.code}, " ")
		}
		if got != want {
			t.Errorf("row %d: %q, want %q (%s)", number, got, want, r["_message"])
		}
	}
}

// TestConformMinimalUpdate changes one cell in a sheet of 60 rows: one write with what the document asks for, no other, and
// reads by pages. After it, nothing is left to do.
func TestConformMinimalUpdate(t *testing.T) {
	eachSubject(t, func(t *testing.T, tr *trial) {
		lines := tr.lines(0, 60)
		tr.sheet(t, lines)
		tr.sync(t, 0)

		const nth = 30
		for _, a := range tr.altered {
			changed := lines[nth].with(map[string]string{a.column: a.text})
			if changed.cells[a.column] == lines[nth].cells[a.column] {
				t.Fatalf("%s is %s already", a.column, a.text)
			}
			lines[nth] = changed
			tr.sheet(t, lines)
			tr.forget()
			sum := tr.sync(t, 0)
			if sum.Counts["updated"] != 1 || sum.Counts["unchanged"] != 59 {
				t.Errorf("%s: %v, want 1 updated and 59 unchanged", a.column, sum.Counts)
			}
			tr.checkUpdate(t, a.body(changed))
			if n := len(tr.reads()); n > tr.maxReads {
				t.Errorf("%s: the run read %d times, want at most %d", a.column, n, tr.maxReads)
			}
		}
		tr.forget()
		if sum := tr.sync(t, 0); sum.Counts["unchanged"] != 60 || len(tr.writes()) != 0 {
			t.Errorf("the run after it: %v and %d writes, want 60 unchanged and none", sum.Counts, len(tr.writes()))
		}
	})
}

// checkUpdate asserts that there was one write, an update with this body.
func (tr *trial) checkUpdate(t *testing.T, body map[string]any) {
	t.Helper()
	writes := tr.writes()
	if len(writes) != 1 {
		t.Fatalf("%d writes, want 1: %v", len(writes), writes)
	}
	h := writes[0]
	if h.method == http.MethodPost || h.status/100 != 2 {
		t.Errorf("%s %s was answered with %d, want an update that is accepted", h.method, h.path, h.status)
	}
	got := string(encoded(t, exact(decoded(t, h.body))))
	if want := string(encoded(t, exact(plain(t, body)))); got != want {
		t.Errorf("the update:\ngot  %s\nwant %s", got, want)
	}
}

// TestConformPagingEdge has exactly a page of records in the account, one more, and none: every record is found, so that
// nothing is created twice, and the one row that is new is created.
func TestConformPagingEdge(t *testing.T) {
	t.Parallel()
	for _, s := range subjects() {
		for _, records := range []int{0, s.pageSize, s.pageSize + 1} {
			t.Run(fmt.Sprintf("%s/%d records", s.name, records), func(t *testing.T) {
				t.Parallel()
				open := s.open
				if s.shown != nil {
					open = s.shown
				}
				tr := newTrialIn(t, s, s.auths[0], open(t))
				lines := tr.lines(1000, max(records-tr.already, 0))
				for _, l := range lines {
					tr.seed(t, l)
				}
				added := tr.line(999)
				tr.sheet(t, append(lines, added))
				sum := tr.sync(t, 0)
				if sum.Counts["unchanged"] != len(lines) || sum.Counts["created"] != 1 {
					t.Errorf("counts: %v, want %d unchanged and 1 created", sum.Counts, len(lines))
				}
				tr.checkCreates(t, []line{added})
			})
		}
	}
}
