package simulator

import (
	"net/http"
	"strconv"
	"strings"
)

// revnuePrefix stands before every path.
const revnuePrefix = "/api/v2"

// routes lists the operations; a tenant is a company here. Sources: developer.revnue.com/reference, pages create-customer,
// update-customer, list-customer, list-category, custom-field-template and list-custom-form-template. The pages of country
// and company could not be read: their paths are taken from the other lookups. The list of companies asks for no company,
// for it is where one learns the ids.
func (a *Revnue) routes() []route {
	const customer = "/customer/{id}"
	return []route{
		{method: http.MethodPost, pattern: "/customer", serve: a.createCustomer},
		{method: http.MethodGet, pattern: "/customer", serve: a.listCustomers},
		{method: http.MethodPut, pattern: customer, serve: a.replaceCustomer},
		{method: http.MethodPatch, pattern: customer, serve: a.changeCustomer},
		{method: http.MethodGet, pattern: customer, serve: a.getCustomer},
		{method: http.MethodGet, pattern: "/category", serve: a.listCategories},
		{method: http.MethodGet, pattern: "/category/{id}", serve: a.getCategory},
		{method: http.MethodGet, pattern: "/country", serve: a.listCountries},
		{method: http.MethodGet, pattern: "/company", serve: a.listCompanies, tenantless: true},
		{method: http.MethodGet, pattern: "/custom-field-template", serve: a.listTemplates},
		{method: http.MethodGet, pattern: "/custom-field-template/{id}", serve: a.getTemplate},
		{method: http.MethodGet, pattern: "/custom-form-template", serve: a.listFormTemplates},
		{method: http.MethodGet, pattern: "/custom-form-template/{id}", serve: a.getFormTemplate},
	}
}

// owns takes what is below the prefix.
func (a *Revnue) owns(path string) bool { return strings.HasPrefix(path, revnuePrefix+"/") }

// locate finds the route; serve minds the slash.
func (a *Revnue) locate(c *call) {
	c.path, c.slash = strings.CutSuffix(strings.TrimPrefix(c.Path, revnuePrefix), "/")
	c.route, c.params, c.allowed = find(a.routing, c.Method, c.path)
}

// serve checks path, method, slash, token, the company of a read and the content type of a write, in this order, then lets
// the operation answer. The company of a write is in its body: see readWrite.
func (a *Revnue) serve(c *call) reply {
	c.requestID = requestID(c)
	if wrong := c.unrouted(); wrong != nil {
		return *wrong
	}
	if wrong := a.wrongSlash(c); wrong != nil {
		return *wrong
	}
	if _, ok := a.tokens[bearer(c.Header)]; !ok {
		return a.refuse(http.StatusUnauthorized, "The bearer token is missing or invalid.")
	}
	switch {
	case c.Method != http.MethodGet && !isMedia(c.Header, "application/json"):
		return a.refuse(http.StatusBadRequest, "Only application/json is understood.")
	case c.Method == http.MethodGet && !c.route.tenantless:
		if wrong := a.readCompany(c); wrong != nil {
			return *wrong
		}
	}
	return c.route.serve(c)
}

// wrongSlash answers a read without a slash at the end of its path, and a write with one: so the documented samples tell
// them apart.
func (a *Revnue) wrongSlash(c *call) *reply {
	wanted, status := true, a.options.ReadWithoutSlash
	if c.Method != http.MethodGet {
		wanted, status = false, a.options.WriteWithSlash
	}
	if c.slash == wanted || status == http.StatusOK {
		return nil
	}
	answer := a.refuse(status, "Mind the slash at the end of the path.")
	if status < 400 {
		answer.header.Set("Location", c.otherSlash())
	}
	return &answer
}

// readCompany takes the company from the query of a read.
func (a *Revnue) readCompany(c *call) *reply {
	if !c.query.Has("company") {
		answer := a.refuse(http.StatusBadRequest, "company is required")
		return &answer
	}
	id, err := strconv.ParseInt(c.query.Get("company"), 10, 64)
	if err != nil {
		answer := a.refuse(http.StatusBadRequest, "company: Must be an integer.")
		return &answer
	}
	return a.enter(c, id)
}

// enter lets a request act for a company, if its token may.
func (a *Revnue) enter(c *call, company int64) *reply {
	if a.companies.byID[company] == nil {
		answer := a.invalid([]trouble{{"company", "There is no such company."}})
		return &answer
	}
	if !a.tokens[bearer(c.Header)].opens(company) {
		answer := a.refuse(http.StatusUnauthorized, "The token is not authorized for this company.")
		return &answer
	}
	c.tenant = company
	return nil
}

// expireToken serves the fault of that name.
func (a *Revnue) expireToken(c *call) { delete(a.tokens, bearer(c.Header)) }
