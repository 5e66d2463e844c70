package model

import (
	"net/http"
	"slices"
	"time"
)

// Target is one API as its target file describes it.
type Target struct {
	Name    string // "cro"
	Title   string
	Version string // version of the API that the document describes
	Hash    string // SHA-256 of the document, hex
	Server
	Settings  []Setting
	Headers   []Header
	Auth      Auth
	Rate      Rate
	Errors    ErrorShape
	Settle    time.Duration // how long a new record may take to appear in lists
	Check     *Check        // a read that proves the credentials, nil if there is none
	Lookups   []*Lookup     // where names of things are found
	Resources []*Resource   // in the order of the file; the first is the default
}

// Server is where the operations of a target are.
type Server struct {
	BaseURL    string // origin of the document's first server
	PathPrefix string // path of the document's first server, "" for none
	Slash      Slash
}

// Setting is an account setting: what tells one tenant of the API from another.
type Setting struct {
	Name     string   // key in the job's connection.account
	In       []string // "header", "query", "body"; query and body together: the query of reads, the body of writes
	Param    string   // name on the wire
	Kind     Kind     // Integer or String
	Required bool     // the job must give it
	Except   []string // operationIds that go without it
	Lookup   string   // lookup that lists what it can be, "" for none
}

// Header is a fixed or generated request header.
type Header struct {
	Name     string // name on the wire
	Setting  string // key in the job's connection that overrides it, "" if it cannot be
	Default  string // value when the job says nothing; "" = not sent
	Generate string // "uuid": a new one for each request

	Description string // what the document says of it
}

// Auth says how the API authenticates.
type Auth struct {
	Methods      []string // "bearer", "refresh_token", "client_credentials", "api_key", in order of preference
	TokenPath    string   // path of the token endpoint, "" if there is none
	AuthorizeURL string   // for login
	Scopes       []string
	APIKeyHeader string // header of an api_key
	MaxHeader    int    // documented length of the header that carries the token, 0 for none
}

// Rate is a documented rate limit. The zero value means that none is documented.
type Rate struct {
	Limit int           // requests per Per
	Per   time.Duration // window
	Scope string        // "account": all tokens and machines share it
}

// ErrorShape says where an error answer keeps its parts. Names are tried in order; the first present wins.
type ErrorShape struct {
	Field   []string // property with the offending field, possibly "<Model>.<field>"
	Message []string // properties with text
	Map     string   // property that maps fields to lists of texts, "" for none, "." if the answer itself is the map

	Duplicate string // regular expression of a text that refuses a duplicate, "" for none
}

// Slash says which paths end in a slash.
type Slash struct{ Read, Write bool }

// Operation is one call of the API.
type Operation struct {
	ID     string // operationId
	Method string
	Path   string   // with {parameters}
	Params []string // names of the path parameters, in the order of the path
	Query  []string // names of the query parameters
	Roles  []string // of users who may call it, by the document; nil if it does not say
	Scopes []string // that a token needs for it, by the document; nil for none
}

// Check is a read that needs no record: it proves the credentials, and may list what the account can be.
type Check struct {
	Operation
	Items   string // property that holds the list, "" if the answer is the list itself
	ID      string // property of an item that names it
	Setting string // account setting whose value must be among the items' ids, "" for none
}

// Resource is one kind of record, with the operations on it.
type Resource struct {
	Name    string // "contact"
	Model   *Model
	Create  *Operation
	Update  *Operation
	Replace bool       // Update replaces the record instead of changing the given fields
	Whole   *Resource  // the same with updates that replace the record, for jobs that ask for it; nil if the API has none
	Get     *Operation // nil if the API has none
	List    *Listing   // nil if the API has none
	IDField string     // property of an answer that holds the id
	IDParam string     // path parameter of Get and Update that takes the id
	Parents []string   // path fields that List needs: the records are listed per parent
	Key     []string   // fields that usually identify a record, a suggestion for identity.key
	Unique  []string   // fields that the server keeps unique
	Custom  *Custom    // how fields are kept that an account defines itself, nil if there are none
}

// Listing is an operation that lists records, and how its pages go.
type Listing struct {
	Operation
	Items      string // dotted property that holds the records, "" if the answer is the list itself
	PageParam  string // query parameter of the page number, from 1; "" if there is one page only
	SizeParam  string // query parameter of the page size, "" if it cannot be chosen
	Size       int    // page size to ask for
	Cursor     string // query parameter of the cursor, "" if pages are not told by one
	Next       string // property with the cursor of the next page, or with its address if there is no Cursor
	FirstPlain bool   // ask for the first page without parameters, page on only if the answer tells of more pages
	TotalPages string // property with the number of pages, "" if the answer has none
	PageSize   string // property with the page size that the server took, "" if the answer has none
	Count      string // property with the number of items on this page; fewer than the size ends the listing
	Total      string // property with the number of all items, "" if the answer has none

	Filters map[string]string // field -> query parameter that keeps the records with a value, and perhaps more; nil for none
}

// Travels reports whether the setting goes along with op in a place: "header", "query" or "body".
func (s *Setting) Travels(op *Operation, place string) bool {
	if !slices.Contains(s.In, place) || slices.Contains(s.Except, op.ID) {
		return false
	}
	other := map[string]string{"query": "body", "body": "query"}[place]
	if !slices.Contains(s.In, other) {
		return true
	}
	return (op.Method == http.MethodGet) == (place == "query")
}

// Lookup finds a lookup by name, nil if there is none.
func (t *Target) Lookup(name string) *Lookup {
	for _, l := range t.Lookups {
		if l.Name == name {
			return l
		}
	}
	return nil
}

// Elsewhere is what people keep beside the records of a resource and other resources of the target have a field for: the
// headers that are used for it, and the field with its resource.
func (t *Target) Elsewhere(resource string) map[string]string {
	taken, out := map[string]bool{}, map[string]string{}
	for _, here := range []bool{true, false} {
		for _, r := range t.Resources {
			if (r.Name == resource) != here {
				continue
			}
			for i := range r.Model.Fields {
				f := &r.Model.Fields[i]
				for _, header := range append([]string{f.Name}, f.Aliases...) {
					key := tableKey(header)
					if !here && !taken[key] {
						out[header] = f.Name + " of " + r.Model.Name()
					}
					taken[key] = true
				}
			}
		}
	}
	return out
}

// Resource finds a resource by name; the empty name is the first.
func (t *Target) Resource(name string) (*Resource, bool) {
	for _, r := range t.Resources {
		if name == "" || r.Name == name {
			return r, true
		}
	}
	return nil, false
}
