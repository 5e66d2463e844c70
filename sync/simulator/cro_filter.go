package simulator

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// keepsAll says whether every filter keeps the customer.
func keepsAll(keep []func(Customer) bool, c Customer) bool {
	for _, ok := range keep {
		if !ok(c) {
			return false
		}
	}
	return true
}

// customerFilters reads the filters of a customer list. Unknown parameters are ignored: whether CRO refuses them is not
// documented. Every customer here is active. Source of the limits:
// docs.crosoftware.net/docs/requests/customer_locations_list_customers.
func customerFilters(query url.Values) ([]func(Customer) bool, *trouble) {
	readers := map[string]func(string) (func(Customer) bool, string){
		"active":           activeFilter,
		"created_on_gte":   sinceFilter(func(c Customer) string { return c.CreatedOn }),
		"is_parent":        isParentFilter,
		"last_updated_gte": sinceFilter(lastChange),
		"name":             nameFilter,
		"parent_id":        parentFilter,
	}
	var filters []func(Customer) bool
	for _, name := range slices.Sorted(maps.Keys(readers)) {
		if !query.Has(name) {
			continue
		}
		filter, detail := readers[name](query.Get(name))
		if detail != "" {
			return nil, &trouble{name, detail}
		}
		filters = append(filters, filter)
	}
	return filters, nil
}

// nameFilter compares names without case; * stands for any text.
func nameFilter(value string) (func(Customer) bool, string) {
	if detail := text(1, 64)(value); detail != "" {
		return nil, detail
	}
	pattern := regexp.MustCompile(`(?is)^` + strings.ReplaceAll(regexp.QuoteMeta(value), `\*`, `.*`) + `$`)
	return func(c Customer) bool { return pattern.MatchString(c.Name) }, ""
}

func activeFilter(value string) (func(Customer) bool, string) {
	active, ok := asFlag(value, false)
	if !ok {
		return nil, "Must be a boolean."
	}
	return func(Customer) bool { return active }, ""
}

func isParentFilter(value string) (func(Customer) bool, string) {
	parent, ok := asFlag(value, false)
	if !ok {
		return nil, "Must be a boolean."
	}
	return func(c Customer) bool { return parent == (c.ParentID == nil) }, ""
}

func parentFilter(value string) (func(Customer) bool, string) {
	id, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return nil, "Must be an integer."
	}
	return func(c Customer) bool { return c.ParentID != nil && *c.ParentID == id }, ""
}

// sinceFilter keeps customers whose timestamp is at or behind the value. Timestamps of one form sort as text.
func sinceFilter(stamp func(Customer) string) func(string) (func(Customer) bool, string) {
	return func(value string) (func(Customer) bool, string) {
		for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateOnly} {
			if since, err := time.Parse(form, value); err == nil {
				least := since.UTC().Format(croTime)
				return func(c Customer) bool { return stamp(c) >= least }, ""
			}
		}
		return nil, "Must be an ISO 8601 date or time."
	}
}

// lastChange is when a customer was changed, or else made.
func lastChange(c Customer) string {
	if c.LastUpdatedOn != nil {
		return *c.LastUpdatedOn
	}
	return c.CreatedOn
}
