package sync_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	stdsync "sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	datasync "github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// office is an account that answers lists with what the test gives it, and stores what is written.
type office struct {
	mu    stdsync.Mutex
	lists map[string]string // path -> body; one that begins with a digit is a status
	asked []string          // method and path of each request
	sent  []string          // bodies of writes
}

// ServeHTTP answers a read from the lists and a write with an id.
func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	path := strings.Trim(strings.TrimPrefix(r.URL.Path, "/api/v2"), "/")
	o.asked = append(o.asked, r.Method+" "+path)
	if r.Method != http.MethodGet {
		o.sent = append(o.sent, string(body))
		_, _ = fmt.Fprintf(w, `{"id": %d}`, 100+len(o.sent))
		return
	}
	var status int
	if _, err := fmt.Sscanf(o.lists[path], "%d", &status); err == nil {
		w.WriteHeader(status)
		return
	}
	_, _ = io.WriteString(w, o.lists[path])
}

// desk is a job for the office, in a folder of its own.
type desk struct {
	t     *testing.T
	dir   string
	notes []string
}

// Stage, Step, Note and End make a desk a Progress that keeps the notes.
func (d *desk) Stage(string, int) {}
func (d *desk) Step()             {}
func (d *desk) Note(text string)  { d.notes = append(d.notes, text) }
func (d *desk) End()              {}

// open is an office with the lists that most tests need, and a desk for it.
func open(t *testing.T) (*office, *desk) {
	t.Helper()
	o := &office{lists: map[string]string{
		"customer":              `[]`,
		"category":              `[{"id": 4, "category": "Software"}, {"id": 5, "category": "Retail"}]`,
		"country":               `[{"numeric_code": 124, "name": "Canada"}]`,
		"custom-field-template": `[{"id": 7, "name": "Terms", "fields": [{"id": 71, "name": "Limit", "data_type": "number", "is_active": true}]}]`,
		"custom-form-template":  `[{"id": 8, "name": "Form", "fields": [{"id": 81, "name": "Limit", "data_type": "text", "is_active": true}]}]`,
	}}
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	d := &desk{t: t, dir: t.TempDir()}
	t.Setenv("OFFICE", server.URL)
	t.Setenv("OFFICE_TOKEN", "t0ken")
	t.Setenv("XDG_STATE_HOME", filepath.Join(d.dir, "state"))
	d.write("sheet.csv", "Name,Value\nAlder,12\n")
	return o, d
}

// write writes a file of the desk.
func (d *desk) write(name, text string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// options are those of a job with these further keys, by lines.
func (d *desk) options(keys ...string) datasync.Options {
	d.t.Helper()
	if !slices.ContainsFunc(keys, func(key string) bool { return strings.HasPrefix(key, "identity:") }) {
		keys = append([]string{"identity: {key: [name]}"}, keys...)
	}
	d.write("config.yaml", fmt.Sprintf("version: 1\ntarget: revnue/customer\nconnection: {base_url: %q, account: {company: 1}, "+
		"auth: {token: \"${env:OFFICE_TOKEN}\"}, rate: none, settle: 1ms}\nsource: {file: sheet.csv}\n%s\n",
		os.Getenv("OFFICE"), strings.Join(keys, "\n")))
	job, err := datasync.LoadJob(filepath.Join(d.dir, "config.yaml"), "")
	if err != nil {
		d.t.Fatal(err)
	}
	return datasync.Options{Job: job, Progress: d, Log: slog.New(slog.DiscardHandler)}
}

// plan makes a plan.
func (d *desk) plan(keys ...string) (*reconcile.Summary, error) {
	return datasync.Plan(d.t.Context(), d.t.Context(), d.options(keys...))
}

// reads is how often each list but that of the records was asked for.
func (o *office) reads() map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := map[string]int{}
	for _, a := range o.asked {
		if path, isRead := strings.CutPrefix(a, "GET "); isRead && path != "customer" {
			n[path]++
		}
	}
	return n
}

