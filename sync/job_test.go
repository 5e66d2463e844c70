package sync_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	datasync "github.com/rollcall-sync/rollcall/sync"
)

const minimalJob = `
version: 1
target: cro/contact
connection: {account: {tenant_id: 1}, auth: {token: "${env:CRO_TOKEN}"}}
identity: {key: [customer_id, email]}
columns: {Customer No: customer_id, E-mail: email}
`

// loadJob writes text as a job file and reads it.
func loadJob(t *testing.T, text string) (*datasync.Job, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return datasync.LoadJob(path, "")
}

func exampleJob(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../config.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestExampleShowsTheDefaults holds config.example.yaml to its word: what stands there is what a job has without it.
func TestExampleShowsTheDefaults(t *testing.T) {
	example, err := loadJob(t, exampleJob(t))
	if err != nil {
		t.Fatal(err)
	}
	minimal, err := loadJob(t, minimalJob)
	if err != nil {
		t.Fatal(err)
	}
	// A run gives these their default when it begins, so that the job can tell what was said.
	minimal.Connection.Workers, minimal.Connection.Timeout, minimal.Connection.MaxPause = 8, 30*time.Second, 10*time.Minute
	minimal.Connection.TrailingSlash, minimal.Connection.Rate = "never", "none"
	version := "2023/04/19"
	minimal.Connection.APIVersion = &version
	ignore := cmpopts.IgnoreFields(datasync.Job{}, "Path", "Hash", "Target", "Resource")
	if diff := cmp.Diff(minimal, example, ignore, cmpopts.IgnoreUnexported(datasync.Job{}), cmp.AllowUnexported(datasync.Source{}, datasync.Connection{}), cmpopts.EquateComparable(minimal.Guards.MaxInvalid)); diff != "" {
		t.Errorf("config.example.yaml is not the defaults (-default +example):\n%s", diff)
	}
}

// TestExampleWithEveryOption switches on what the example has commented out.
func TestExampleWithEveryOption(t *testing.T) {
	text := regexp.MustCompile(`(?m)^#- `).ReplaceAllString(exampleJob(t), "")
	text = strings.ReplaceAll(text, "target_file: my-api.yaml", "") // there is no such file
	text = strings.ReplaceAll(text, "compute: {name:", "compute: {number:")
	if _, err := loadJob(t, text); err != nil {
		t.Fatal(err)
	}
}

// TestExampleNamesEveryOption walks the schema: a key that the example does not mention is undocumented.
func TestExampleNamesEveryOption(t *testing.T) {
	var schema any
	if err := json.Unmarshal(datasync.JobSchema, &schema); err != nil {
		t.Fatal(err)
	}
	example := exampleJob(t)
	for _, key := range properties(schema) {
		if !regexp.MustCompile(`(?m)(^|[\s{])` + regexp.QuoteMeta(key) + `:`).MatchString(example) {
			t.Errorf("config.example.yaml does not show %q", key)
		}
	}
}

// properties is every key of every object that the schema describes.
func properties(schema any) []string {
	var keys []string
	switch s := schema.(type) {
	case map[string]any:
		if p, ok := s["properties"].(map[string]any); ok {
			for key := range p {
				keys = append(keys, key)
			}
		}
		for _, v := range s {
			keys = append(keys, properties(v)...)
		}
	case []any:
		for _, v := range s {
			keys = append(keys, properties(v)...)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func TestBadJobs(t *testing.T) {
	for _, c := range []struct {
		name, from, to string
		want           []string // in the message
	}{
		{"an unknown key names the one that was meant", "columns:", "colums:", []string{":6:1", `"colums"`, `"columns"`}},
		{"an unknown target", "cro/contact", "crow/contact", []string{`"crow"`, `did you mean "cro"`}},
		{"an unknown resource", "cro/contact", "cro/person", []string{`no resource "person"`, "cro/contact"}},
		{"a missing target", "target: cro/contact\n", "", []string{"target"}},
		{"a token in plain text", `"${env:CRO_TOKEN}"`, "abc", []string{":4:", "token"}},
		{"a missing account setting", "{tenant_id: 1}", "{}", []string{"tenant_id"}},
		{"an account setting that is not the target's", "{tenant_id: 1}", "{tenant_id: 1, company: 1}", []string{`"company"`}},
		{"a tenant that is no number", "{tenant_id: 1}", "{tenant_id: one}", []string{"tenant_id", "whole number"}},
		{"a tenant with zeros in front would be another account", "{tenant_id: 1}", "{tenant_id: 001}", []string{":4:", "tenant_id", "without zeros in front"}},
		{"no account at all, where the target needs one", "account: {tenant_id: 1}, ", "", []string{"tenant_id", "needs it on every call"}},
		{"an unknown field, with its column and a suggestion", "E-mail: email", "E-mail: emial", []string{":6:", `"emial"`, `"email"`}},
		{"a field that has two columns", "E-mail: email", "E-mail: email, Mail: email", []string{"email", "already filled"}},
		{"a key field without a column", "[customer_id, email]", "[customer_id, name]", []string{"name", "no column"}},
		{"no key", "identity: {key: [customer_id, email]}\n", "", []string{"identity.key"}},
		{"a version that is not this one", "version: 1", "version: 2", []string{":2:"}},
		{"a rate that is none", "auth:", "rate: 5, auth:", []string{"rate"}},
		{"a key given twice", "version: 1", "version: 1\nversion: 1", []string{"already given"}},
		{"a mode that does not exist", "version: 1", "version: 1\nmode: merge", []string{"create, update, upsert"}},
		{"blank: clear where the API does not say how", "E-mail: email", "E-mail: {field: email, blank: clear}", []string{"does not document"}},
		{"several faults at once", "version: 1", "version: 3\nmode: merge\nmod: x", []string{":2:", ":3:", ":4:"}},
		{"an alias", "version: 1", "version: &v 1", []string{"anchor"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(minimalJob, c.from) {
				t.Fatalf("the job has no %q", c.from)
			}
			_, err := loadJob(t, strings.Replace(minimalJob, c.from, c.to, 1))
			if !errors.Is(err, datasync.ErrJob) || datasync.ExitOf(err) != datasync.ExitUsage {
				t.Fatalf("error = %v, want one of the job file", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the message lacks %q:\n%v", want, err)
				}
			}
		})
	}
}

// TestIdsOfCustomFields: BigChange lists no definitions, so a job says their ids, by name or as the field itself.
func TestIdsOfCustomFields(t *testing.T) {
	for _, c := range []struct {
		name, columns, more string
		id                  string   // of the last field, "" if the job is refused
		want                []string // in the message
	}{
		{"a number", "A: reference, B: customFields.Tier", "custom_fields: {Tier: 77}", "77", nil},
		{"a number as text", "A: reference, B: customFields.Tier", "custom_fields: {Tier: '77'}", "77", nil},
		{"zeros in front are no part of a number", "A: reference, B: customFields.007", "", "7", nil},
		{"nor are they behind a name", "A: reference, B: customFields.Tier", "custom_fields: {Tier: '007'}", "7", nil},
		{"a number of another base", "A: reference, B: customFields.Tier", "custom_fields: {Tier: 0x4D}", "", []string{":5:28:", `Tier: "0x4D" is no id`, "whole number"}},
		{"a word", "A: reference, B: customFields.Tier", "custom_fields: {Tier: abc}", "", []string{":5:28:", `Tier: "abc" is no id`, "whole number"}},
		{"more than any number", "A: reference, B: customFields.9223372036854775808", "", "", []string{":5:28:", "is no id"}},
		{"two names of one field", "A: reference, B: customFields.7, C: customFields.007", "", "", []string{":5:", "another name of a custom field"}},
		{"several at once", "A: reference, B: customFields.Tier, C: customFields.Rate", "custom_fields: {Tier: abc}", "", []string{":5:28:", ":5:50:", "Rate is not known by an id"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			job, err := loadJob(t, strings.Replace(refer("bigchange/contact", "customer_id: 1", c.columns, c.more), "[name]", "[reference]", 1))
			if c.id == "" {
				if !errors.Is(err, datasync.ErrJob) {
					t.Fatalf("error = %v, want one of the job file", err)
				}
				for _, want := range c.want {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("the message lacks %q:\n%v", want, err)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			fields := job.Resource.Model.Fields
			if got := fields[len(fields)-1].Custom; got == nil || got.ID != c.id {
				t.Errorf("the last field is %+v, want the custom field %s", got, c.id)
			}
		})
	}
}

// TestAJobMayLeaveOutItsAccount where the target asks for none.
func TestAJobMayLeaveOutItsAccount(t *testing.T) {
	text := strings.Replace(minimalJob, "account: {tenant_id: 1}, ", "", 1)
	target, err := os.ReadFile("../mapping/model/targets/cro.yaml")
	if err != nil {
		t.Fatal(err)
	}
	free := strings.Replace(string(target), "required: true", "required: false", 1) // the first is that of the account
	path := filepath.Join(t.TempDir(), "free.yaml")
	if err := os.WriteFile(path, []byte(free), 0o600); err != nil {
		t.Fatal(err)
	}
	job, err := loadJob(t, text+fmt.Sprintf("target_file: %q\n", path))
	if err != nil {
		t.Fatal(err)
	}
	if len(job.Connection.Account) != 0 || strings.Contains(job.Where(), "tenant") {
		t.Errorf("the account is %v, shown as %s; want none", job.Connection.Account, job.Where())
	}
}

func TestJobPathsAreRelativeToTheJobFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte(minimalJob+"source: {file: in/contacts.csv}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	job, err := datasync.LoadJob(path, "")
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "in", "contacts.csv"); job.Source.File != want {
		t.Errorf("file = %s, want %s", job.Source.File, want)
	}
}

// refer is a job that refers to what an account has.
func refer(target, account, columns, more string) string {
	return fmt.Sprintf("version: 1\ntarget: %s\nconnection: {account: {%s}, auth: {token: \"${env:T}\"}}\nidentity: {key: [name]}\ncolumns: {%s}\n%s\n",
		target, account, columns, more)
}

// FuzzJob feeds arbitrary text: a job is read or refused, and nothing else.
func FuzzJob(f *testing.F) {
	f.Add(minimalJob)
	f.Add("version: 1\ncolumns: {true: x, no: {true: [y]}}")
	f.Add(strings.Replace(minimalJob, "columns:", "replace: true\ncustom_fields: {Tier: 77}\ncolumns:", 1))
	f.Add(refer("revnue/customer", "company: 1", "A: name, B: {field: template.fields., lookup: name}, C: {field: country, lookup_table: x.csv}", "replace: true\nconstants: {template.id: x}"))
	f.Add(refer("revnue/customer", "company: 1", "A: name, B: template.fields.A, C: TEMPLATE.FIELDS.a", "constants: {template.fields.a: 1, Template.ID: 7}\ncompute: {template.fields.B: row.A}"))
	f.Add(refer("bigchange/contact", "customer_id: 1", "A: reference, B: customFields.77, C: {field: customFields.Tier, lookup_table: .}", "custom_fields: {Tier: 77, tier: '', 77: 78}"))
	f.Add("{")
	f.Fuzz(func(t *testing.T, text string) {
		job, err := loadJob(t, text)
		if (job == nil) == (err == nil) {
			t.Errorf("job = %v, error = %v", job, err)
		}
	})
}
