package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// reference is what a job refers to in its account: names with their ids, and the definitions of custom fields. It is read
// once per run.
type reference struct {
	Names       map[string][]model.Entry `json:"names,omitempty"`       // by lookup and word, as in "categories name"
	Definitions []model.Definition       `json:"definitions,omitempty"` // of custom fields
}

// listKey names a list of names.
func listKey(lookup, word string) string { return lookup + " " + word }

// wantedList is a lookup that a job needs, and the words that it compares names by.
type wantedList struct {
	lookup   *model.Lookup
	words    []string
	needed   bool // the job looks names up; else they only serve to read answers
	defining bool // its items define custom fields
}

// wanted is the lists that the job needs of its account, in the order of the target file.
func (j *Job) wanted() []*wantedList {
	found := map[string]*wantedList{}
	get := func(name string) *wantedList {
		if found[name] == nil {
			found[name] = &wantedList{lookup: j.Target.Lookup(name)}
		}
		return found[name]
	}
	m := j.Resource.Model
	for i := range j.Mapping.Columns {
		col := &j.Mapping.Columns[i]
		if f := m.Index(col.Field); col.Lookup != "" && !col.Link && f >= 0 {
			w := get(m.Fields[f].Lookup)
			w.words, w.needed = append(w.words, col.Lookup), true
		}
	}
	for i := range m.Fields {
		if f := &m.Fields[i]; f.Reading.Names && (j.Resource.Replace || j.fills(f.Name)) && !j.hasTable(f.Name) {
			w := get(f.Lookup)
			w.words = append(w.words, nameWord(w.lookup))
			w.needed = w.needed || j.isKey(f.Name) // a key that cannot be read would match nothing, and be created again
		}
	}
	if j.asksForDefinitions() {
		get(j.Resource.Custom.Definitions.Lookup).defining = true
	}
	var out []*wantedList
	for _, l := range j.Target.Lookups {
		if w := found[l.Name]; w != nil {
			slices.Sort(w.words)
			w.words = slices.Compact(w.words)
			out = append(out, w)
		}
	}
	return out
}

// nameWord is the word by which answers name things: name, if the lookup has it.
func nameWord(l *model.Lookup) string {
	if _, ok := l.By["name"]; ok {
		return "name"
	}
	return l.Words()[0]
}

// fills reports whether the job gives a field a value.
func (j *Job) fills(field string) bool {
	same := func(name string) bool { return strings.EqualFold(name, field) }
	return slices.ContainsFunc(j.Mapping.Columns, func(c mapping.Column) bool { return !c.Ignore && same(c.Field) }) ||
		slices.ContainsFunc(slices.Collect(maps.Keys(j.Mapping.Constants)), same) ||
		slices.ContainsFunc(slices.Collect(maps.Keys(j.Mapping.Compute)), same)
}

// isKey reports whether records are identified by a field.
func (j *Job) isKey(field string) bool {
	return slices.ContainsFunc(j.Mapping.Identity.Key, func(name string) bool { return strings.EqualFold(name, field) })
}

// hasTable reports whether a file of the job has the names of a field.
func (j *Job) hasTable(field string) bool {
	return slices.ContainsFunc(j.Mapping.Columns, func(c mapping.Column) bool { return c.Table != "" && strings.EqualFold(c.Field, field) })
}

// asksForDefinitions reports whether the account is asked which custom fields there are.
func (j *Job) asksForDefinitions() bool {
	c := j.Resource.Custom
	return c != nil && c.Definitions != nil && j.parent() != ""
}

// needsDefinitions reports whether the job cannot do without them.
func (j *Job) needsDefinitions() bool { return j.Resource.Replace || len(j.customNames()) > 0 }

// parent is the id of the thing that defines the custom fields of all rows, "" if the job does not say.
func (j *Job) parent() string {
	name := j.Resource.Custom.Definitions.Parent
	for constant, text := range j.Mapping.Constants {
		if strings.EqualFold(constant, name) {
			id, _ := j.base.Model.Fields[j.base.Model.Index(name)].Parse(text)
			return id.Text
		}
	}
	return ""
}