// TestARunReadsTheListsThatItNeeds: requests are the scarce good, and each list costs one or more.
func TestARunReadsTheListsThatItNeeds(t *testing.T) {
	const template = "constants: {template.id: 7}"
	for _, c := range []struct {
		name string
		keys []string
		want map[string]int
	}{
		{"a job that refers to nothing", []string{"columns: {Name: name, Value: phone}"}, map[string]int{}},
		{"ids need no list where answers have ids", []string{"columns: {Name: name, Value: category}"}, map[string]int{}},
		{"they do where answers have names", []string{"columns: {Name: name, Value: country}"}, map[string]int{"country": 1}},
		{"whatever fills the field", []string{"columns: {Name: name, Value: phone}", "constants: {Country: 124}"}, map[string]int{"country": 1}},
		{"a computed one too", []string{"columns: {Name: name, Value: phone}", "compute: {country: '\"124\"'}"}, map[string]int{"country": 1}},
		{"an ignored column fills nothing", []string{"columns: {Name: name, Value: ignore}"}, map[string]int{}},
		{"names are looked up", []string{"columns: {Name: name, Value: {field: category, lookup: name}}"}, map[string]int{"category": 1}},
		{"a list that serves both is read once", []string{"columns: {Name: name, Value: {field: country, lookup: name}}"}, map[string]int{"country": 1}},
		{"a table of the job's own serves both, too", []string{"columns: {Name: name, Value: {field: country, lookup_table: table.csv}}"}, map[string]int{}},
		{"custom fields are defined by a template", []string{"columns: {Name: name, Value: template.fields.Limit}", template}, map[string]int{"custom-field-template": 1}},
		{"a form template is in the second list", []string{"columns: {Name: name, Value: template.fields.Limit}", "constants: {Template.ID: 008}"},
			map[string]int{"custom-field-template": 1, "custom-form-template": 1}},
		{"a template is looked at even if none of its fields is filled: it may not be there", []string{"columns: {Name: name, Value: phone}", template},
			map[string]int{"custom-field-template": 1}},
		{"unless records are replaced: then all goes along", []string{"columns: {Name: name, Value: phone}", template, "replace: true"},
			map[string]int{"custom-field-template": 1, "country": 1}},
		{"a name may be in either list", []string{"columns: {Name: name, Value: {field: template.id, lookup: name}}"},
			map[string]int{"custom-field-template": 1, "custom-form-template": 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, d := open(t)
			d.write("table.csv", "\ufeff\"name\",\"id\"\r\n12,124\r\n")
			if _, err := d.plan(c.keys...); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, o.reads()); diff != "" {
				t.Errorf("reads (-want +got):\n%s", diff)
			}
		})
	}
}

// TestListsThatCannotBeHad: a run that would have to guess ends before its first write, with the remedy; one that can do
// without goes on and says so.
func TestListsThatCannotBeHad(t *testing.T) {
	const byName = "columns: {Name: name, Value: {field: template.id, lookup: name}}"
	custom := []string{"columns: {Name: name, Value: template.fields.Limit}", "constants: {template.id: 8}"}
	plain := []string{"columns: {Name: name, Value: phone}", "constants: {template.id: 8}"} // no custom field is filled
	for _, c := range []struct {
		name  string
		lists map[string]string // other than usual
		keys  []string
		exit  datasync.Exit
		says  string // of the error, or of a note
	}{
		{"a list of names that is not there", map[string]string{"category": "404"}, []string{"columns: {Name: name, Value: {field: category, lookup: name}}"},
			datasync.ExitError, "GET /category/: .*lookup_table"},
		{"a list of names that is kept from us", map[string]string{"category": "403"}, []string{"columns: {Name: name, Value: {field: category, lookup: name}}"},
			datasync.ExitAuth, "lookup_table"},
		{"names in answers only", map[string]string{"country": "403"}, []string{"columns: {Name: name, Value: country}"}, datasync.ExitOK,
			"the list countries cannot be read, so that names in answers are compared as they are"},
		{"names in answers by which records are found", map[string]string{"country": "404"},
			[]string{"identity: {key: [name, Country]}", "columns: {Name: name, Value: country}"}, datasync.ExitError, "GET /country/: .*lookup_table"},
		{"the token is refused", map[string]string{"country": "401"}, []string{"columns: {Name: name, Value: country}"}, datasync.ExitAuth, "401"},
		{"the list is none", map[string]string{"country": `"x"`}, []string{"columns: {Name: name, Value: country}"}, datasync.ExitError, "neither a JSON object nor a list"},
		{"the second list has the template, and the first is not there", map[string]string{"custom-field-template": "404"}, custom, datasync.ExitOK,
			"one of the lists of templates cannot be read"},
		{"the first list does not have the template, and the second is not there", map[string]string{"custom-form-template": "404"}, custom, datasync.ExitUsage,
			"constants.template.id: the account has no 8; there are 7 (Terms)"},
		{"neither list is there", map[string]string{"custom-field-template": "404", "custom-form-template": "403"}, custom, datasync.ExitAuth, "which custom fields there are"},
		{"both are empty", map[string]string{"custom-field-template": "[]", "custom-form-template": "[]"}, custom, datasync.ExitUsage, "there are none"},
		{"neither list is there, and no custom field is filled", map[string]string{"custom-field-template": "404", "custom-form-template": "403"}, plain, datasync.ExitOK,
			"the list templates cannot be read, so that template.id is not checked"},
		{"unless all of the record is sent", map[string]string{"custom-field-template": "404", "custom-form-template": "404"}, append([]string{"replace: true"}, plain...),
			datasync.ExitError, "which custom fields there are"},
		{"a template that is not there, and no custom field is filled", map[string]string{"custom-form-template": "[]"}, plain, datasync.ExitUsage,
			"constants.template.id: the account has no 8; there are 7 (Terms)"},
		{"a template that is out of use", map[string]string{"custom-form-template": `[{"id": 8, "name": "Form", "is_active": false, "fields": []}]`}, plain, datasync.ExitUsage,
			"constants.template.id: 8 is out of use in the account"},
		{"a template without definitions", map[string]string{"custom-field-template": `[{"id": 8, "name": "x"}]`}, custom, datasync.ExitError, `no list "fields"`},
		{"a name that the first list may have", map[string]string{"custom-field-template": "404"}, []string{byName}, datasync.ExitError, "lookup_table"},
		{"a name that only the second could have", map[string]string{"custom-form-template": "404"}, []string{byName}, datasync.ExitOK,
			"one of the lists of templates cannot be read"},
		{"two custom fields of one name", map[string]string{"custom-field-template": `[{"id": 8, "fields": [{"id": 1, "name": "Limit", "data_type": "text"}, {"id": 2, "name": "limit", "data_type": "text"}]}]`},
			custom, datasync.ExitUsage, "2 custom fields are called"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, d := open(t)
			d.write("sheet.csv", "Name,Value\nAlder,Form\n")
			if strings.Contains(strings.Join(c.keys, ""), "country") {
				d.write("sheet.csv", "Name,Value\nAlder,124\n")
			}
			maps.Copy(o.lists, c.lists)
			_, err := d.plan(c.keys...)
			exit := datasync.ExitOf(err)
			said := strings.Join(d.notes, "\n")
			if err != nil {
				said = err.Error()
			}
			first, rest, both := strings.Cut(c.says, ": .*")
			if exit != c.exit || !strings.Contains(said, first) || both && !strings.Contains(said, rest) {
				t.Errorf("exit %d, said %q; want %d, saying %q", exit, said, c.exit, c.says)
			}
			for _, a := range o.asked {
				if !strings.HasPrefix(a, http.MethodGet) {
					t.Errorf("it wrote: %s", a)
				}
			}
		})
	}
}

