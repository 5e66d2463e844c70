package simulator

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// bigchangePage is BigChange's envelope of a list; there is no total. Source:
// documentation.ops.bigchange.com/docs/rest/api-reference/get-a-list-of-contact-groups.
type bigchangePage[T any] struct {
	Items         []T `json:"items"`
	PageNumber    int `json:"pageNumber"`
	PageSize      int `json:"pageSize,omitempty"`
	PageItemCount int `json:"pageItemCount"`
}

// The bounds of a list. Sources: documentation.ops.bigchange.com/docs/rest/api-reference/get-a-list-of-contact-groups (pages);
// github.com/Ecaco/BigChangePythonAPI, API_analysis.md section 5 (values).
const (
	bigchangeLastPage = 2147483
	bigchangePageSize = 1000
	bigchangeValues   = 50 // of one filter
)

// filters reads the query of a list and gathers what is wrong with it. Parameters that no list knows are ignored.
type filters[T any] struct {
	query url.Values
	keep  []func(T) bool
	order func(x, y T) int // nil leaves the oldest first
	wrong []trouble
}

func (f *filters[T]) refuse(name, detail string) { f.wrong = append(f.wrong, trouble{name, detail}) }

// values returns the values of a filter that may be given several times.
func (f *filters[T]) values(name string) []string {
	given := f.query[name]
	if len(given) > bigchangeValues {
		f.refuse(name, fmt.Sprintf("Must be given at most %d times.", bigchangeValues))
	}
	return given
}

// ids keeps records with one of several numbers.
func (f *filters[T]) ids(name string, of func(T) int64) {
	var wanted []int64
	for _, value := range f.values(name) {
		id, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			f.refuse(name, "Must be an integer.")
			return
		}
		wanted = append(wanted, id)
	}
	if len(wanted) > 0 {
		f.keep = append(f.keep, func(record T) bool { return slices.Contains(wanted, of(record)) })
	}
}

// equals keeps records whose text is the one given, in any case.
func (f *filters[T]) equals(name string, of func(T) string) {
	if f.query.Has(name) {
		wanted := f.query.Get(name)
		f.keep = append(f.keep, func(record T) bool { return strings.EqualFold(of(record), wanted) })
	}
}

// begins keeps records whose text is, or begins with, the one given, in any case.
func (f *filters[T]) begins(name string, of func(T) string) {
	if f.query.Has(name) {
		wanted := f.query.Get(name)
		f.keep = append(f.keep, func(record T) bool { return startsWith(of(record), wanted) })
	}
}

// startsWith compares without case.
func startsWith(text, start string) bool {
	return strings.HasPrefix(strings.ToLower(text), strings.ToLower(start))
}

// sort reads sortBy, one of the names of the orders, and direction.
func (f *filters[T]) sort(orders map[string]func(x, y T) int) {
	if f.query.Has("sortBy") {
		order, ok := orders[f.query.Get("sortBy")]
		if !ok {
			f.refuse("sortBy", "Lists cannot be sorted by this.")
		}
		f.order = order
	}
	if f.query.Has("direction") && !slices.Contains([]string{"ascending", "descending"}, f.query.Get("direction")) {
		f.refuse("direction", "Must be ascending or descending.")
	}
}

// page answers the part of the list that the query asks for. A page behind the last is empty.
func (f *filters[T]) page(a *BigChange, all []T) reply {
	number, wrong := bounded(f.query, "pageNumber", 1, bigchangeLastPage)
	if wrong != nil {
		f.wrong = append(f.wrong, *wrong)
	}
	size, wrong := bounded(f.query, "pageSize", a.options.PageSize, bigchangePageSize)
	if wrong != nil {
		f.wrong = append(f.wrong, *wrong)
	}
	if len(f.wrong) > 0 {
		return a.badQuery(f.wrong)
	}
	list := slices.DeleteFunc(all, func(record T) bool {
		return slices.ContainsFunc(f.keep, func(keeps func(T) bool) bool { return !keeps(record) })
	})
	if f.order != nil {
		slices.SortStableFunc(list, f.order)
	}
	if f.query.Get("direction") == "descending" {
		slices.Reverse(list)
	}
	first := min((number-1)*size, len(list))
	items := append([]T{}, list[first:min(first+size, len(list))]...)
	part := bigchangePage[T]{Items: items, PageNumber: number, PageSize: size, PageItemCount: len(items)}
	if a.options.OmitPageSize {
		part.PageSize = 0
	}
	return jsonReply(http.StatusOK, part)
}

