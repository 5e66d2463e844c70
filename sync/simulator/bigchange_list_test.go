package simulator_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// bigchangeList is a page as a client reads it.
type bigchangeList struct {
	Items []struct {
		ID   any    `json:"id"`
		Name string `json:"name"`
	} `json:"items"`
	PageNumber    *int `json:"pageNumber"`
	PageSize      *int `json:"pageSize"`
	PageItemCount *int `json:"pageItemCount"`
}

func (l bigchangeList) ids() []string {
	ids := []string{}
	for _, item := range l.Items {
		ids = append(ids, fmt.Sprint(item.ID))
	}
	return ids
}

// list reads a page; the query is encoded here.
func (i *integrator) list(t *testing.T, path, query string) bigchangeList {
	t.Helper()
	parts, _ := url.ParseQuery(query)
	got := i.ask("GET", path+"?"+parts.Encode(), "")
	var page bigchangeList
	if err := json.Unmarshal([]byte(got.body), &page); err != nil || got.status != 200 {
		t.Fatalf("GET %s %s: got %d %s", path, query, got.status, got.body)
	}
	return page
}

// Sources: documentation.ops.bigchange.com/docs/rest/api-reference/get-a-list-of-contact-groups and
// .../get-a-list-of-persons (bounds and envelope).
func TestBigChangePaging(t *testing.T) {
	for _, row := range []struct {
		name                string
		contacts            int
		query               string
		items               int
		first               string
		number, size, count int
		status              int
	}{
		{"nothing to list", 0, "", 0, "", 1, 100, 0, 200},
		{"one page by default", 100, "", 100, "1", 1, 100, 100, 200},
		{"one record more than a page", 101, "", 100, "1", 1, 100, 100, 200},
		{"the second page", 101, "pageNumber=2", 1, "101", 2, 100, 1, 200},
		{"behind the last page", 101, "pageNumber=3", 0, "", 3, 100, 0, 200},
		{"a last page that is full", 4, "pageSize=2&pageNumber=2", 2, "3", 2, 2, 2, 200},
		{"the page behind it is empty", 4, "pageSize=2&pageNumber=3", 0, "", 3, 2, 0, 200},
		{"the highest number", 1, "pageNumber=2147483&pageSize=1000", 0, "", 2147483, 1000, 0, 200},
		{"the largest page", 250, "pageSize=1000", 250, "1", 1, 1000, 250, 200},
		{"unknown parameters are ignored", 3, "sortBy=name&zip=x", 3, "1", 1, 100, 3, 200},
		{"number 0", 1, "pageNumber=0", 0, "", 0, 0, 0, 400},
		{"a number too high", 1, "pageNumber=2147484", 0, "", 0, 0, 0, 400},
		{"a number that is a word", 1, "pageNumber=two", 0, "", 0, 0, 0, 400},
		{"size 0", 1, "pageSize=0", 0, "", 0, 0, 0, 400},
		{"a size too high", 1, "pageSize=1001", 0, "", 0, 0, 0, 400},
		{"an empty size", 1, "pageSize=", 0, "", 0, 0, 0, 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			i := newIntegrator(t, simulator.Options{})
			mine := i.sim.BigChange.AddCustomer(1)
			for n := range row.contacts {
				i.sim.BigChange.AddContact(mine, simulator.BigChangeContact{Name: fmt.Sprint("Contact ", n+1)})
			}
			got := i.ask("GET", "/v1/contacts?"+row.query, "", "Customer-Id: 1")
			if got.status != row.status {
				t.Fatalf("got %d %s, want %d", got.status, got.body, row.status)
			}
			if row.status != 200 {
				return
			}
			if strings.Contains(got.body, "otal") {
				t.Errorf("the answer has a total: %s", got.body)
			}
			var page bigchangeList
			if err := json.Unmarshal([]byte(got.body), &page); err != nil {
				t.Fatal(err)
			}
			if *page.PageNumber != row.number || *page.PageSize != row.size || *page.PageItemCount != row.count || len(page.Items) != row.items {
				t.Errorf("got %d items on page %d of size %d, counted %d", len(page.Items), *page.PageNumber, *page.PageSize, *page.PageItemCount)
			}
			if want := "Contact " + row.first; row.first != "" && page.Items[0].Name != want {
				t.Errorf("first: got %s, want %s", page.Items[0].Name, want)
			}
		})
	}
}