// customNames is the custom fields that the job writes, in its order.
func (j *Job) customNames() []string {
	c := j.base.Custom
	if c == nil {
		return nil
	}
	var names []string
	add := func(name string) {
		if len(name) > len(c.Prefix()) && strings.EqualFold(name[:len(c.Prefix())], c.Prefix()) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for i := range j.Mapping.Columns {
		add(j.Mapping.Columns[i].Field)
	}
	for _, name := range slices.Sorted(maps.Keys(j.Mapping.Constants)) {
		add(name)
	}
	for _, name := range slices.Sorted(maps.Keys(j.Mapping.Compute)) {
		add(name)
	}
	for _, name := range j.Mapping.Identity.Key {
		add(name)
	}
	return names
}

// expect gives the job a model with the custom fields that it writes, as far as they are known without the account. It
// returns what cannot be.
func (j *Job) expect() []error {
	c, names := j.base.Custom, j.customNames()
	if c == nil {
		return nil
	}
	j.Resource = j.base.With(c.Unjudged(names), nil)
	if c.Definitions != nil {
		if len(names) > 0 && j.parent() == "" {
			return []error{fmt.Errorf("%s needs %s among constants, which says what fields there are", names[0], c.Definitions.Parent)}
		}
		return nil
	}
	var definitions []model.Definition
	var errs []error
	for _, name := range names {
		short := name[len(c.Prefix()):]
		id := j.CustomFields[short]
		if id == "" && strings.Trim(short, "0123456789") == "" {
			id = short
		}
		if n, err := strconv.ParseInt(id, 10, 64); id != "" && !c.TextIDs() && err != nil {
			errs = append(errs, &model.NameError{Name: name, Reason: fmt.Errorf("custom_fields: %s: %q is no id of a custom field: write a whole number", short, id)})
			continue
		} else if !c.TextIDs() && id != "" {
			id = strconv.FormatInt(n, 10)
		}
		if id == "" {
			errs = append(errs, &model.NameError{Name: name, Reason: fmt.Errorf("%s is not known by an id: the API does not list custom fields, so write custom_fields: {%s: ID}", name, short)})
			continue
		}
		definitions = append(definitions, model.Definition{ID: id, Name: short})
	}
	if len(errs) > 0 {
		return errs
	}
	fields, unknown := c.Named(names, definitions)
	if len(unknown) == 0 {
		j.Resource = j.base.With(fields, nil)
	}
	return unknown
}

// refer completes the job with what its account has: names are looked up in it, and custom fields get their types and rules.
func (j *Job) refer(ref *reference) error {
	tables := map[string]*model.Table{} // of names in answers, by lookup
	byKey := map[string]*model.Table{}
	for key, entries := range ref.Names {
		byKey[key] = model.NewTable(entries)
	}
	for _, l := range j.Target.Lookups {
		tables[l.Name] = byKey[listKey(l.Name, nameWord(l))]
	}
	j.Mapping.Tables = maps.Clone(j.files)
	if j.Mapping.Tables == nil {
		j.Mapping.Tables = map[string]*model.Table{}
	}
	for i := range j.Mapping.Columns {
		col := &j.Mapping.Columns[i]
		f := j.base.Model.Index(col.Field)
		if f < 0 {
			continue
		}
		lookup := j.base.Model.Fields[f].Lookup
		if col.Table != "" && lookup != "" {
			tables[lookup] = j.files[col.Header]
		}
		if t := byKey[listKey(lookup, col.Lookup)]; col.Lookup != "" && t != nil {
			j.Mapping.Tables[col.Header] = t
		}
	}
	var fields []model.Field
	if c := j.base.Custom; c != nil && c.Definitions != nil && ref.Definitions != nil {
		named, unknown := c.Named(j.customNames(), ref.Definitions)
		var findings []model.Finding
		for _, err := range unknown {
			findings = append(findings, j.doc.Finding(err.Error(), "", j.placeOf(err)...))
		}
		if err := j.doc.Fault(findings...); err != nil {
			return fmt.Errorf("%w:\n%w", ErrJob, err)
		}
		fields = named
	} else {
		fields = j.Resource.Model.Fields[len(j.base.Model.Fields):]
	}
	j.Resource = j.base.With(fields, tables)
	var findings []model.Finding
	for _, f := range j.Mapping.Check(j.Resource.Model) {
		findings = append(findings, j.doc.Finding(f.Message, "", f.Path...))
	}
	if err := j.doc.Fault(findings...); err != nil {
		return fmt.Errorf("%w:\n%w", ErrJob, err)
	}
	return nil
}

// placeOf is where the job names the custom field that err is about.
func (j *Job) placeOf(err error) []string {
	var wrong *model.NameError
	if !errors.As(err, &wrong) {
		return []string{"columns"}
	}
	same := func(name string) bool { return strings.EqualFold(name, wrong.Name) }
	for i := range j.Mapping.Columns {
		if col := &j.Mapping.Columns[i]; same(col.Field) {
			return []string{"columns", col.Header}
		}
	}
	for part, fields := range map[string]map[string]string{"constants": j.Mapping.Constants, "compute": j.Mapping.Compute} {
		for name := range fields {
			if same(name) {
				return []string{part, name}
			}
		}
	}
	return []string{"identity", "key"}
}

// referTo reads from the account what the job refers to, keeps it, and completes the job with it.
func (s *session) referTo(ctx context.Context) error { return s.referBy(ctx, s.client) }

// referBy is referTo with lists that are read through lists.
func (s *session) referBy(ctx context.Context, lists lister) error {
	job := s.opts.Job
	wanted := job.wanted()
	ref := &reference{}
	if len(wanted) > 0 {
		s.opts.Progress.Stage("reading names", len(wanted))
		f := fetcher{client: lists, job: job, note: s.opts.Progress.Note}
		for _, w := range wanted {
			if err := f.fetch(ctx, w, ref); err != nil {
				return s.blamed(ctx, w.lookup, err)
			}
			s.opts.Progress.Step()
		}
		data, err := json.Marshal(ref)
		if err != nil {
			return fmt.Errorf("keep what the account has: %w", err)
		}
		if err := s.ledger.SetCache(ctx, s.account.text(), s.referenceName(), data); err != nil {
			return err
		}
	}
	s.stored.Reference = reference{Names: answerNames(job, ref), Definitions: ref.Definitions}
	if err := job.refer(ref); err != nil {
		return err
	}
	s.client.Use(job.Resource)
	return s.bind()
}

// blamed is why a list could not be had: it may be the whole account that the API refuses.
func (s *session) blamed(ctx context.Context, l *model.Lookup, err error) error {
	check := s.opts.Job.Target.Check
	if !errors.Is(err, plan.ErrAccount) || check != nil && check.Operation.ID == l.Operation.ID {
		return err
	}
	if account := s.client.Account(ctx); account != nil && !errors.Is(account, plan.ErrInconclusive) {
		return fmt.Errorf("%w; check connection.account", account)
	}
	return err
}

// answerNames is the names by which answers are read: what a stored plan needs of them.
func answerNames(j *Job, ref *reference) map[string][]model.Entry {
	names := map[string][]model.Entry{}
	for i := range j.base.Model.Fields {
		if f := &j.base.Model.Fields[i]; f.Reading.Names {
			key := listKey(f.Lookup, nameWord(j.Target.Lookup(f.Lookup)))
			if entries := ref.Names[key]; entries != nil {
				names[key] = entries
			}
		}
	}
	return names
}

// recall completes the job with what a stored run has kept of the account. The job may have changed since: what does not fit
// any more is for the check whether the plan is fresh.
func (j *Job) recall(ref *reference) error {
	if err := j.refer(ref); err != nil && !errors.Is(err, ErrJob) {
		return err
	}
	return nil
}

// referenceName is where the ledger keeps what the jobs of a resource refer to.
func (s *session) referenceName() string { return referenceName(s.opts.Job) }

// referencePrefix begins the name of everything that the ledger keeps of what accounts have.
const referencePrefix = "reference"

func referenceName(j *Job) string {
	words := []string{referencePrefix, j.Name()}
	for _, w := range j.wanted() {
		words = append(append(words, w.lookup.Name), w.words...)
		if w.defining {
			words = append(words, j.parent())
		}
	}
	return strings.Join(words, " ")
}

// lister reads all items of a list, as [remote.Client] does.
type lister interface {
	Items(ctx context.Context, l *model.Listing, id string, properties ...string) ([]json.RawMessage, error)
}

// cachedReference is what earlier runs have read of the job's account, and when. It is nil if there is nothing. The ledger
// is not made if it is not there.
func cachedReference(ctx context.Context, opts Options) (*reference, time.Time, error) {
	state, err := opts.stateDir()
	if err != nil {
		return nil, time.Time{}, err
	}
	if _, err := os.Stat(filepath.Join(state, "ledger.db")); err != nil {
		return nil, time.Time{}, nil
	}
	l, err := ledger.Open(ctx, state)
	if err != nil {
		return nil, time.Time{}, err
	}
	data, at, err := l.Cache(ctx, accountOf(opts.Job).text(), referenceName(opts.Job))
	if err = errors.Join(err, l.Close()); err != nil || len(data) == 0 {
		return nil, at, err
	}
	ref := &reference{}
	if err := json.Unmarshal(data, ref); err != nil {
		return nil, at, fmt.Errorf("read what the ledger keeps of the account: %w", err)
	}
	return ref, at, nil
}