// listGroups serves GET /contactGroups.
func (a *BigChange) listGroups(c *call) reply {
	f := filters[BigChangeGroup]{query: c.query}
	name := func(g BigChangeGroup) string { return g.Name }
	f.ids("id", func(g BigChangeGroup) int64 { return g.ID })
	f.begins("name", name)
	f.sort(map[string]func(x, y BigChangeGroup) int{"name": byText(name)})
	var all []BigChangeGroup
	for _, g := range a.groups.all {
		if g.customer == c.tenant {
			all = append(all, g.BigChangeGroup)
		}
	}
	return f.page(a, all)
}

// byText orders records by a text without case.
func byText[T any](of func(T) string) func(x, y T) int {
	return func(x, y T) int { return cmp.Compare(strings.ToLower(of(x)), strings.ToLower(of(y))) }
}

// listContacts serves GET /contacts. Its page is not public: which filters it has is an option.
func (a *BigChange) listContacts(c *call) reply {
	f := filters[BigChangeContact]{query: c.query}
	if how := a.options.ContactFilters; how != FilterIgnored {
		f.ids("id", func(r BigChangeContact) int64 { return r.ID })
		if wanted := f.values("reference"); len(wanted) > 0 {
			f.keep = append(f.keep, func(r BigChangeContact) bool { return r.Reference != nil && how.keeps(*r.Reference, wanted) })
		}
	}
	now := a.core.now()
	var all []BigChangeContact
	for _, stored := range a.contacts.all {
		if stored.customer == c.tenant && !now.Before(stored.listed) {
			all = append(all, a.shownContact(stored))
		}
	}
	return f.page(a, all)
}

// keeps says whether a contact with a reference stays in a list that asks for some.
func (how ContactFilters) keeps(reference string, wanted []string) bool {
	return slices.ContainsFunc(wanted, func(text string) bool {
		return text == reference || how == FilterPrefix && startsWith(reference, text)
	})
}

// listPersons serves GET /persons. Source: documentation.ops.bigchange.com/docs/rest/api-reference/get-a-list-of-persons.
func (a *BigChange) listPersons(c *call) reply {
	type person = BigChangePerson
	f := filters[person]{query: c.query}
	f.ids("contactId", func(p person) int64 { return p.ContactID })
	f.begins("surname", func(p person) string { return p.Surname })
	f.equals("email", func(p person) string { return p.Email })
	f.equals("mobile", func(p person) string { return orEmpty(p.Mobile) })
	f.equals("landline", func(p person) string { return orEmpty(p.Landline) })
	if f.query.Has("isOptedOut") {
		wanted, ok := asFlag(f.query.Get("isOptedOut"), false)
		if !ok {
			f.refuse("isOptedOut", "Must be a boolean.")
		}
		f.keep = append(f.keep, func(p person) bool { return p.IsOptedOut == wanted })
	}
	f.sort(map[string]func(x, y person) int{
		"surname":   byText(func(p person) string { return p.Surname }),
		"createdAt": byText(func(p person) string { return p.CreatedAt }),
	})
	now := a.core.now()
	var all []person
	for _, stored := range a.persons.all {
		if stored.customer == c.tenant && !now.Before(stored.listed) {
			all = append(all, stored.BigChangePerson)
		}
	}
	return f.page(a, all)
}

// orEmpty reads a text that may be null.
func orEmpty(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