func TestBigChangePageOptions(t *testing.T) {
	i := newIntegrator(t, simulator.Options{BigChange: simulator.BigChangeOptions{PageSize: 4, OmitPageSize: true}})
	got := i.list(t, "/v1/contactGroups", "")
	if len(got.Items) != 4 || got.PageSize != nil || *got.PageItemCount != 4 {
		t.Errorf("got %d items and size %v, want 4 and none", len(got.Items), got.PageSize)
	}
	if got := i.list(t, "/v1/contactGroups", "pageSize=5"); len(got.Items) != 5 {
		t.Errorf("a size of its own: got %d items, want 5", len(got.Items))
	}
}

// Source: documentation.ops.bigchange.com/docs/rest/api-reference/get-a-list-of-contact-groups; of the 50 values:
// github.com/Ecaco/BigChangePythonAPI, API_analysis.md section 5.
func TestBigChangeGroupFilters(t *testing.T) {
	i := withStrangers(t, simulator.BigChangeOptions{})
	many := func(n int) string { return strings.Repeat("&id=1204", n)[1:] }
	for _, row := range []struct {
		query  string
		want   []string
		status int
	}{
		{"", []string{"1204", "1205", "1206", "1207", "1208", "1209"}, 200},
		{"name=Schools", []string{"1206", "1207"}, 200}, // equal, or beginning with it
		{"name=schools %26 c", []string{"1207"}, 200},
		{"name=colleges", []string{}, 200},
		{"name=SANTÉ", []string{"1208"}, 200},
		{"name=", []string{"1204", "1205", "1206", "1207", "1208", "1209"}, 200},
		{"name=Elsewhere", []string{}, 200}, // of another customer
		{"id=1206&id=1204", []string{"1204", "1206"}, 200},
		{"id=2000", []string{}, 200},
		{"id=1206&name=Housing", []string{}, 200},
		{"id=x", nil, 400},
		{"id=", nil, 400},
		{many(50), []string{"1204"}, 200},
		{many(51), nil, 400},
		{"sortBy=name", []string{"1205", "1204", "1209", "1208", "1206", "1207"}, 200},
		{"sortBy=name&direction=ascending", []string{"1205", "1204", "1209", "1208", "1206", "1207"}, 200},
		{"sortBy=name&direction=descending", []string{"1207", "1206", "1208", "1209", "1204", "1205"}, 200},
		{"direction=descending", []string{"1209", "1208", "1207", "1206", "1205", "1204"}, 200},
		{"sortBy=name&pageSize=2&pageNumber=2", []string{"1209", "1208"}, 200},
		{"sortBy=id", nil, 400},
		{"direction=down", nil, 400},
	} {
		t.Run(row.query, func(t *testing.T) {
			if row.status == 200 {
				if got := i.list(t, "/v1/contactGroups", row.query).ids(); !slices.Equal(got, row.want) {
					t.Errorf("got %v, want %v", got, row.want)
				}
			} else if got := i.ask("GET", "/v1/contactGroups?"+row.query, ""); got.status != row.status {
				t.Errorf("got %d %s, want %d", got.status, got.body, row.status)
			}
		})
	}
}

// The page of this list is not public; the pattern is that of its siblings.
func TestBigChangeContactFilters(t *testing.T) {
	many := strings.Repeat("&reference=R-1", 51)[1:]
	for _, row := range []struct {
		name    string
		filters simulator.ContactFilters
		query   string
		want    []string
		status  int
	}{
		{"ids", simulator.FilterExact, "id=3&id=1", []string{"1", "3"}, 200},
		{"the id of another customer's contact", simulator.FilterExact, "id=50", []string{}, 200},
		{"an id that is a word", simulator.FilterExact, "id=x", nil, 400},
		{"references", simulator.FilterExact, "reference=R-2&reference=R-1", []string{"1", "2"}, 200},
		{"references are exact", simulator.FilterExact, "reference=R-", []string{}, 200},
		{"references are exact in case", simulator.FilterExact, "reference=r-1", []string{}, 200},
		{"too many references", simulator.FilterExact, many, nil, 400},
		{"references by prefix", simulator.FilterPrefix, "reference=r-", []string{"1", "2"}, 200},
		{"an empty prefix wants some reference", simulator.FilterPrefix, "reference=", []string{"1", "2"}, 200},
		{"ids beside prefixes stay exact", simulator.FilterPrefix, "id=1", []string{"1"}, 200},
		{"no filter at all", simulator.FilterIgnored, "id=1&reference=R-1", []string{"1", "2", "3"}, 200},
		{"nothing is wrong with what is ignored", simulator.FilterIgnored, "id=x", []string{"1", "2", "3"}, 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			i := withStrangers(t, simulator.BigChangeOptions{ContactFilters: row.filters})
			if row.status == 200 {
				if got := i.list(t, "/v1/contacts", row.query).ids(); !slices.Equal(got, row.want) {
					t.Errorf("got %v, want %v", got, row.want)
				}
			} else if got := i.ask("GET", "/v1/contacts?"+row.query, ""); got.status != row.status {
				t.Errorf("got %d %s, want %d", got.status, got.body, row.status)
			}
		})
	}
}

