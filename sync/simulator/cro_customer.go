package simulator

import (
	"encoding/json"
	"net/http"
	"slices"
)

// customerRules are the fields of UpdateCustomerModel. Source: docs.crosoftware.net/docs/requests/customers_update_customer.
func (a *CRO) customerRules(tenant int64) []rule[Customer] {
	parent := func(value any) string {
		if detail := integer(value); detail != "" {
			return detail
		}
		if a.customerOf(tenant, asID(value)) == nil {
			return "There is no such customer."
		}
		return ""
	}
	return []rule[Customer]{
		{field: "name", check: text(1, 64), store: func(c *Customer, value any) {
			if name, ok := value.(string); ok { // a customer always has a name: null leaves it
				c.Name = name
			}
		}},
		{field: "parent_id", check: parent, store: func(c *Customer, value any) {
			c.ParentID = nil
			if value != nil {
				c.ParentID = new(asID(value))
			}
		}},
	}
}

// asID reads an integer that has been checked.
func asID(value any) int64 {
	number, _ := value.(json.Number)
	id, _ := number.Int64()
	return id
}

// customerOf returns a customer of the tenant, nil if the tenant has none with this id.
func (a *CRO) customerOf(tenant, id int64) *croCustomer {
	if c := a.customers.byID[id]; c != nil && c.tenant == tenant {
		return c
	}
	return nil
}

// customer finds the customer that the path names, among those of the request's tenant.
func (a *CRO) customer(c *call) (*croCustomer, *reply) {
	id, wrong := a.pathID(c, "customer_id")
	if wrong != nil {
		return nil, wrong
	}
	if found := a.customerOf(c.tenant, id); found != nil {
		return found, nil
	}
	answer := a.refusal(a.options.UnknownCustomer, inPath, "customer_id", "The tenant has no such customer.")
	return nil, &answer
}

// shown is a customer as answers show it, with the contacts that lists show by now to a role.
func (a *CRO) shown(c *croCustomer, role string) Customer {
	record := c.Customer
	record.Addresses, record.Locations, record.Contacts = []struct{}{}, []struct{}{}, a.listed(c, role)
	if a.options.Legacy.ContactsWithoutIDs {
		for i := range record.Contacts {
			record.Contacts[i].ID = 0
		}
	}
	return record
}

// getCustomer serves GET on one customer.
func (a *CRO) getCustomer(c *call) reply {
	found, wrong := a.customer(c)
	if wrong != nil {
		return *wrong
	}
	return jsonReply(http.StatusOK, a.shown(found, c.token.Role))
}

// updateCustomer serves PATCH on one customer.
func (a *CRO) updateCustomer(c *call) reply {
	found, wrong := a.customer(c)
	if wrong != nil {
		return *wrong
	}
	changed := found.Customer
	if wrong := readBody(a, c, "UpdateCustomerModel", a.customerRules(c.tenant), &changed); wrong != nil {
		return *wrong
	}
	changed.LastUpdatedOn = new(a.stamp())
	found.Customer = changed
	answer := a.shown(found, c.token.Role)
	a.core.commit(c, "customer", found.ID, answer)
	return jsonReply(http.StatusOK, answer)
}

// listCustomers serves GET /customers.
func (a *CRO) listCustomers(c *call) reply {
	query := c.query
	if a.options.PlainLists {
		query = nil
	}
	keep, wrong := a.customerFilters(query)
	if wrong != nil {
		return a.refusal(http.StatusBadRequest, inQuery, wrong.field, wrong.detail)
	}
	list := []Customer{}
	for _, stored := range a.customers.all {
		if stored.tenant != c.tenant || slices.Contains(stored.hidden, c.token.Role) || !keepsAll(keep, stored) {
			continue
		}
		record := a.shown(stored, c.token.Role)
		if a.options.BareCustomers {
			record.Contacts = nil
		}
		list = append(list, record)
	}
	return listReply(a, c, list)
}

// listTenants serves GET /tenants: those assigned to the user.
func (a *CRO) listTenants(c *call) reply {
	list := []*Tenant{}
	for _, t := range a.tenants.all {
		if c.token.assigned(t.ID) {
			list = append(list, t)
		}
	}
	return listReply(a, c, list)
}
