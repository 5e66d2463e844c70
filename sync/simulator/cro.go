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
	// PlainLists ignores the query of every list and answers all records in one page.
	PlainLists bool
	// ListLag is how long a new contact stays out of lists; by its id it can be read at once.
	ListLag time.Duration
	// TokenLife is the life of the access tokens that the token call issues; default an hour.
	TokenLife time.Duration
	// RotateRefresh makes every refresh token good for one use: the answer carries the next one.
	RotateRefresh bool
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
	if o.TokenLife == 0 {
		o.TokenLife = time.Hour
	}
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
	refresh  map[string]RefreshToken
	issued   int            // counts the tokens made by the token call
	versions map[string]int // by client: index of the version last used
}

// croCustomer is a customer with what its answers do not show.
type croCustomer struct {
	Customer
	tenant   int64
	contacts []*croContact
}

// croContact is a contact with what its answers do not show.
type croContact struct {
	Contact
	customer int64
	listed   time.Time // from when on lists show it
}

// newCRO makes the API without records, with DefaultToken as its one token.
func newCRO(shared *core, options CROOptions) *CRO {
	a := &CRO{
		core: shared, options: options.withDefaults(), tokens: map[string]*Token{},
		refresh: map[string]RefreshToken{}, versions: map[string]int{},
	}
	a.routing = a.routes()
	a.tokens[DefaultToken] = &Token{Value: DefaultToken, Role: roleDispatcher}
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