// TestAPlanKeepsWhatItReferredTo: what was reviewed is what gets pushed, whatever the account calls things by then.
func TestAPlanKeepsWhatItReferredTo(t *testing.T) {
	o, d := open(t)
	keys := []string{"columns: {Name: name, Value: template.fields.Limit, Where: {field: country, lookup: name}, What: {field: category, lookup: name}}", "constants: {template.id: 7}"}
	d.write("sheet.csv", "Name,Value,Where,What\nAlder,12,canada,retail\n")
	sum, err := d.plan(keys...)
	if err != nil || sum.ExitCode != 0 {
		t.Fatal(sum, err)
	}
	o.lists = map[string]string{
		"customer": "[]", "country": "404", "category": `[{"id": 9, "category": "Retail"}]`,
		"custom-field-template": `[{"id": 7, "name": "Terms", "fields": [{"id": 72, "name": "Limit", "data_type": "text", "is_active": true}]}]`,
	}
	o.asked = nil
	sum, err = datasync.Apply(t.Context(), t.Context(), d.options(keys...), sum.Run)
	if err != nil || sum.ExitCode != 0 {
		t.Fatal(sum, err)
	}
	want := []string{`{"company":1,"name":"Alder","category":5,"country":124,"template":{"id":7,"fields":[{"id":71,"value":12}]}}`}
	if diff := cmp.Diff(want, o.sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	if want := []string{"POST customer"}; !slices.Equal(o.asked, want) {
		t.Errorf("asked %q, want %q", o.asked, want)
	}

	// The run is still told by its own names when the job has others.
	again, err := datasync.Rewrite(t.Context(), d.options("columns: {Name: name, Value: template.fields.71, Where: ignore, What: ignore}", "constants: {template.id: 7}"), sum.Run)
	if err != nil || again.Counts.Of(plan.Created) != 1 {
		t.Errorf("the report again: %+v, %v; want 1 created", again, err)
	}
	if _, err := datasync.Apply(t.Context(), t.Context(), d.options("columns: {Name: name, Value: template.fields.Gone, Where: ignore, What: ignore}",
		"constants: {template.id: 7}"), sum.Run); !errors.Is(err, datasync.ErrStale) {
		t.Errorf("apply with another job: %v, want a stale plan", err)
	}
}

// TestNamesInAnswersAreReadByTheList: an API that shows Canada has the 124 that was sent.
func TestNamesInAnswersAreReadByTheList(t *testing.T) {
	const record = `[{"id": 1, "name": "Alder", "country": "CANADA"}]`
	for _, c := range []struct {
		name, country, sheet string
		want                 plan.Status
	}{
		{"the name of the code", `[{"numeric_code": 124, "name": "Canada"}]`, "124", plan.Unchanged},
		{"the name of another code", `[{"numeric_code": 124, "name": "Canada"}]`, "250", plan.NotAttempted},
		{"a name that two codes have", `[{"numeric_code": 124, "name": "Canada"}, {"numeric_code": 125, "name": "Canada"}]`, "124", plan.NotAttempted},
		{"without the list", "404", "124", plan.NotAttempted},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, d := open(t)
			o.lists["customer"], o.lists["country"] = record, c.country
			d.write("sheet.csv", "Name,Value\nAlder,"+c.sheet+"\n")
			sum, err := d.plan("columns: {Name: name, Value: country}")
			if err != nil {
				t.Fatal(err)
			}
			if sum.Counts.Of(c.want) != 1 {
				t.Errorf("counts %v, want 1 %s", sum.Counts, c.want)
			}
		})
	}
}
