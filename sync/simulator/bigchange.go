package simulator

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

// BigChangeOptions settles what BigChange's documentation leaves open. The zero value is the reading of the current pages.
type BigChangeOptions struct {
	// Errors says what refusals look like.
	Errors BigChangeErrors
	// TokenLife is the life of an access token; default an hour.
	TokenLife time.Duration
	// ListLag is how long a new contact or person stays out of lists; by its id it can be read at once.
	ListLag time.Duration
	// PageSize is the size of a page when the query names none; default 100.
	PageSize int
	// OmitPageSize leaves pageSize out of lists, as some live answers do.
	OmitPageSize bool
	// ShowLocation returns a contact's location in reads; no model of a read that was seen has it. Default left out.
	ShowLocation bool
	// ContactFilters says what the filters id and reference of the contact list do; default exact.
	ContactFilters ContactFilters
	// UniqueReferences refuses a reference that another contact of the customer has. Default accepted.
	UniqueReferences bool
	// LegacyLimits refuses texts that are longer than the older web service takes. Default any length.
	LegacyLimits bool
	// CheckCoordinates refuses a latitude beyond 90 degrees and a longitude beyond 180. Default any number.
	CheckCoordinates bool
	// EmptyNames lets an update empty a text that a create wants filled. Default refused.
	EmptyNames bool
	// IgnoreUnknown skips members of a body that are not in the model. Default refused.
	IgnoreUnknown bool
	// RegroupClears drops a contact's custom fields when its group changes, for they belonged to the old group. Default
	// kept.
	RegroupClears bool
}

// ContactFilters says what the contact list makes of its filters, whose page is not public.
type ContactFilters int

// What a filter of the contact list does.
const (
	FilterExact   ContactFilters = iota // keeps equal ids and references
	FilterPrefix                        // keeps equal ids, and references that begin with the text in any case
	FilterIgnored                       // does nothing
)

// BigChangeErrors says what refusals look like, and which status some of them have.
type BigChangeErrors struct {
	// Style is the set of members of a refusal; default all that are documented.
	Style ProblemStyle
	// PascalKeys names fields in errors as Location.Latitude instead of location.latitude.
	PascalKeys bool
	// Media is the content type of refusals under /v1; default application/problem+json. Those of the token call are
	// application/json.
	Media string
	// BadQuery is the status for a wrong query of a list: 400 (default), or 422 with one entry queryParams in errors.
	BadQuery int
	// BadClient is the status for an unknown client or a wrong secret: 400 (default, for 401 is not documented), 401 or
	// another.
	BadClient int
}

// ProblemStyle is the set of members of a refusal.
type ProblemStyle int

// The styles of a refusal.
const (
	ProblemFull ProblemStyle = iota // type, title, status, detail, instance, and errors under 422
	ProblemLean                     // title, status, and errors under 422, as live answers were seen
	ProblemFlat                     // type, title, status, detail and instance; what is wrong with the fields is in detail
)

// withDefaults fills what the options leave at zero.
func (o BigChangeOptions) withDefaults() BigChangeOptions {
	o.TokenLife = cmp.Or(o.TokenLife, time.Hour)
	o.PageSize = cmp.Or(o.PageSize, 100)
	o.Errors.Media = cmp.Or(o.Errors.Media, "application/problem+json")
	o.Errors.BadQuery = cmp.Or(o.Errors.BadQuery, http.StatusBadRequest)
	o.Errors.BadClient = cmp.Or(o.Errors.BadClient, http.StatusBadRequest)
	return o
}

// BigChange is the state of the BigChange API: customers (the tenants), each with contact groups, custom field
// definitions, contacts and persons. Numeric ids count up for each kind, over all customers. Its methods prepare and
// inspect the state directly: they pass no rule, no limit and no fault, and leave no trace in the commit log.
//
// Contacts cannot be put on stop here: no field of a write reaches the stop state.
type BigChange struct {
	core    *core
	options BigChangeOptions
	routing []route

	customers   shelf[int64]
	groups      shelf[bigchangeGroup]
	definitions shelf[bigchangeDefinition]
	contacts    shelf[bigchangeContact]
	persons     shelf[bigchangePerson] // by number; see personID

	clients map[string]BigChangeClient
	tokens  map[string]bigchangeToken
	issued  int // counts the tokens made by the token call
}

