package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// fetcher reads lists of an account.
type fetcher struct {
	client lister
	job    *Job
	note   func(string)
}

// fetch reads one list, and keeps what the job needs of it.
func (f *fetcher) fetch(ctx context.Context, w *wantedList, ref *reference) error {
	items, further, err := f.items(ctx, w)
	switch {
	case err == nil:
	case !errors.Is(err, remote.ErrNoList):
		return err
	case w.needed:
		return fmt.Errorf("%w; ask for access to it, or give the names in a file of your own: lookup_table", err)
	case w.defining && f.job.needsDefinitions():
		return fmt.Errorf("%w; it says which custom fields there are, so ask for access to it, or map no column to them", err)
	case w.defining:
		f.note(fmt.Sprintf("the list %s cannot be read, so that %s is not checked: %v", w.lookup.Name, f.job.Resource.Custom.Definitions.Parent, err))
		return nil
	default:
		f.note(fmt.Sprintf("the list %s cannot be read, so that names in answers are compared as they are: %v", w.lookup.Name, err))
		return nil
	}
	if ref.Names == nil {
		ref.Names = map[string][]model.Entry{}
	}
	for _, word := range w.words {
		ref.Names[listKey(w.lookup.Name, word)] = entriesOf(w.lookup, word, items, further)
	}
	if w.defining {
		ref.Definitions, err = f.definitions(slices.Concat(items, further))
		return err
	}
	return nil
}

// items reads the list of a lookup, and the second one behind it if it may have what is not in the first. An id is found in
// either, though the other cannot be had; a name is not, for the first list goes before the second.
func (f *fetcher) items(ctx context.Context, w *wantedList) (items, further []json.RawMessage, err error) {
	keep := w.properties()
	items, err = f.client.Items(ctx, &w.lookup.Listing, w.lookup.ID, keep...)
	failed := err != nil && (!errors.Is(err, remote.ErrNoList) || len(w.words) > 0)
	if w.lookup.Then == nil || failed || len(w.words) == 0 && has(items, w.lookup.ID, f.job.parent()) {
		return items, nil, err
	}
	further, second := f.client.Items(ctx, w.lookup.Then, w.lookup.ID, keep...)
	switch {
	case second != nil && !errors.Is(second, remote.ErrNoList):
		return nil, nil, second
	case second != nil && err != nil:
		return nil, nil, errors.Join(err, second)
	case second != nil || err != nil:
		f.note(fmt.Sprintf("one of the lists of %s cannot be read: %v", w.lookup.Name, errors.Join(err, second)))
	}
	return items, further, nil
}

// properties is what the job needs of an item, nil for all of it.
func (w *wantedList) properties() []string {
	if w.defining {
		return nil
	}
	keep := []string{w.lookup.ID}
	for _, word := range w.words {
		keep = append(keep, w.lookup.By[word])
	}
	return keep
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
	const few = 10
	d, id := f.job.Resource.Custom.Definitions, f.job.parent()
	l := f.job.Target.Lookup(d.Lookup)
	var there []string
	for _, item := range items {
		got, _ := model.ReadText(item, l.ID)
		if got == id && d.Retired(item) {
			return nil, fmt.Errorf("%w: constants.%s: %s is out of use in the account", ErrJob, d.Parent, id)
		}
		if got == id {
			return d.Read(item)
		}
		name, _ := model.ReadText(item, l.By[nameWord(l)])
		there = append(there, fmt.Sprintf("%s (%s)", got, name))
	}
	if more := len(there) - few; more > 0 {
		there = append(there[:few], fmt.Sprintf("and %d more", more))
	}
	if there == nil {
		there = []string{"none"}
	}
	return nil, fmt.Errorf("%w: constants.%s: the account has no %s; there are %s", ErrJob, d.Parent, id, strings.Join(there, ", "))
}
