package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// createCustomer serves POST /customer.
func (a *Revnue) createCustomer(c *call) reply {
	body, wrong := a.readWrite(c)
	if wrong != nil {
		return *wrong
	}
	var draft RevnueCustomer
	if wrong := a.fillCustomer(c, body, &draft); wrong != nil {
		return *wrong
	}
	made := a.insertCustomer(c.tenant, draft, a.core.now().Add(a.options.ListLag))
	return a.stored(c, http.StatusCreated, made)
}

// insertCustomer stores a customer that the list shows from the given time on.
func (a *Revnue) insertCustomer(company int64, c RevnueCustomer, listed time.Time) *revnueCustomer {
	c.ID = a.customers.choose(c.ID)
	made := &revnueCustomer{RevnueCustomer: c, company: company, listed: listed}
	a.customers.put(c.ID, made)
	return made
}

// replaceCustomer serves PUT on one customer: what is left out becomes null, a flag false. Source:
// developer.revnue.com/reference/update-customer.
func (a *Revnue) replaceCustomer(c *call) reply {
	return a.update(c, func(old RevnueCustomer) RevnueCustomer { return RevnueCustomer{ID: old.ID} })
}

// changeCustomer serves PATCH on one customer: fields that are left out stay. Source: as for replaceCustomer.
func (a *Revnue) changeCustomer(c *call) reply {
	return a.update(c, func(old RevnueCustomer) RevnueCustomer { return old })
}

// update writes a body over what begin makes of the stored customer.
func (a *Revnue) update(c *call, begin func(old RevnueCustomer) RevnueCustomer) reply {
	body, wrong := a.readWrite(c)
	if wrong != nil {
		return *wrong
	}
	found, wrong := a.customer(c)
	if wrong != nil {
		return *wrong
	}
	draft := begin(found.RevnueCustomer)
	if wrong := a.fillCustomer(c, body, &draft); wrong != nil {
		return *wrong
	}
	found.RevnueCustomer = draft
	return a.stored(c, http.StatusOK, found)
}

// stored logs a write and answers with the record.
func (a *Revnue) stored(c *call, status int, customer *revnueCustomer) reply {
	record := a.shown(customer.RevnueCustomer)
	a.core.commit(c, "customer", customer.ID, record)
	return jsonReply(status, record)
}

// readWrite reads the body of a write and takes the company out of it. A PATCH that may leave the company out acts for that
// of the customer.
func (a *Revnue) readWrite(c *call) (map[string]any, *reply) {
	body, err := object(c.Body)
	if err != nil {
		answer := a.refuse(http.StatusBadRequest, "Malformed body: "+err.Error()+".")
		return nil, &answer
	}
	company, sent := body["company"]
	detail := missing
	if sent {
		detail = integer(company)
	}
	delete(body, "company")
	switch {
	case !sent && c.Method == http.MethodPatch && a.options.Bodies.OptionalCompany:
		return body, nil
	case detail != "":
		answer := a.invalid([]trouble{{"company", detail}})
		return nil, &answer
	}
	return body, a.enter(c, asID(company))
}

// customer finds the customer that the path names, among those of the request's company.
func (a *Revnue) customer(c *call) (*revnueCustomer, *reply) {
	found := a.customers.byID[pathNumber(c)]
	if found != nil && c.tenant == 0 {
		if wrong := a.enter(c, found.company); wrong != nil {
			return nil, wrong
		}
	}
	if found == nil || found.company != c.tenant {
		answer := a.refuse(http.StatusNotFound, "Not found.")
		return nil, &answer
	}
	return found, nil
}

// pathNumber is the id in the path, 0 if it is no number: no record has that.
func pathNumber(c *call) int64 {
	id, _ := strconv.ParseInt(c.params["id"], 10, 64)
	return id
}

// getCustomer serves GET on one customer.
func (a *Revnue) getCustomer(c *call) reply {
	found, wrong := a.customer(c)
	if wrong != nil {
		return *wrong
	}
	return jsonReply(http.StatusOK, a.shown(found.RevnueCustomer))
}

// listCustomers serves GET /customer/. No filter is documented.
func (a *Revnue) listCustomers(c *call) reply {
	now := a.core.now()
	var all []revnueShown
	for _, stored := range a.customers.all {
		if stored.company == c.tenant && !now.Before(stored.listed) {
			all = append(all, a.shown(stored.RevnueCustomer))
		}
	}
	return revnueList(a, c, all)
}

// revnueShown is a customer as replies show it: the last three members hide those of the same name. Source:
// developer.revnue.com/reference/create-customer.
type revnueShown struct {
	RevnueCustomer
	Category any `json:"category"`
	Country  any `json:"country"`
	Template any `json:"template"`
}

// shown is a customer as replies show it.
func (a *Revnue) shown(c RevnueCustomer) revnueShown {
	record := revnueShown{RevnueCustomer: c}
	if c.Category != nil {
		name := any(nil)
		if category := a.categories.byID[*c.Category]; category != nil {
			name = category.Name
		}
		record.Category = map[string]any{"id": *c.Category, "name": name}
	}
	if c.Country != nil {
		record.Country = a.shownCountry(*c.Country)
	}
	if c.Template != nil {
		record.Template = map[string]any{"id": c.Template.ID, "fields": a.shownValues(*c.Template)}
	}
	return record
}

// shownCountry is a country in the form that the options want. One that is not in the list has no name but its code.
func (a *Revnue) shownCountry(code int64) any {
	country := a.countries.byID[code]
	switch form := a.options.Replies.Country; {
	case form == CountryNumber:
		return code
	case form == CountryCode || country == nil:
		return fmt.Sprintf("%03d", code)
	}
	return country.Name
}

// shownValues is the map of custom fields. What its keys are is not documented.
func (a *Revnue) shownValues(custom RevnueCustom) map[string]any {
	how := a.options.Replies
	template := a.templates.byID[custom.ID]
	if template == nil {
		template = &revnueTemplate{}
	}
	values := map[string]any{}
	key := func(f RevnueField) string {
		if how.FieldsByID || f.Name == "" {
			return strconv.FormatInt(f.ID, 10)
		}
		return f.Name
	}
	for _, f := range template.Fields {
		if f.IsActive && how.UnsetFields {
			values[key(f)] = nil
		}
	}
	for _, v := range custom.Fields {
		f := template.field(v.ID)
		values[key(f)] = v.Value
		if amount, ok := v.Value.(json.Number); ok && f.DataType == "money" && how.MoneyText {
			values[key(f)] = amount.String()
		}
	}
	return values
}

// field returns the template's field with an id; if it has none, one with nothing but the id.
func (t *revnueTemplate) field(id int64) RevnueField {
	i := slices.IndexFunc(t.Fields, func(f RevnueField) bool { return f.ID == id })
	if i < 0 {
		return RevnueField{ID: id}
	}
	return t.Fields[i]
}

// nameTaken says whether another customer of the account, in whatever company, has the name.
func (a *Revnue) nameTaken(name string, self int64) bool {
	same := func(x, y string) bool { return x == y }
	if a.options.Bodies.FoldNames {
		same = strings.EqualFold
	}
	return slices.ContainsFunc(a.customers.all, func(c *revnueCustomer) bool {
		return c.ID != self && same(strings.TrimSpace(c.Name), strings.TrimSpace(name))
	})
}
