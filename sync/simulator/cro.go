package simulator

import (
	"net/http"
	"strings"
	"time"
)

// CROOptions settles what CRO's documentation leaves open. The zero value is the reading of the current pages.
type CROOptions struct {
	// Prefix stands before every path but the token call's, such as /v0; default none.
	Prefix string
	// Slash says which form of a path is served; default both.
	Slash Slash
	// WrongSlash is the answer to the other form: 301 or 308 with the right form as Location, or an error such as 404 or
	// 405; default 301.
	WrongSlash int
	// CreateStatus is the status of a successful create; default 200.
	CreateStatus int
	// UnknownCustomer is the status for a customer that the tenant does not have: 404 (default) or 403.
	UnknownCustomer int
	// StrictBooleans takes JSON true and false only, not the other documented spellings.
	StrictBooleans bool
	// AcceptNull lets null clear a text and switch a flag off in a body. By default null is refused.
	AcceptNull bool
	// RefuseEmptyMail holds an e-mail list to the rule of one address or more. By default the rule of 0 characters or more
	// wins, and an empty text is stored.
	RefuseEmptyMail bool
	// PlainLists ignores the query of every list and answers all records in one page.
	PlainLists bool
	// PlainLimit makes a plain list stop after so many records, 1000 at most. It tells of further pages and gives the first
	// one whatever is asked. Default no limit.
	PlainLimit int
	// BareCustomers leaves the contacts out of a list of customers; one customer always shows its own.
	BareCustomers bool
	// ListLag is how long a new contact stays out of lists; by its id it can be read at once.
	ListLag time.Duration
	// Login settles the identity provider.
	Login CROLogin
	// Roles settles what a role may do.
	Roles CRORoles
	// Legacy brings back what only the vendor's file of 2020 shows.
	Legacy CROLegacy
}

// CRORoles settles what the pages on roles leave open.
type CRORoles struct {
	// DispatcherOnly keeps writes to Dispatchers, the one role that the pages list. By default an Admin passes for one, as
	// the changelog says of 1.0.1 and 1.0.2.
	DispatcherOnly bool
	// AllowByRole shows in the Allow header only what the caller's role may do. By default everybody sees every method.
	AllowByRole bool
}

// CROLegacy brings back what only the vendor's file of 2020 shows. Source: github.com/CROSoftware/slate.
type CROLegacy struct {
	// TitledErrors names the field of an error under title in place of field.
	TitledErrors bool
	// ContactsWithoutIDs leaves the ids out of the contacts inside a customer.
	ContactsWithoutIDs bool
	// ActiveOnly lists inactive customers only where the query asks for them. By default they are listed like the others.
	ActiveOnly bool
}

// Slash says whether paths end in a slash.
type Slash int

// The forms of a path.
const (
	SlashEither Slash = iota // both are served
	SlashAlways              // only /customers/1/
	SlashNever               // only /customers/1
)

// withDefaults fills what the options leave at zero.
func (o CROOptions) withDefaults() CROOptions {
	defaultTo := func(target *int, value int) {
		if *target == 0 {
			*target = value
		}
	}
	defaultTo(&o.WrongSlash, http.StatusMovedPermanently)
	defaultTo(&o.CreateStatus, http.StatusOK)
	defaultTo(&o.UnknownCustomer, http.StatusNotFound)
	o.Login = o.Login.withDefaults()
	o.Prefix = strings.TrimSuffix(o.Prefix, "/")
	return o
}

// CRO is the state of the CRO Software API: tenants, their customers, and the customers' contacts. Ids count up from 1
// for each kind. Its methods prepare and inspect the state directly: they pass no rule, no limit and no fault, and leave
// no trace in the commit log.
type CRO struct {
	core    *core
	options CROOptions
	routing []route

	tenants   shelf[Tenant]
	customers shelf[croCustomer]
	contacts  shelf[croContact]

	tokens   map[string]*Token
	clients  map[string]CROClient
	codes    map[string]*loginCode
	refresh  map[string]*refreshEntry
	issued   int            // counts the access tokens made by the token call
	versions map[string]int // by client: index of the version last used
}

// croCustomer is a customer with what its answers do not show.
type croCustomer struct {
	Customer
	tenant   int64
	contacts []*croContact
	inactive bool
	hidden   []string // the roles whose lists leave it out
}

