package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// CustomList is the fields that an account defines itself.
type CustomList struct {
	Prefix  string       `json:"prefix"` // that their names begin with in a job: template.fields.
	Types   []CustomType `json:"types"`  // that can be sent
	Defined []CustomInfo `json:"defined"`
	Read    *time.Time   `json:"read,omitempty"` // when the account told, nil if it was not asked
	Hint    string       `json:"hint,omitempty"` // why Defined may be empty, and how to fill it
}

// CustomType is the rules of custom fields of one type.
type CustomType struct {
	Name string `json:"name"` // as the API calls it; default for all others
	Type string `json:"type"`
	Rule string `json:"rule"`
}

// CustomInfo is one custom field of an account.
type CustomInfo struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type"` // as the API calls it
	Rule   string `json:"rule"`
	Active bool   `json:"active"`
	Of     string `json:"of,omitempty"` // what defines it: template.id 7, Customer terms
}

// JobFields lists the fields of the job's resource, with the custom fields of its account: as the account has them now if
// online, else as the ledger remembers them.
func JobFields(ctx context.Context, opts Options, online bool) (out *FieldList, err error) {
	defer func() { err = cause(ctx, err) }()
	job := opts.Job
	out = fieldsOf(job.Target, job.base)
	switch custom := job.base.Custom; {
	case custom == nil:
	case custom.Definitions == nil:
		for _, name := range slices.Sorted(maps.Keys(job.CustomFields)) {
			d := model.Definition{ID: job.CustomFields[name], Name: name}
			out.Custom.Defined = append(out.Custom.Defined, infosOf(custom, []model.Definition{d}, "")...)
		}
		out.Custom.Hint = "The API does not list custom fields: a job gives their ids under custom_fields."
	case online:
		return out, out.Custom.read(ctx, opts)
	default:
		return out, out.Custom.recall(ctx, opts)
	}
	return out, nil
}

// customOf says which custom fields a resource can have.
func customOf(r *model.Resource) *CustomList {
	out := &CustomList{Prefix: r.Custom.Prefix(), Types: []CustomType{}, Defined: []CustomInfo{}}
	for _, name := range r.Custom.Types() {
		if f, ok := typed(r.Custom, name); ok {
			out.Types = append(out.Types, CustomType{Name: name, Type: mapping.KindName(f.Kind), Rule: ruleOf(&f)})
		}
	}
	out.Hint = "Accounts define them; with a job, `rollcall fields -c FILE --online` lists them."
	if r.Custom.Definitions == nil {
		out.Hint = "Accounts define them, and the API does not list them: a job gives their ids under custom_fields."
	}
	return out
}

// typed is a field of a type, if such fields can be sent.
func typed(c *model.Custom, name string) (model.Field, bool) {
	fields, _ := c.Named(nil, []model.Definition{{ID: "1", Name: name, Type: name}})
	if len(fields) == 0 {
		return model.Field{}, false
	}
	return fields[0], true
}

// infosOf describes definitions. of names what defines them.
func infosOf(c *model.Custom, definitions []model.Definition, of string) []CustomInfo {
	var out []CustomInfo
	for _, d := range definitions {
		info := CustomInfo{ID: d.ID, Name: d.Name, Type: d.Type, Active: !d.Inactive, Of: of, Rule: "cannot be sent"}
		if f, ok := typed(c, d.Type); ok {
			info.Rule = ruleOf(&f)
		}
		out = append(out, info)
	}
	return out
}

// recall fills in what earlier runs of the job have read of the account.
func (l *CustomList) recall(ctx context.Context, opts Options) error {
	ref, at, err := cachedReference(ctx, opts)
	if err != nil {
		return err
	}
	if ref == nil || ref.Definitions == nil {
		l.Hint = "What the account has was not read yet: --online reads it, and so does `rollcall plan` of a job that writes custom fields."
		return nil
	}
	d := opts.Job.base.Custom.Definitions
	l.Defined = infosOf(opts.Job.base.Custom, ref.Definitions, d.Parent+" "+opts.Job.Mapping.Constants[d.Parent])
	l.Read = &at
	l.Hint = fmt.Sprintf("As the account had them %s ago; --online reads them again.", age(time.Since(at)))
	return nil
}

// read fills in what the account has: of the parent that the job names, or of all if it names none.
func (l *CustomList) read(ctx context.Context, opts Options) error {
	s, err := newSession(opts)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.connect(); err != nil {
		return err
	}
	custom := opts.Job.base.Custom
	lookup := opts.Job.Target.Lookup(custom.Definitions.Lookup)
	wanted := strings.TrimSpace(opts.Job.Mapping.Constants[custom.Definitions.Parent])
	items, err := s.client.Items(ctx, &lookup.Listing, lookup.ID)
	if lookup.Then != nil && (err == nil || errors.Is(err, remote.ErrNoList)) {
		further, none := s.client.Items(ctx, lookup.Then, lookup.ID)
		if none != nil && (err != nil || !errors.Is(none, remote.ErrNoList)) {
			return none
		}
		items, err = append(items, further...), nil
	}
	if err != nil {
		return err
	}
	for _, item := range items {
		if err := l.take(custom, lookup, item, wanted); err != nil {
			return err
		}
	}
	now := time.Now().UTC()
	l.Read, l.Hint = &now, ""
	if len(l.Defined) == 0 && wanted != "" {
		return fmt.Errorf("%w: constants.%s: the account has no %s with custom fields", ErrJob, custom.Definitions.Parent, wanted)
	}
	return nil
}

// take adds the definitions of one item, unless it is not the wanted one.
func (l *CustomList) take(custom *model.Custom, lookup *model.Lookup, item json.RawMessage, wanted string) error {
	id, _ := model.ReadText(item, lookup.ID)
	if wanted != "" && id != wanted {
		return nil
	}
	definitions, err := custom.Definitions.Read(item)
	if err != nil {
		return err
	}
	of := custom.Definitions.Parent + " " + id
	if name, _ := model.ReadText(item, lookup.By[nameWord(lookup)]); name != "" {
		of += ", " + name
	}
	l.Defined = append(l.Defined, infosOf(custom, definitions, of)...)
	return nil
}