// Source: documentation.ops.bigchange.com/docs/rest/api-reference/get-a-list-of-persons.
func TestBigChangePersonFilters(t *testing.T) {
	now := newClock()
	i := newIntegrator(t, simulator.Options{Clock: now.Now})
	ids := []string{}
	for _, p := range []simulator.BigChangePerson{
		{ContactID: 1, Surname: "Smithers", Email: "a@x.example", Mobile: new("0770"), IsOptedOut: true},
		{ContactID: 2, Surname: "smith", Email: "b@x.example", Landline: new("0113")},
		{ContactID: 3, Surname: "Jones", Email: "c@x.example", Mobile: new("0770 1")},
	} {
		ids = append(ids, i.sim.BigChange.AddPerson(14532, p))
		now.advance(time.Second)
	}
	i.sim.BigChange.AddPerson(i.sim.BigChange.AddCustomer(0), simulator.BigChangePerson{ContactID: 1, Surname: "Smith"})
	for _, row := range []struct {
		query  string
		want   []int // places in ids
		status int
	}{
		{"", []int{0, 1, 2}, 200},
		{"contactId=1&contactId=3", []int{0, 2}, 200},
		{"contactId=one", nil, 400},
		{"surname=Smith", []int{0, 1}, 200}, // equal, or beginning with it
		{"surname=ones", []int{}, 200},
		{"email=B@X.example", []int{1}, 200},
		{"email=b@x", []int{}, 200},
		{"mobile=0770", []int{0}, 200},
		{"landline=0113", []int{1}, 200},
		{"isOptedOut=true", []int{0}, 200},
		{"isOptedOut=false", []int{1, 2}, 200},
		{"isOptedOut=maybe", nil, 400},
		{"surname=smith&isOptedOut=false", []int{1}, 200},
		{"sortBy=surname", []int{2, 1, 0}, 200},
		{"sortBy=surname&direction=descending", []int{0, 1, 2}, 200},
		{"sortBy=createdAt&direction=descending", []int{2, 1, 0}, 200},
		{"sortBy=email", nil, 400},
		{"pageSize=2&pageNumber=2", []int{2}, 200},
	} {
		t.Run(row.query, func(t *testing.T) {
			if row.status != 200 {
				if got := i.ask("GET", "/v1/persons?"+row.query, ""); got.status != row.status {
					t.Errorf("got %d %s, want %d", got.status, got.body, row.status)
				}
				return
			}
			want := []string{}
			for _, place := range row.want {
				want = append(want, ids[place])
			}
			if got := i.list(t, "/v1/persons", row.query).ids(); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestBigChangeNewRecordsReachListsLate(t *testing.T) {
	now := newClock()
	i := newIntegrator(t, worldAt(now.Now, simulator.BigChangeOptions{ListLag: 3 * time.Second}))
	i.ask("POST", "/v1/contacts", aContact(t, `{"reference": "new"}`))
	person, _ := i.ask("POST", "/v1/persons", aPerson(t, `{}`)).field(t, "id").(string)
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{0, 0}, {3*time.Second - 1, 0}, {1, 1}} {
		now.advance(step.wait)
		for _, path := range []string{"/v1/contacts/2", "/v1/persons/" + person} {
			if got := i.ask("GET", path, ""); got.status != 200 {
				t.Errorf("%s: got %d, want 200 at any time", path, got.status)
			}
		}
		if got := len(i.list(t, "/v1/contacts", "reference=new").Items); got != step.want {
			t.Errorf("contacts after %s: got %d, want %d", now.Now().Sub(aMoment()), got, step.want)
		}
		if got := len(i.list(t, "/v1/persons", "").Items); got != step.want {
			t.Errorf("persons after %s: got %d, want %d", now.Now().Sub(aMoment()), got, step.want)
		}
	}
	if got, want := len(i.sim.BigChange.Contacts(14532))+len(i.sim.BigChange.Persons(14532)), 3; got != want {
		t.Errorf("stored: got %d, want %d", got, want)
	}
}
