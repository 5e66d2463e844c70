package simulator

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

// RevnueOptions settles what Revnue's documentation leaves open. The zero value follows the documentation, and where it is
// silent the reading that asks most of a client.
type RevnueOptions struct {
	// Rate limits the requests of the account, whoever sends them. With a Limit of 0 Options.Rate holds, and if that has
	// none either, the documented 20 a minute; a Limit below 0 is no limit. Source:
	// developer.revnue.com/reference/rate-limit, of which another version says 100 a minute.
	Rate Rate
	// Errors is the shape of a refusal that names a field; default one sentence.
	Errors RevnueErrors
	// Lists is what stands around the records of a list; default a bare array.
	Lists RevnueLists
	// PageSize is the size of a page where lists have pages and the query names none; default 100.
	PageSize int
	// ListLag is how long a new customer stays out of the list; by its id it can be read at once.
	ListLag time.Duration
	// ReadWithoutSlash is the answer to a read whose path does not end in a slash: 301 or 308 with the right form as
	// Location, an error such as 404 or 405, or 200 to serve it all the same; default 301.
	ReadWithoutSlash int
	// WriteWithSlash is the answer to a write whose path ends in a slash, with the same choice; default 404.
	WriteWithSlash int
	// Bodies says what writes accept.
	Bodies RevnueBodies
	// Replies says how records are shown.
	Replies RevnueReplies
}

// RevnueErrors is the shape of a refusal that names a field. All others are {"detail": "..."}.
type RevnueErrors int

// The shapes of a refusal.
const (
	// DetailFirst tells the first thing that is wrong: {"detail": "phone: Must have 0 to 20 characters, not 21."}.
	DetailFirst RevnueErrors = iota
	// FieldMaps tells all that is wrong, as Django REST framework does: {"phone": ["..."]}, and within an object
	// {"contact_person": {"email": ["..."]}}.
	FieldMaps
)

// RevnueLists is what stands around the records of a list.
type RevnueLists int

// The shapes of a list.
const (
	// ListArray is a bare array of all records.
	ListArray RevnueLists = iota
	// ListPages is one page in {"count", "next", "previous", "results"}; page and page_size choose it, and next and
	// previous are whole addresses, or null.
	ListPages
	// ListBareOne is the record by itself if there is exactly one, and else a bare array: the documentation prints lists
	// as one object.
	ListBareOne
)

// RevnueBodies says what writes accept.
type RevnueBodies struct {
	// IgnoreUnknown skips members of a body that are not documented. Default refused.
	IgnoreUnknown bool
	// AcceptNull lets null clear any field but company and name. Default refused.
	AcceptNull bool
	// RefuseBlank refuses empty texts. Default stored as they are.
	RefuseBlank bool
	// EmptyValues lets null and "" clear a custom field. Default refused.
	EmptyValues bool
	// Merge lets a PATCH change the members of contact_person and template that it names, and the custom fields that it
	// names if the template stays the same. By default such an object takes the place of the stored one: what a PATCH
	// leaves out of it is gone.
	Merge bool
	// OptionalCompany lets a PATCH leave company out. Default required.
	OptionalCompany bool
	// FoldNames takes two names that differ only in case for the same. Default only blanks around them are ignored.
	FoldNames bool
	// CheckEmails refuses texts that are no e-mail address. Default any text.
	CheckEmails bool
	// AcceptInactive accepts templates and custom fields that are switched off. Default refused.
	AcceptInactive bool
}

// RevnueReplies says how records are shown.
type RevnueReplies struct {
	// Country is what stands for a customer's country; default its name.
	Country RevnueCountryForm
	// FieldsByID keys template.fields by the ids of the fields. Default by their names.
	FieldsByID bool
	// UnsetFields shows the active fields of the template that have no value as null. Default left out.
	UnsetFields bool
	// MoneyText shows money as "12.50". Default the number 12.50.
	MoneyText bool
}

// RevnueCountryForm is what stands for a customer's country in replies.
type RevnueCountryForm int

// The forms of a country.
const (
	CountryName   RevnueCountryForm = iota // "Australia"
	CountryCode                            // "036", three digits as ISO 3166-1 writes them
	CountryNumber                          // 36
)

// withDefaults fills what the options leave at zero; all is the limit of every API.
func (o RevnueOptions) withDefaults(all Rate) RevnueOptions {
	if o.Rate.Limit == 0 && all.Limit != 0 {
		o.Rate = all
	}
	o.Rate.Limit = cmp.Or(o.Rate.Limit, 20)
	o.PageSize = cmp.Or(o.PageSize, 100)
	o.ReadWithoutSlash = cmp.Or(o.ReadWithoutSlash, http.StatusMovedPermanently)
	o.WriteWithSlash = cmp.Or(o.WriteWithSlash, http.StatusNotFound)
	return o
}

