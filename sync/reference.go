package sync

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gocarina/gocsv"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/remote"
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
		if f := m.Index(col.Field); col.Lookup != "" && f >= 0 {
			w := get(m.Fields[f].Lookup)
			w.words, w.needed = append(w.words, col.Lookup), true
		}
	}
	for i := range m.Fields {
		if f := &m.Fields[i]; f.Reading.Names && (j.Resource.Replace || j.fills(f.Name)) && !j.hasTable(f.Name) {
			w := get(f.Lookup)
			w.words = append(w.words, nameWord(w.lookup))
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

// hasTable reports whether a file of the job has the names of a field.
func (j *Job) hasTable(field string) bool {
	return slices.ContainsFunc(j.Mapping.Columns, func(c mapping.Column) bool { return c.Table != "" && strings.EqualFold(c.Field, field) })
}

// asksForDefinitions reports whether the account has to tell which custom fields there are.
func (j *Job) asksForDefinitions() bool {
	c := j.Resource.Custom
	if c == nil || c.Definitions == nil || j.Mapping.Constants[c.Definitions.Parent] == "" {
		return false
	}
	return j.Resource.Replace || len(j.customNames()) > 0
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
	switch {
	case c == nil:
		return nil
	case c.Definitions != nil:
		j.Resource = j.base.With(c.Unjudged(names), nil)
		if len(names) > 0 && j.Mapping.Constants[c.Definitions.Parent] == "" {
			return []error{fmt.Errorf("%s needs %s among constants, which says what fields there are", names[0], c.Definitions.Parent)}
		}
		return nil
	}
	var definitions []model.Definition
	for _, name := range names {
		short := name[len(c.Prefix()):]
		id := j.CustomFields[short]
		if id == "" && strings.Trim(short, "0123456789") == "" {
			id = short
		}
		if id == "" {
			return []error{fmt.Errorf("%s is not known by an id: the API does not list custom fields, so write custom_fields: {%s: ID}", name, short)}
		}
		definitions = append(definitions, model.Definition{ID: id, Name: short})
	}
	fields, unknown := c.Named(names, definitions)
	j.Resource = j.base.With(fields, nil)
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
		if err := errors.Join(unknown...); err != nil {
			return fmt.Errorf("%w: %w", ErrJob, err)
		}
		fields = named
	} else {
		fields = j.Resource.Model.Fields[len(j.base.Model.Fields):]
	}
	j.Resource = j.base.With(fields, tables)
	var errs []error
	for _, f := range j.Mapping.Check(j.Resource.Model) {
		errs = append(errs, fmt.Errorf("%s: %s", strings.Join(f.Path, "."), f.Message))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w: %w", ErrJob, err)
	}
	return nil
}

// tableRow is a row of a file of names and ids.
type tableRow struct {
	Name string `csv:"name"`
	ID   string `csv:"id"`
}

// readTables reads the files that columns look names up in.
func (j *Job) readTables() (findings []mapping.Finding) {
	j.files = map[string]*model.Table{}
	for i := range j.Mapping.Columns {
		col := &j.Mapping.Columns[i]
		f := j.base.Model.Index(col.Field)
		if col.Table == "" || f < 0 {
			continue
		}
		entries, err := readTable(j.beside(col.Table), &j.base.Model.Fields[f])
		if err != nil {
			findings = append(findings, mapping.Finding{Path: []string{"columns", col.Header, "lookup_table"}, Message: err.Error()})
			continue
		}
		j.files[col.Header] = model.NewTable(entries)
	}
	return findings
}

// readTable reads one file of names and ids for a field.
func readTable(path string, f *model.Field) ([]model.Entry, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	name := filepath.Base(path)
	var rows []tableRow
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if err := gocsv.UnmarshalBytes(data, &rows); err != nil {
		return nil, fmt.Errorf("%s: %w; it must be a CSV file with the columns name and id", name, err)
	}
	entries := make([]model.Entry, 0, len(rows))
	for i, row := range rows {
		e := model.Entry{Name: strings.TrimSpace(row.Name), ID: strings.TrimSpace(row.ID)}
		value, code := f.Parse(e.ID)
		if e.Name == "" || e.ID == "" || code != "" {
			return nil, fmt.Errorf("%s, entry %d: %q with the id %q is no name with an id of %s (%s); it must be a CSV file with the columns name and id",
				name, i+1, e.Name, e.ID, f.Name, mapping.KindName(f.Kind))
		}
		e.ID = value.Text
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("%s is empty; it must be a CSV file with the columns name and id", name)
	}
	return entries, nil
}

// referTo reads from the account what the job refers to, keeps it, and completes the job with it.
func (s *session) referTo(ctx context.Context) error {
	job := s.opts.Job
	wanted := job.wanted()
	ref := &reference{}
	if len(wanted) > 0 {
		s.opts.Progress.Stage("reading names", len(wanted))
		f := fetcher{client: s.client, job: job, note: s.opts.Progress.Note}
		for _, w := range wanted {
			if err := f.fetch(ctx, w, ref); err != nil {
				return err
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
	return s.input.read(s.compile)
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
	if len(ref.Names) == 0 && ref.Definitions == nil {
		return nil
	}
	if err := j.refer(ref); err != nil && !errors.Is(err, ErrJob) {
		return err
	}
	return nil
}

// referenceName is where the ledger keeps what the jobs of a resource refer to.
func (s *session) referenceName() string { return referenceName(s.opts.Job) }

func referenceName(j *Job) string {
	words := []string{"reference", j.Name()}
	for _, w := range j.wanted() {
		words = append(append(words, w.lookup.Name), w.words...)
		if w.defining {
			words = append(words, j.Mapping.Constants[j.Resource.Custom.Definitions.Parent])
		}
	}
	return strings.Join(words, " ")
}

// fetcher reads lists of an account.
type fetcher struct {
	client *remote.Client
	job    *Job
	note   func(string)
}

// fetch reads one list, and keeps what the job needs of it.
func (f *fetcher) fetch(ctx context.Context, w *wantedList, ref *reference) error {
	items, err := f.client.Items(ctx, &w.lookup.Listing, w.lookup.ID)
	if errors.Is(err, remote.ErrNoList) && w.lookup.Then == nil {
		if w.needed || w.defining {
			return fmt.Errorf("%w; names can be given in a file too: lookup_table", err)
		}
		f.note(fmt.Sprintf("the list %s cannot be read, so that names in answers are compared as they are: %v", w.lookup.Name, err))
		return nil
	}
	if err != nil && !errors.Is(err, remote.ErrNoList) {
		return err
	}
	var further []json.RawMessage
	if w.lookup.Then != nil && (len(w.words) > 0 || !has(items, w.lookup.ID, f.parent())) {
		var none error
		further, none = f.client.Items(ctx, w.lookup.Then, w.lookup.ID)
		if none != nil && (err != nil || !errors.Is(none, remote.ErrNoList)) {
			return none
		}
	}
	if ref.Names == nil {
		ref.Names = map[string][]model.Entry{}
	}
	for _, word := range w.words {
		ref.Names[listKey(w.lookup.Name, word)] = entriesOf(w.lookup, word, items, further)
	}
	if w.defining {
		ref.Definitions, err = f.definitions(append(items, further...))
		return err
	}
	return nil
}

// parent is the item that has the definitions of custom fields, by id.
func (f *fetcher) parent() string {
	if c := f.job.Resource.Custom; c != nil && c.Definitions != nil {
		return strings.TrimSpace(f.job.Mapping.Constants[c.Definitions.Parent])
	}
	return ""
}

// has reports whether an item has that id.
func has(items []json.RawMessage, property, id string) bool {
	return slices.ContainsFunc(items, func(item json.RawMessage) bool {
		got, _ := model.ReadText(item, property)
		return got == id
	})
}

// entriesOf is the names of items by a word of the lookup, and those of further ones that have a name of their own.
func entriesOf(l *model.Lookup, word string, items, further []json.RawMessage) []model.Entry {
	entries := []model.Entry{}
	take := func(list []json.RawMessage, skip *model.Table) {
		for _, item := range list {
			name, _ := model.ReadText(item, l.By[word])
			id, _ := model.ReadText(item, l.ID)
			if name != "" && (skip == nil || len(skip.Find(name)) == 0) {
				entries = append(entries, model.Entry{Name: name, ID: id})
			}
		}
	}
	take(items, nil)
	take(further, model.NewTable(entries))
	return entries
}

// definitions is the custom fields that the job's parent item defines.
func (f *fetcher) definitions(items []json.RawMessage) ([]model.Definition, error) {
	d, id := f.job.Resource.Custom.Definitions, f.parent()
	l := f.job.Target.Lookup(d.Lookup)
	var there []string
	for _, item := range items {
		got, _ := model.ReadText(item, l.ID)
		name, _ := model.ReadText(item, l.By[nameWord(l)])
		if there = append(there, fmt.Sprintf("%s (%s)", got, name)); got != id {
			continue
		}
		return d.Read(item)
	}
	return nil, fmt.Errorf("%w: constants.%s: the account has no %s; there are %s", ErrJob, d.Parent, id, strings.Join(there, ", "))
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