// croContact is a contact with what its answers do not show.
type croContact struct {
	Contact
	customer int64
	listed   time.Time // from when on lists show it
	hidden   []string  // the roles whose lists leave it out
}

// newCRO makes the API without records, with DefaultToken as its one token and DefaultAppID as its one client.
func newCRO(shared *core, options CROOptions) *CRO {
	a := &CRO{
		core: shared, options: options.withDefaults(), tokens: map[string]*Token{}, clients: map[string]CROClient{},
		codes: map[string]*loginCode{}, refresh: map[string]*refreshEntry{}, versions: map[string]int{},
	}
	a.routing = a.routes()
	a.addToken(Token{Value: DefaultToken})
	a.clients[DefaultAppID] = CROClient{
		ID: DefaultAppID, LandingURLs: []string{"http://127.0.0.1/callback", "http://[::1]/callback"},
	}
	return a
}

// AddTenant adds an active tenant and returns its id. An ID of 0 takes the next free one; an ID in use panics.
func (a *CRO) AddTenant(t Tenant) int64 {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	t.IsActive = true
	t.CreatedOn = a.stamp()
	t.ID = a.tenants.choose(t.ID)
	a.tenants.put(t.ID, &t)
	return t.ID
}

// AddCustomer adds a customer to a tenant and returns its id. Only ID, Name and ParentID are taken; an ID of 0 takes the
// next free one, an ID in use panics.
func (a *CRO) AddCustomer(tenant int64, c Customer) int64 {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	id := a.customers.choose(c.ID)
	fresh := Customer{ID: id, Name: c.Name, ParentID: c.ParentID, CreatedOn: a.stamp()}
	a.customers.put(id, &croCustomer{Customer: fresh, tenant: tenant})
	return id
}

// AddContact adds a contact to a customer and returns its id; lists show it at once. The contact may break the rules, as
// old records do. An ID of 0 takes the next free one; an ID in use or an unknown customer panics.
func (a *CRO) AddContact(customer int64, c Contact) int64 {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	owner := a.customers.byID[customer]
	if owner == nil {
		panic("simulator: a contact needs its customer first")
	}
	return a.insertContact(owner, c, a.core.now()).ID
}

// DeactivateCustomer makes a customer inactive, as its locations do by a soft delete. It can still be read by its id; an
// unknown one panics.
func (a *CRO) DeactivateCustomer(id int64) {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	known(a.customers.byID[id]).inactive = true
}

// HideCustomer keeps a customer out of the lists that users of these roles get: a role decides which rows come back. By its
// id they still read it; an unknown one panics.
func (a *CRO) HideCustomer(id int64, roles ...string) {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	c := known(a.customers.byID[id])
	c.hidden = append(c.hidden, roles...)
}

// HideContact keeps a contact out of the lists that users of these roles get, those inside a customer included. By its id
// they still read it; an unknown one panics.
func (a *CRO) HideContact(id int64, roles ...string) {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	c := known(a.contacts.byID[id])
	c.hidden = append(c.hidden, roles...)
}

// known insists on a record: asking for one that is not there is a mistake of the program that prepares the server.
func known[T any](record *T) *T {
	if record == nil {
		panic("simulator: there is no record with this id")
	}
	return record
}

// Contacts returns all contacts of a customer, oldest first, those that lists do not show yet included.
func (a *CRO) Contacts(customer int64) []Contact {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	owner := a.customers.byID[customer]
	if owner == nil {
		return nil
	}
	list := make([]Contact, len(owner.contacts))
	for i, c := range owner.contacts {
		list[i] = c.Contact
	}
	return list
}

// Customers returns all customers of a tenant, without their contacts.
func (a *CRO) Customers(tenant int64) []Customer {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	var list []Customer
	for _, c := range a.customers.all {
		if c.tenant == tenant {
			list = append(list, c.Customer)
		}
	}
	return list
}

// stamp is the current time as CRO writes it: to the microsecond, without a zone.
func (a *CRO) stamp() string { return a.core.now().UTC().Format(croTime) }

// croTime is the form of CRO's timestamps.
const croTime = "2006-01-02T15:04:05.000000"
