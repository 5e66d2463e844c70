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

// customerFilter says whether a list keeps a customer.
type customerFilter func(*croCustomer) bool

// keepsAll says whether every filter keeps the customer.
func keepsAll(keep []customerFilter, c *croCustomer) bool {
	for _, ok := range keep {
		if !ok(c) {
			return false
		}
	}
	return true
}

// customerFilters reads the filters of a customer list. Unknown parameters are ignored: whether CRO refuses them is not
// documented. Source of the limits: docs.crosoftware.net/docs/requests/customer_locations_list_customers.
func (a *CRO) customerFilters(query url.Values) ([]customerFilter, *trouble) {
	readers := map[string]func(string) (customerFilter, string){
		"active":           activeFilter,
		"created_on_gte":   a.sinceFilter(func(c *croCustomer) string { return c.CreatedOn }),
		"is_parent":        isParentFilter,
		"last_updated_gte": a.sinceFilter(lastChange),
		"name":             nameFilter,
		"parent_id":        parentFilter,
	}
	var filters []customerFilter
	if a.options.Legacy.ActiveOnly && !query.Has("active") {
		filters = append(filters, func(c *croCustomer) bool { return !c.inactive })
	}
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
func nameFilter(value string) (customerFilter, string) {
	if detail := text(1, 64)(value); detail != "" {
		return nil, detail
	}
	pattern := regexp.MustCompile(`(?is)^` + strings.ReplaceAll(regexp.QuoteMeta(value), `\*`, `.*`) + `$`)
	return func(c *croCustomer) bool { return pattern.MatchString(c.Name) }, ""
}

func activeFilter(value string) (customerFilter, string) {
	active, ok := asFlag(value, false)
	if !ok {
		return nil, "Must be a boolean."
	}
	return func(c *croCustomer) bool { return active != c.inactive }, ""
}

func isParentFilter(value string) (customerFilter, string) {
	parent, ok := asFlag(value, false)
	if !ok {
		return nil, "Must be a boolean."
	}
	return func(c *croCustomer) bool { return parent == (c.ParentID == nil) }, ""
}

func parentFilter(value string) (customerFilter, string) {
	id, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return nil, "Must be an integer."
	}
	return func(c *croCustomer) bool { return c.ParentID != nil && *c.ParentID == id }, ""
}

// sinceFilter keeps customers whose timestamp is at or behind the value, which may not lie ahead. Timestamps of one form
// sort as text.
func (a *CRO) sinceFilter(stamp func(*croCustomer) string) func(string) (customerFilter, string) {
	return func(value string) (customerFilter, string) {
		for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateOnly} {
			if since, err := time.Parse(form, value); err == nil {
				if since.After(a.core.now()) {
					return nil, "Must be in the past."
				}
				least := since.UTC().Format(croTime)
				return func(c *croCustomer) bool { return stamp(c) >= least }, ""
			}
		}
		return nil, "Must be an ISO 8601 date or time."
	}
}

// lastChange is when a customer was changed, or else made.
func lastChange(c *croCustomer) string {
	if c.LastUpdatedOn != nil {
		return *c.LastUpdatedOn
	}
	return c.CreatedOn
}