// Revnue is the state of the Revnue API. The host is the account's own, so there is one account here: its companies, each
// with customers, and the categories, countries and templates that they share. Ids count up from 1 for each kind. Its
// methods prepare and inspect the state directly: they pass no rule, no limit and no fault, and leave no trace in the
// commit log.
//
// Deletes, attachments and writes to anything but customers are not played.
type Revnue struct {
	core    *core
	options RevnueOptions
	routing []route

	companies  shelf[RevnueCompany]
	categories shelf[RevnueCategory]
	countries  shelf[RevnueCountry] // by code
	templates  shelf[revnueTemplate]
	customers  shelf[revnueCustomer]
	lastField  int64 // the highest id of a custom field in use

	tokens map[string]RevnueToken
}

// revnueTemplate is a template of either kind; they draw on the same ids.
type revnueTemplate struct {
	RevnueFormTemplate
	form bool // a form template, not a field template
}

// revnueCustomer is a customer with what its answers do not show.
type revnueCustomer struct {
	RevnueCustomer
	company int64
	listed  time.Time // from when on the list shows it
}

// DefaultRevnueToken is a bearer token for all companies. It is valid on every new server.
const DefaultRevnueToken = "simulated-administrator"

// RevnueToken is a bearer token. An administrator makes it; it does not expire.
type RevnueToken struct {
	// Value is sent as Authorization: Bearer VALUE.
	Value string
	// Companies are the ids of the companies that it opens; none means every company.
	Companies []int64
}

// newRevnue makes the API without records, with DefaultRevnueToken as its one token. all is the limit of every API.
func newRevnue(shared *core, options RevnueOptions, all Rate) *Revnue {
	a := &Revnue{core: shared, options: options.withDefaults(all), tokens: map[string]RevnueToken{}}
	a.routing = a.routes()
	a.tokens[DefaultRevnueToken] = RevnueToken{Value: DefaultRevnueToken}
	return a
}

// AddToken makes a token valid, in place of any with the same value.
func (a *Revnue) AddToken(t RevnueToken) {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	a.tokens[t.Value] = t
}

// RevokeToken makes a token worthless.
func (a *Revnue) RevokeToken(value string) {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	delete(a.tokens, value)
}

// AddCompany adds a company and returns its id. An ID of 0 takes the next free one; an ID in use panics.
func (a *Revnue) AddCompany(c RevnueCompany) int64 {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	c.ID = a.companies.choose(c.ID)
	a.companies.put(c.ID, &c)
	return c.ID
}

// AddCategory adds a category and returns its id. Its name may be in use, though the API itself keeps names apart. An ID of
// 0 takes the next free one; an ID in use panics.
func (a *Revnue) AddCategory(c RevnueCategory) int64 {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	c.ID = a.categories.choose(c.ID)
	c.Subcategories = append([]string{}, c.Subcategories...)
	a.categories.put(c.ID, &c)
	return c.ID
}

// AddCountry adds a country. A code in use panics.
func (a *Revnue) AddCountry(c RevnueCountry) {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	a.countries.put(a.countries.choose(c.Code), &c)
}

// AddTemplate adds a custom field template and returns its id. An ID of 0, of the template or of a field, takes the next
// free one, and an Order of 0 the field's place; a template's ID in use panics. What is to be active has to say so.
func (a *Revnue) AddTemplate(t RevnueTemplate) int64 {
	return a.addTemplate(revnueTemplate{RevnueFormTemplate: RevnueFormTemplate{RevnueTemplate: t}})
}

// AddFormTemplate adds a custom form template and returns its id; see AddTemplate. The ids of both kinds are one series.
func (a *Revnue) AddFormTemplate(t RevnueFormTemplate) int64 {
	return a.addTemplate(revnueTemplate{t, true})
}

func (a *Revnue) addTemplate(t revnueTemplate) int64 {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	t.ID = a.templates.choose(t.ID)
	t.Fields = append([]RevnueField{}, t.Fields...)
	for i := range t.Fields {
		f := &t.Fields[i]
		f.ID = cmp.Or(f.ID, a.lastField+1)
		f.Order = cmp.Or(f.Order, i+1)
		a.lastField = max(a.lastField, f.ID)
	}
	a.templates.put(t.ID, &t)
	return t.ID
}

// AddCustomer adds a customer to a company and returns its id; the list shows it at once. The customer may break the rules,
// as old records do. An ID of 0 takes the next free one; an ID in use panics.
func (a *Revnue) AddCustomer(company int64, c RevnueCustomer) int64 {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	return a.insertCustomer(company, c.clone(), a.core.now()).ID
}

// Customers returns all customers of a company, oldest first, those that the list does not show yet included.
func (a *Revnue) Customers(company int64) []RevnueCustomer {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	var list []RevnueCustomer
	for _, c := range a.customers.all {
		if c.company == company {
			list = append(list, c.clone())
		}
	}
	return list
}

// opens says whether the token may act for a company.
func (t RevnueToken) opens(company int64) bool {
	return len(t.Companies) == 0 || slices.Contains(t.Companies, company)
}
