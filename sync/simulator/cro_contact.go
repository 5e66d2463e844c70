package simulator

import (
	"net/http"
	"slices"
	"time"
)

// contactRules are the fields of CreateCustomerContactModel and UpdateCustomerContactModel, which are the same. Sources:
// docs.crosoftware.net/docs/requests/customer_contacts_create_contact and .../customer_contacts_update_contact.
func (a *CRO) contactRules() []rule[Contact] {
	shortest := 0
	if a.options.RefuseEmptyMail {
		shortest = 1
	}
	return []rule[Contact]{
		words("email", mailList(shortest, 256), func(c *Contact) **string { return &c.Email }),
		words("fax", text(7, 15), func(c *Contact) **string { return &c.Fax }),
		words("name", text(1, 128), func(c *Contact) **string { return &c.Name }),
		words("number", text(1, 90), func(c *Contact) **string { return &c.Number }),
		a.flag("notify_on_acknowledged_request", func(c *Contact) *bool { return &c.NotifyOnAcknowledgedRequest }),
		a.flag("notify_on_completed_request", func(c *Contact) *bool { return &c.NotifyOnCompletedRequest }),
		a.flag("notify_on_dispatched_request", func(c *Contact) *bool { return &c.NotifyOnDispatchedRequest }),
		a.flag("notify_on_failed_request", func(c *Contact) *bool { return &c.NotifyOnFailedRequest }),
		a.flag("notify_on_new_request", func(c *Contact) *bool { return &c.NotifyOnNewRequest }),
	}
}

// words is the rule of a text field.
func words(field string, check func(any) string, at func(*Contact) **string) rule[Contact] {
	return rule[Contact]{field: field, check: check, store: func(c *Contact, value any) {
		*at(c) = nil
		if s, ok := value.(string); ok {
			*at(c) = &s
		}
	}}
}

// flag is the rule of a boolean field.
func (a *CRO) flag(field string, at func(*Contact) *bool) rule[Contact] {
	check := func(value any) string {
		if _, ok := asFlag(value, a.options.StrictBooleans); !ok {
			return "Must be a boolean."
		}
		return ""
	}
	return rule[Contact]{field: field, check: check, store: func(c *Contact, value any) {
		*at(c), _ = asFlag(value, a.options.StrictBooleans)
	}}
}

// createContact serves POST /customers/{customer_id}/contacts.
func (a *CRO) createContact(c *call) reply {
	owner, wrong := a.customer(c)
	if wrong != nil {
		return *wrong
	}
	var made Contact
	if wrong := readBody(a, c, "CreateCustomerContactModel", a.contactRules(), &made); wrong != nil {
		return *wrong
	}
	made = a.insertContact(owner, made, a.core.now().Add(a.options.ListLag)).Contact
	a.core.commit(c, "contact", made.ID, made)
	return jsonReply(a.options.CreateStatus, made)
}

// insertContact stores a contact that lists show from the given time on.
func (a *CRO) insertContact(owner *croCustomer, c Contact, listed time.Time) *croContact {
	c.ID = a.contacts.choose(c.ID)
	stored := &croContact{Contact: c, customer: owner.ID, listed: listed}
	a.contacts.put(c.ID, stored)
	owner.contacts = append(owner.contacts, stored)
	return stored
}

// updateContact serves PATCH on one contact: fields that are left out stay.
func (a *CRO) updateContact(c *call) reply {
	stored, wrong := a.contact(c)
	if wrong != nil {
		return *wrong
	}
	changed := stored.Contact
	if wrong := readBody(a, c, "UpdateCustomerContactModel", a.contactRules(), &changed); wrong != nil {
		return *wrong
	}
	stored.Contact = changed
	a.core.commit(c, "contact", changed.ID, changed)
	return jsonReply(http.StatusOK, changed)
}

// getContact serves GET on one contact.
func (a *CRO) getContact(c *call) reply {
	stored, wrong := a.contact(c)
	if wrong != nil {
		return *wrong
	}
	return jsonReply(http.StatusOK, stored.Contact)
}

// listContacts serves GET /customers/{customer_id}/contacts.
func (a *CRO) listContacts(c *call) reply {
	owner, wrong := a.customer(c)
	if wrong != nil {
		return *wrong
	}
	return listReply(a, c, a.listed(owner, c.token.Role))
}

// listed returns the contacts of a customer that lists show by now to a role.
func (a *CRO) listed(owner *croCustomer, role string) []Contact {
	now := a.core.now()
	list := []Contact{}
	for _, c := range owner.contacts {
		if !now.Before(c.listed) && !slices.Contains(c.hidden, role) {
			list = append(list, c.Contact)
		}
	}
	return list
}

// contact finds the contact that the path names, among those of its customer.
func (a *CRO) contact(c *call) (*croContact, *reply) {
	owner, wrong := a.customer(c)
	if wrong != nil {
		return nil, wrong
	}
	id, wrong := a.pathID(c, "customer_contact_id")
	if wrong != nil {
		return nil, wrong
	}
	if stored := a.contacts.byID[id]; stored != nil && stored.customer == owner.ID {
		return stored, nil
	}
	answer := a.refusal(http.StatusNotFound, inPath, "customer_contact_id", "The customer has no such contact.")
	return nil, &answer
}