// bigchangeGroup is a contact group with what its answers do not show.
type bigchangeGroup struct {
	BigChangeGroup
	customer int64
}

// bigchangeDefinition is a custom field definition with its owner.
type bigchangeDefinition struct {
	BigChangeDefinition
	customer int64
}

// bigchangeContact is a contact with what its answers do not show.
type bigchangeContact struct {
	BigChangeContact
	customer int64
	listed   time.Time // from when on lists show it
}

// bigchangePerson is a person with what its answers do not show.
type bigchangePerson struct {
	BigChangePerson
	number   int64
	customer int64
	listed   time.Time // from when on lists show it
}

// newBigChange makes the API without records, with DefaultClientID as its one client.
func newBigChange(shared *core, options BigChangeOptions) *BigChange {
	a := &BigChange{
		core: shared, options: options.withDefaults(), clients: map[string]BigChangeClient{}, tokens: map[string]bigchangeToken{},
	}
	a.routing = a.routes()
	a.clients[DefaultClientID] = BigChangeClient{ID: DefaultClientID, Secret: DefaultClientSecret}
	return a
}

// AddCustomer adds a customer, the account that the header Customer-Id names, and returns its id. An id of 0 takes the
// next free one; an id in use panics.
func (a *BigChange) AddCustomer(id int64) int64 {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	id = a.customers.choose(id)
	a.customers.put(id, &id)
	return id
}

// AddGroup adds a contact group to a customer and returns its id. An ID of 0 takes the next free one; an ID in use panics.
func (a *BigChange) AddGroup(customer int64, g BigChangeGroup) int64 {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	g.ID = a.groups.choose(g.ID)
	a.groups.put(g.ID, &bigchangeGroup{g, customer})
	return g.ID
}

// AddDefinition adds the definition of a custom field to a customer and returns its id. An ID of 0 takes the next free
// one; an ID in use panics.
func (a *BigChange) AddDefinition(customer int64, d BigChangeDefinition) int64 {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	d.ID = a.definitions.choose(d.ID)
	a.definitions.put(d.ID, &bigchangeDefinition{d, customer})
	return d.ID
}

// AddContact adds a contact to a customer and returns its id; lists show it at once. The contact may break the rules, as
// old records do. An ID of 0 takes the next free one; an ID in use panics. Timestamps are the server's.
func (a *BigChange) AddContact(customer int64, c BigChangeContact) int64 {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	return a.insertContact(customer, c, a.core.now()).ID
}

// Contacts returns all contacts of a customer with their locations, oldest first, those that lists do not show yet
// included.
func (a *BigChange) Contacts(customer int64) []BigChangeContact {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	var list []BigChangeContact
	for _, c := range a.contacts.all {
		if c.customer == customer {
			record := c.BigChangeContact
			record.CustomFields = slices.Clone(record.CustomFields)
			list = append(list, record)
		}
	}
	return list
}

// AddPerson adds a person to a customer and returns its id, which the server gives; lists show it at once. The person may
// break the rules, as old records do. Timestamps are the server's.
func (a *BigChange) AddPerson(customer int64, p BigChangePerson) string {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	return a.insertPerson(customer, p, a.core.now()).ID
}

// Persons returns all persons of a customer, oldest first, those that lists do not show yet included.
func (a *BigChange) Persons(customer int64) []BigChangePerson {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	var list []BigChangePerson
	for _, p := range a.persons.all {
		if p.customer == customer {
			record := p.BigChangePerson
			record.CustomFields = slices.Clone(record.CustomFields)
			list = append(list, record)
		}
	}
	return list
}

// stamp is the current time as BigChange writes it: with seven decimals and an offset.
func (a *BigChange) stamp() string {
	return a.core.now().UTC().Format("2006-01-02T15:04:05.0000000-07:00")
}
