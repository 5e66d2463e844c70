package simulator

import (
	"net/http"
	"strconv"
	"time"
)

// contactDraft is a contact in the making, with the custom fields that the body names.
type contactDraft struct {
	BigChangeContact
	sent []BigChangeCustomField
}

// contactRules are the fields of a create and of an update; self is the contact that is updated, 0 in a create. Sources:
// documentation.ops.bigchange.com/docs/rest/api-reference/create-a-contact and .../update-a-contact; of the lengths:
// documentation.ops.bigchange.com/docs/web-services/contacts/contactsave.
func (a *BigChange) contactRules(customer, self int64) []memberRule[contactDraft] {
	type draft = contactDraft
	return []memberRule[draft]{
		optionalWords("reference", a.checkReference(customer, self), func(d *draft) **string { return &d.Reference }),
		requiredWords("name", a.filled(50, self == 0), func(d *draft) *string { return &d.Name }),
		{
			field: "groupId", must: true, check: says(a.checkGroup(customer)),
			store: func(d *draft, value any) { d.GroupID = asID(value) },
		},
		{
			field: "parentId", null: nullAlways, check: says(a.checkContactID(customer)),
			store: func(d *draft, value any) {
				d.ParentID = nil
				if value != nil {
					d.ParentID = new(asID(value))
				}
			},
		},
		optionalWords("extraInformation", a.words(255), func(d *draft) **string { return &d.ExtraInformation }),
		optionalWords("street", a.words(100), func(d *draft) **string { return &d.Street }),
		optionalWords("town", a.words(100), func(d *draft) **string { return &d.Town }),
		optionalWords("postalCode", a.words(10), func(d *draft) **string { return &d.PostalCode }),
		optionalWords("country", a.words(50), func(d *draft) **string { return &d.Country }),
		{
			field: "location", must: true, check: a.checkLocation,
			store: func(d *draft, value any) { d.Location = asLocation(value) },
		},
		{
			field: "customFields", null: nullInCreate, check: a.checkFields,
			store: func(d *draft, value any) { d.sent = asFields(value) },
		},
	}
}

// checkReference accepts texts, and with the option only those that no other contact of the customer has.
func (a *BigChange) checkReference(customer, self int64) func(any) string {
	check := a.words(40)
	return func(value any) string {
		if detail := check(value); detail != "" || value == "" || !a.options.UniqueReferences {
			return detail
		}
		for _, c := range a.contacts.all {
			if c.customer == customer && c.ID != self && c.Reference != nil && *c.Reference == value {
				return "Another contact has this reference."
			}
		}
		return ""
	}
}

// checkGroup accepts the ids of the customer's contact groups.
func (a *BigChange) checkGroup(customer int64) func(any) string {
	return func(value any) string {
		if detail := integer(value); detail != "" {
			return detail
		}
		if g := a.groups.byID[asID(value)]; g == nil || g.customer != customer {
			return "There is no such contact group."
		}
		return ""
	}
}

// checkContactID accepts the ids of the customer's contacts.
func (a *BigChange) checkContactID(customer int64) func(any) string {
	return func(value any) string {
		if detail := integer(value); detail != "" {
			return detail
		}
		if a.contactOf(customer, asID(value)) == nil {
			return "There is no such contact."
		}
		return ""
	}
}

// contactOf returns a contact of the customer, nil if there is none with this id.
func (a *BigChange) contactOf(customer, id int64) *bigchangeContact {
	if c := a.contacts.byID[id]; c != nil && c.customer == customer {
		return c
	}
	return nil
}

// createContact serves POST /contacts.
func (a *BigChange) createContact(c *call) reply {
	var draft contactDraft
	if wrong := fill(a, c, a.contactRules(c.tenant, 0), &draft); wrong != nil {
		return *wrong
	}
	if wrong := a.unknownFields(draft.sent, c.tenant, draft.GroupID); len(wrong) > 0 {
		return a.invalid(wrong)
	}
	draft.CustomFields = mergeFields(nil, draft.sent)
	made := a.insertContact(c.tenant, draft.BigChangeContact, a.core.now().Add(a.options.ListLag))
	a.core.commit(c, "contact", made.ID, a.shownContact(made))
	return created(made.ID)
}

// insertContact stores a contact that lists show from the given time on.
func (a *BigChange) insertContact(customer int64, c BigChangeContact, listed time.Time) *bigchangeContact {
	c.ID = a.contacts.choose(c.ID)
	c.CreatedAt = a.stamp()
	c.ModifiedAt = c.CreatedAt
	if c.AccountStatus == "" {
		c.AccountStatus = "normal"
	}
	c.CustomFields = append([]BigChangeCustomField{}, c.CustomFields...)
	stored := &bigchangeContact{BigChangeContact: c, customer: customer, listed: listed}
	a.contacts.put(c.ID, stored)
	return stored
}

// updateContact serves PATCH on one contact: fields that are left out stay.
func (a *BigChange) updateContact(c *call) reply {
	stored, wrong := a.contact(c)
	if wrong != nil {
		return *wrong
	}
	draft := contactDraft{BigChangeContact: stored.BigChangeContact}
	if wrong := fill(a, c, a.contactRules(c.tenant, stored.ID), &draft); wrong != nil {
		return *wrong
	}
	if wrong := a.unknownFields(draft.sent, c.tenant, draft.GroupID); len(wrong) > 0 {
		return a.invalid(wrong)
	}
	if a.options.RegroupClears && draft.GroupID != stored.GroupID {
		draft.CustomFields = nil
	}
	draft.CustomFields = mergeFields(draft.CustomFields, draft.sent)
	draft.ModifiedAt = a.stamp()
	stored.BigChangeContact = draft.BigChangeContact
	a.core.commit(c, "contact", stored.ID, a.shownContact(stored))
	return noContent()
}

// getContact serves GET on one contact.
func (a *BigChange) getContact(c *call) reply {
	stored, wrong := a.contact(c)
	if wrong != nil {
		return *wrong
	}
	return jsonReply(http.StatusOK, a.shownContact(stored))
}

// shownContact is a contact as reads show it.
func (a *BigChange) shownContact(c *bigchangeContact) BigChangeContact {
	record := c.BigChangeContact
	if !a.options.ShowLocation {
		record.Location = nil
	}
	return record
}

// contact finds the contact that the path names, among those of the request's customer.
func (a *BigChange) contact(c *call) (*bigchangeContact, *reply) {
	id, err := strconv.ParseInt(c.params["contactId"], 10, 64)
	if err != nil {
		answer := a.refuse(http.StatusBadRequest, "The contact id must be an integer.")
		return nil, &answer
	}
	if stored := a.contactOf(c.tenant, id); stored != nil {
		return stored, nil
	}
	answer := a.refuse(http.StatusNotFound, "The customer has no such contact.")
	return nil, &answer
}
