package simulator

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// bigchangePrefix stands before every path but the token call's.
const bigchangePrefix = "/v1"

// routes lists the operations. Sources: documentation.ops.bigchange.com/docs/rest/api-reference and its pages; the paths and
// the verb of an update: github.com/api-evangelist/bigchange, github.com/Ecaco/BigChangePythonAPI,
// github.com/chrisjohnleah/bigchange-api.
func (a *BigChange) routes() []route {
	const (
		contacts = "/contacts"
		contact  = "/contacts/{contactId}"
		persons  = "/persons"
		person   = "/persons/{personId}"
	)
	return []route{
		{method: http.MethodPost, pattern: bigchangeTokens, serve: a.exchange, open: true},
		{method: http.MethodGet, pattern: "/contactGroups", serve: a.listGroups},
		{method: http.MethodGet, pattern: contacts, serve: a.listContacts},
		{method: http.MethodPost, pattern: contacts, serve: a.createContact},
		{method: http.MethodGet, pattern: contact, serve: a.getContact},
		{method: http.MethodPatch, pattern: contact, serve: a.updateContact},
		{method: http.MethodGet, pattern: persons, serve: a.listPersons},
		{method: http.MethodPost, pattern: persons, serve: a.createPerson},
		{method: http.MethodGet, pattern: person, serve: a.getPerson},
		{method: http.MethodPatch, pattern: person, serve: a.updatePerson},
	}
}

// scope is the right that a route needs.
func scope(r *route) string {
	right := "contacts:"
	if strings.HasPrefix(r.pattern, "/persons") {
		right += "persons:"
	}
	if r.method == http.MethodGet {
		return right + "read"
	}
	return right + "write"
}

// owns takes what is below /v1 and /auth.
func (a *BigChange) owns(path string) bool {
	return strings.HasPrefix(path, bigchangePrefix+"/") || strings.HasPrefix(path, "/auth/")
}

// account is the customer that a request counts for, 0 for token calls and wrong headers.
func (a *BigChange) account(c *call) int64 {
	customer, err := strconv.ParseInt(c.Header.Get("Customer-Id"), 10, 64)
	if err != nil || a.customers.byID[customer] == nil {
		return 0
	}
	return customer
}

// locate finds the route: the token call at the root, all others behind the prefix. No page shows a path that ends in a
// slash, so none is served.
func (a *BigChange) locate(c *call) {
	rest, behind := strings.CutPrefix(c.Path, bigchangePrefix)
	c.path, c.slash = strings.CutSuffix(rest, "/")
	if c.slash || behind == (c.path == bigchangeTokens) {
		return
	}
	c.route, c.params, c.allowed = find(a.routing, c.Method, c.path)
}

// serve checks path, method, token, customer, right and content type, in this order, then lets the operation answer.
func (a *BigChange) serve(c *call) reply {
	c.requestID = requestID(c)
	if wrong := c.unrouted(); wrong != nil {
		return *wrong
	}
	if c.route.open {
		return c.route.serve(c)
	}
	client := a.authenticate(c)
	if client == nil {
		return a.refuse(http.StatusUnauthorized, "The bearer token is missing, expired or invalid.")
	}
	customer, err := strconv.ParseInt(c.Header.Get("Customer-Id"), 10, 64)
	switch {
	case err != nil:
		return a.refuse(http.StatusBadRequest, "The header Customer-Id must be there, and an integer.")
	case a.customers.byID[customer] == nil || !client.opens(customer):
		return a.refuse(http.StatusForbidden, "The client has no access to this customer.")
	case !client.holds(scope(c.route)):
		return a.refuse(http.StatusForbidden, "The client lacks the scope "+scope(c.route)+".")
	case c.Method != http.MethodGet && !isMedia(c.Header, "application/json"):
		return a.refuse(http.StatusBadRequest, "Only application/json is understood.")
	}
	c.tenant = customer
	return c.route.serve(c)
}

// created answers a create: the id and nothing else.
func created(id any) reply { return jsonReply(http.StatusCreated, map[string]any{"id": id}) }

// noContent answers an update.
func noContent() reply { return reply{status: http.StatusNoContent, header: http.Header{}} }

// mergeFields writes values into a record's custom fields: null clears, the rest is set, what is not named stays.
func mergeFields(stored, sent []BigChangeCustomField) []BigChangeCustomField {
	merged := append([]BigChangeCustomField{}, stored...)
	for _, f := range sent {
		same := func(old BigChangeCustomField) bool { return old.DefinitionID == f.DefinitionID }
		at := slices.IndexFunc(merged, same)
		switch {
		case f.Value == nil:
			merged = slices.DeleteFunc(merged, same)
		case at < 0:
			merged = append(merged, f)
		default:
			merged[at] = f
		}
	}
	return merged
}

// unknownFields finds the custom fields that have no definition in a group of the customer; group 0 holds those of persons.
func (a *BigChange) unknownFields(sent []BigChangeCustomField, customer, group int64) []trouble {
	var wrong []trouble
	for i, f := range sent {
		d := a.definitions.byID[f.DefinitionID]
		if d == nil || d.customer != customer || d.GroupID != group {
			field := "customFields[" + strconv.Itoa(i) + "].definitionId"
			wrong = append(wrong, trouble{field, "There is no such definition here."})
		}
	}
	return wrong
}
