package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// idKeeper keeps the ids of the lists that are read through it: a list of names is also one of parents.
type idKeeper struct {
	lister
	ids map[string][]string // by operation
}

// Items reads a list.
func (k *idKeeper) Items(ctx context.Context, l *model.Listing, id string, properties ...string) ([]json.RawMessage, error) {
	items, err := k.lister.Items(ctx, l, id, properties...)
	if err != nil {
		return items, err
	}
	ids := []string{}
	for _, item := range items {
		if text, ok := model.ReadText(item, id); ok {
			ids = append(ids, text)
		}
	}
	k.ids[l.ID] = ids
	return items, nil
}

// all is the ids of a list, read now if it was not yet.
func (k *idKeeper) all(ctx context.Context, l *model.Listing, id string) ([]string, error) {
	if _, known := k.ids[l.ID]; !known {
		if _, err := k.Items(ctx, l, id, id); err != nil {
			return nil, err
		}
	}
	return k.ids[l.ID], nil
}

// parents is all records below which there are lists to read: those that --where names, or all that the API or the ledger knows.
// Where the lists are below nothing, it is one that has no name.
func (e *exporting) parents(ctx context.Context, keeper *idKeeper) ([]map[string]string, error) {
	out := []map[string]string{{}}
	for _, name := range e.opts.Job.Resource.Parents {
		ids, err := e.parentIDs(ctx, keeper, name)
		if err != nil {
			return nil, err
		}
		var each []map[string]string
		for _, above := range out {
			for _, id := range ids {
				one := maps.Clone(above)
				one[name] = id
				each = append(each, one)
			}
		}
		out = each
	}
	return out, nil
}

// parentIDs is what a path field can be.
func (e *exporting) parentIDs(ctx context.Context, keeper *idKeeper, name string) ([]string, error) {
	r := e.opts.Job.Resource
	field := r.Model.Index(name)
	if i := slices.IndexFunc(e.where, func(c condition) bool { return c.field == field }); i >= 0 {
		var ids []string
		for _, v := range e.where[i].values {
			if v.Text != "" && !slices.Contains(ids, v.Text) {
				ids = append(ids, v.Text)
			}
		}
		return ids, nil
	}
	f := &r.Model.Fields[field]
	if l := e.opts.Job.Target.Lookup(f.Lookup); l != nil {
		ids, err := keeper.parents(ctx, l)
		if err == nil {
			return e.parsed(f, ids), nil
		}
		if !errors.Is(err, remote.ErrNoList) {
			return nil, err
		}
		e.opts.Progress.Note(fmt.Sprintf("the list %s cannot be read: %v", l.Name, err))
	}
	ids, err := e.knownParents(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("%w: nothing lists what %s can be, and no run of this ledger has created a record below any; say --where %s=ID, once for each", ErrUsage, name, name)
	}
	e.opts.Progress.Note(fmt.Sprintf("nothing lists what %s can be: only the %d below which runs of this ledger have created records are read; --where %s=ID names others", name, len(ids), name))
	return e.parsed(f, ids), nil
}

// parents is the ids of all items of a lookup.
func (k *idKeeper) parents(ctx context.Context, l *model.Lookup) ([]string, error) {
	ids, err := k.all(ctx, &l.Listing, l.ID)
	if err != nil || l.Then == nil {
		return ids, err
	}
	further, err := k.all(ctx, l.Then, l.ID)
	return slices.Concat(ids, further), err
}

// parsed is ids in the form of their field, each once.
func (e *exporting) parsed(f *model.Field, ids []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, id := range ids {
		v, code := f.Parse(id)
		if code != "" {
			e.log.Warn("an id of a parent is passed over", "field", f.Name, "id", id)
			continue
		}
		if !seen[v.Text] {
			seen[v.Text] = true
			out = append(out, v.Text)
		}
	}
	return out
}

// knownParents is the parents of the records that our runs created, as far as their keys tell.
func (e *exporting) knownParents(ctx context.Context, name string) ([]string, error) {
	m := e.opts.Job.Resource.Model
	at := slices.IndexFunc(e.opts.Job.Mapping.Identity.Key, func(key string) bool { return m.Index(key) == m.Index(name) })
	if at < 0 || m.Fields[m.Index(name)].Kind != model.Integer { // a text of a key has lost its letter case
		return nil, nil
	}
	known, err := e.knownIDs(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, key := range slices.Sorted(maps.Keys(known.ids)) {
		if parts := strings.Split(key, "\x1f"); at < len(parts) && !slices.Contains(ids, parts[at]) {
			ids = append(ids, parts[at])
		}
	}
	return ids, nil
}
