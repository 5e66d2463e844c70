package simulator

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// personDraft is a person in the making, with the custom fields that the body names.
type personDraft struct {
	BigChangePerson
	sent []BigChangeCustomField
}

// personRules are the fields of a create and of an update. Source:
// documentation.ops.bigchange.com/docs/rest/api-reference/create-a-person and, beside it, update-a-person, which knows no
// contactId: a person stays with its contact. Of the old lengths only those of a single field hold here:
// documentation.ops.bigchange.com/docs/web-services/contacts/contactsave.
func (a *BigChange) personRules(customer int64, creating bool) []memberRule[personDraft] {
	type draft = personDraft
	rules := []memberRule[draft]{
		{
			field: "contactId", must: true, check: says(a.checkContactID(customer)),
			store: func(d *draft, value any) { d.ContactID = asID(value) },
		},
		optionalWords("title", a.words(0), func(d *draft) **string { return &d.Title }),
		requiredWords("forename", a.filled(0, creating), func(d *draft) *string { return &d.Forename }),
		requiredWords("surname", a.filled(0, creating), func(d *draft) *string { return &d.Surname }),
		requiredWords("email", a.filled(100, creating), func(d *draft) *string { return &d.Email }),
		optionalWords("mobile", a.words(30), func(d *draft) **string { return &d.Mobile }),
		optionalWords("landline", a.words(30), func(d *draft) **string { return &d.Landline }),
		optionalWords("extension", a.words(0), func(d *draft) **string { return &d.Extension }),
		optionalWords("position", a.words(0), func(d *draft) **string { return &d.Position }),
		optionalWords("department", a.words(0), func(d *draft) **string { return &d.Department }),
		{
			field: "isOptedOut", check: says(boolean),
			store: func(d *draft, value any) { d.IsOptedOut, _ = asFlag(value, true) },
		},
		{
			field: "customFields", null: nullInCreate, check: a.checkFields,
			store: func(d *draft, value any) { d.sent = asFields(value) },
		},
	}
	if !creating {
		return rules[1:]
	}
	return rules
}

// personUUIDs is how the ids of persons begin; behind it stands the person's number.
const personUUIDs = "7e9b2c40-0000-4000-8000-"

// personID makes the id of a person. The commit log, whose ids are numbers, has the number.
func personID(number int64) string { return personUUIDs + fmt.Sprintf("%012x", number) }

// createPerson serves POST /persons.
func (a *BigChange) createPerson(c *call) reply {
	var draft personDraft
	if wrong := fill(a, c, a.personRules(c.tenant, true), &draft); wrong != nil {
		return *wrong
	}
	if wrong := a.unknownFields(draft.sent, c.tenant, 0); len(wrong) > 0 {
		return a.invalid(wrong)
	}
	draft.CustomFields = mergeFields(nil, draft.sent)
	made := a.insertPerson(c.tenant, draft.BigChangePerson, a.core.now().Add(a.options.ListLag))
	a.core.commit(c, "person", made.number, made.BigChangePerson)
	return created(made.ID)
}

// insertPerson stores a person that lists show from the given time on.
func (a *BigChange) insertPerson(customer int64, p BigChangePerson, listed time.Time) *bigchangePerson {
	number := a.persons.choose(0)
	p.ID = personID(number)
	p.CreatedAt = a.stamp()
	p.ModifiedAt = p.CreatedAt
	p.CustomFields = append([]BigChangeCustomField{}, p.CustomFields...)
	stored := &bigchangePerson{BigChangePerson: p, number: number, customer: customer, listed: listed}
	a.persons.put(number, stored)
	return stored
}

// updatePerson serves PATCH on one person: fields that are left out stay.
func (a *BigChange) updatePerson(c *call) reply {
	stored, wrong := a.person(c)
	if wrong != nil {
		return *wrong
	}
	draft := personDraft{BigChangePerson: stored.BigChangePerson}
	if wrong := fill(a, c, a.personRules(c.tenant, false), &draft); wrong != nil {
		return *wrong
	}
	if wrong := a.unknownFields(draft.sent, c.tenant, 0); len(wrong) > 0 {
		return a.invalid(wrong)
	}
	draft.CustomFields = mergeFields(draft.CustomFields, draft.sent)
	draft.ModifiedAt = a.stamp()
	stored.BigChangePerson = draft.BigChangePerson
	a.core.commit(c, "person", stored.number, stored.BigChangePerson)
	return noContent()
}

// getPerson serves GET on one person.
func (a *BigChange) getPerson(c *call) reply {
	stored, wrong := a.person(c)
	if wrong != nil {
		return *wrong
	}
	return jsonReply(http.StatusOK, stored.BigChangePerson)
}

// person finds the person that the path names, among those of the request's customer.
func (a *BigChange) person(c *call) (*bigchangePerson, *reply) {
	id := strings.ToLower(c.params["personId"])
	if !uuidPattern.MatchString(id) {
		answer := a.refuse(http.StatusBadRequest, "The person id must be a UUID.")
		return nil, &answer
	}
	if digits, ok := strings.CutPrefix(id, personUUIDs); ok {
		number, _ := strconv.ParseInt(digits, 16, 64) // twelve hexadecimal digits, as the pattern says
		if stored := a.persons.byID[number]; stored != nil && stored.customer == c.tenant {
			return stored, nil
		}
	}
	answer := a.refuse(http.StatusNotFound, "The customer has no such person.")
	return nil, &answer
}
