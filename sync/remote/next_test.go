package remote_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// ferry is an invented API whose lists tell of the page that follows, by a cursor or by its address, and whose account goes
// into the query of reads and the body of writes.
const ferry = `
openapi: 3.1.0
info: { title: Ferry, version: '1' }
servers: [{ url: https://ferry.test/v1 }]
x-rollcall:
  version: 1
  name: ferry
  title: Ferry
  account:
    company: { in: [query, body], param: company, type: integer, required: true, except: [listHarbours, sink] }
  auth: { methods: [bearer] }
  errors: { message: [detail] }
  slash: { read: true }
  lookups:
    harbours: { operation: listHarbours, items: results, next: next, total: count, id: code, by: { name: name } }
    berths: { operation: listBerths, items: results, page_param: page, size_param: size, size: 2, id: id, by: { name: name } }
  resources:
    crossing:
      create: addCrossing
      update: changeCrossing
      replace_with: replaceCrossing
      get: showCrossing
      id: { field: id, param: crossing }
      list: { operation: listCrossings, items: results, total: count, PAGES }
      key: [name]
      custom: { list: extras, id: id, value: value, merge: false, types: { default: Extra } }
      fields: { harbour: { lookup: harbours, names_in_answers: true } }
paths:
  /harbours/:
    get: { operationId: listHarbours, responses: { '200': { description: Harbours. } } }
  /berths/:
    get:
      operationId: listBerths
      parameters: [{ name: page, in: query, schema: { type: integer } }, { name: size, in: query, schema: { type: integer } }]
      responses: { '200': { description: Berths. } }
  /crossings/:
    get:
      operationId: listCrossings
      parameters: [{ name: after, in: query, schema: { type: string } }, { name: size, in: query, schema: { type: integer } }]
      responses: { '200': { description: Crossings. } }
  /crossings:
    post:
      operationId: addCrossing
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Crossing' } } } }
      responses: { '201': { description: Done. } }
  /crossings/{crossing}/:
    parameters: [{ name: crossing, in: path, required: true, schema: { type: string } }]
    get: { operationId: showCrossing, responses: { '200': { description: A crossing. } } }
  /crossings/{crossing}:
    parameters: [{ name: crossing, in: path, required: true, schema: { type: string } }]
    patch:
      operationId: changeCrossing
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Crossing' } } } }
      responses: { '200': { description: Done. } }
    put:
      operationId: replaceCrossing
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Crossing' } } } }
      responses: { '200': { description: Done. } }
    delete: { operationId: sink, responses: { '204': { description: Done. } } }
components:
  schemas:
    Extra: { type: string, maxLength: 50 }
    Crossing:
      type: object
      additionalProperties: false
      properties:
        company: { type: integer }
        name: { type: string }
        note: { type: string }
        harbour: { type: integer }
        extras:
          type: array
          items: { type: object, additionalProperties: false, properties: { id: { type: integer }, value: { type: string } } }
`

// The ways in which the ferry's list goes on.
const (
	byCursor  = "next: next, cursor_param: after, size_param: size, size: 2"
	byAddress = "next: links.next"
)

// loadFerries reads the ferry once for each way.
var loadFerries = map[string]func() (*model.Target, error){
	byCursor: sync.OnceValues(func() (*model.Target, error) {
		return model.Parse("ferry.yaml", []byte(strings.Replace(ferry, "PAGES", byCursor, 1)))
	}),
	byAddress: sync.OnceValues(func() (*model.Target, error) {
		return model.Parse("ferry.yaml", []byte(strings.Replace(ferry, "PAGES", byAddress, 1)))
	}),
}

// ferryOptions lead to a Ferry server at base.
func ferryOptions(t testing.TB, base, pages string) remote.Options {
	t.Helper()
	opts := optionsFor(t, loadFerries[pages], base)
	opts.Account = map[string]string{"company": "7"}
	return opts
}

// crossings is a page with the member next, as JSON, and how many records there are in all; -1 if it does not say.
func crossings(ids, next string, total int) http.HandlerFunc {
	count := ""
	if total >= 0 {
		count = fmt.Sprintf(`"count": %d, `, total)
	}
	return always(200, fmt.Sprintf(`{%s"next": %s, "links": {"next": %[2]s}, "results": %s}`, count, next, records(ids)))
}

// pageTo is a page whose address of the next one depends on the server's own.
func pageTo(ids, next string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		crossings(ids, fmt.Sprintf("%q", strings.ReplaceAll(next, "HOST", r.Host)), -1)(w, r)
	}
}

// TestListsThatTellOfTheNextPage: no record is left out, nothing is asked for twice, and no page leads in circles.
func TestListsThatTellOfTheNextPage(t *testing.T) {
	const first = "company=7&size=2"
	for _, c := range []struct {
		name    string
		pages   string
		answers []http.HandlerFunc
		ids     string
		queries []string
		says    string
	}{
		{"a cursor leads to the next page, until there is none", byCursor, []http.HandlerFunc{crossings("1 2", `"b c"`, 3), crossings("3", "null", 3)},
			"1 2 3", []string{first, "after=b+c&company=7&size=2"}, ""},
		{"an empty cursor is none", byCursor, []http.HandlerFunc{crossings("1 2", `""`, -1)}, "1 2", []string{first}, ""},
		{"a cursor may be a number", byCursor, []http.HandlerFunc{crossings("1 2", `41`, -1), crossings("3", "null", -1)}, "1 2 3",
			[]string{first, "after=41&company=7&size=2"}, ""},
		{"a page that is not full is not the last for that", byCursor, []http.HandlerFunc{crossings("1", `"b"`, -1), crossings("2 3", "null", -1)},
			"1 2 3", []string{first, "after=b&company=7&size=2"}, ""},
		{"an empty page in the middle is not the end", byCursor, []http.HandlerFunc{crossings("1 2", `"b"`, -1), crossings("", `"c"`, -1), crossings("3", "null", -1)},
			"1 2 3", []string{first, "after=b&company=7&size=2", "after=c&company=7&size=2"}, ""},
		{"a cursor that leads to its own page ends the list", byCursor, []http.HandlerFunc{crossings("1 2", `"b"`, -1), crossings("3", `"b"`, -1)},
			"1 2 3", []string{first, "after=b&company=7&size=2"}, ""},
		{"so do cursors that lead in a circle", byCursor,
			[]http.HandlerFunc{crossings("1", `"b"`, -1), crossings("2", `"c"`, -1), crossings("3", `"b"`, -1)},
			"1 2 3", []string{first, "after=b&company=7&size=2", "after=c&company=7&size=2"}, ""},
		{"a circle that keeps records back is an error", byCursor, []http.HandlerFunc{crossings("1", `"b"`, 3), crossings("2", `"b"`, 3)},
			"1 2", []string{first, "after=b&company=7&size=2"}, "1 of 3 records are not on any page"},
		{"a list that ends too soon is one too", byCursor, []http.HandlerFunc{crossings("1 2", "null", 3)}, "1 2", []string{first}, "1 of 3 records"},
		{"a record twice on one page counts as often as the API counts it", byCursor, []http.HandlerFunc{crossings("1 1 2", "null", 3)}, "1 2", []string{first}, ""},
		{"a record of an earlier page does not", byCursor, []http.HandlerFunc{crossings("1 2", `"b"`, 3), crossings("2", `null`, 3)},
			"1 2", []string{first, "after=b&company=7&size=2"}, "1 of 3 records"},
		{"a bare list has no next page", byCursor, []http.HandlerFunc{always(200, records("1 2 3"))}, "1 2 3", []string{first}, ""},
		{"one record by itself is a list of one", byCursor, []http.HandlerFunc{always(200, `{"id": 5, "name": "Ida"}`)}, "5", []string{first}, ""},
		{"an answer that is neither is no list", byCursor, []http.HandlerFunc{always(200, `{"name": "Ida"}`)}, "", []string{first}, `no list "results"`},

		{"an address leads to the next page", byAddress, []http.HandlerFunc{pageTo("1 2", "http://HOST/v1/crossings/?company=7&p=2"), crossings("3", "null", -1)},
			"1 2 3", []string{"company=7", "company=7&p=2"}, ""},
		{"the address may be relative", byAddress, []http.HandlerFunc{pageTo("1", "?company=7&p=2"), pageTo("2", "/v1/crossings/?company=7&p=3"), crossings("3", "null", -1)},
			"1 2 3", []string{"company=7", "company=7&p=2", "company=7&p=3"}, ""},
		{"an empty page in the middle is not the end here either", byAddress, []http.HandlerFunc{pageTo("1", "?p=2"), pageTo("", "?p=3"), crossings("2", "null", -1)},
			"1 2", []string{"company=7", "p=2", "p=3"}, ""},
		{"addresses that lead in a circle end the list", byAddress, []http.HandlerFunc{pageTo("1", "?p=2"), pageTo("2", "?p=3"), pageTo("3", "?p=2")},
			"1 2 3", []string{"company=7", "p=2", "p=3"}, ""},
		{"credentials go to no other host", byAddress, []http.HandlerFunc{pageTo("1", "http://example.com/v1/crossings/?p=2")},
			"1", []string{"company=7"}, "leads to another host; check connection.base_url"},
		{"nor to another port", byAddress, []http.HandlerFunc{pageTo("1", "http://127.0.0.1:1/v1/crossings/?p=2")}, "1", []string{"company=7"}, "another host"},
		{"nor along with a name", byAddress, []http.HandlerFunc{pageTo("1", "http://ida@HOST/v1/crossings/?p=2")}, "1", []string{"company=7"}, "another host"},
		{"an address that is none", byAddress, []http.HandlerFunc{pageTo("1", "http://%zz")}, "1", []string{"company=7"}, "another host"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := serve(t, inTurn(c.answers...))
			opts := ferryOptions(t, server.URL, c.pages)
			var ids []string
			err := newClient(t, opts).List(t.Context(), nil, func(f plan.Found) error {
				ids = append(ids, f.ID)
				return nil
			})
			if got := strings.Join(ids, " "); got != c.ids || (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("ids %q, error %v; want %q, saying %q", got, err, c.ids, c.says)
			}
			checkQueries(t, server, c.queries)
		})
	}
}

// TestPagesWithoutEndEnd: a server that makes up pages forever is an error, and not a list that seems complete.
func TestPagesWithoutEndEnd(t *testing.T) {
	for _, pages := range []string{byCursor, byAddress} {
		n := 0
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			n++
			crossings("1 2", fmt.Sprintf(`"?p=%d"`, n), -1)(w, r)
		})
		err := newClient(t, ferryOptions(t, server.URL, pages)).List(t.Context(), nil, func(plan.Found) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "nothing new is on them") || n > 200 {
			t.Errorf("error = %v after %d pages, want one that says that nothing new comes, and soon", err, n)
		}
	}
}

// TestAnAddressKeepsItsTLS: a server behind a proxy may think that it speaks without.
func TestAnAddressKeepsItsTLS(t *testing.T) {
	server := newAPI(t, inTurn(pageTo("1", "http://HOST/v1/crossings/?p=2"), crossings("2", "null", -1)))
	server.StartTLS()
	opts := ferryOptions(t, server.URL, byAddress)
	opts.Insecure = true
	n := 0
	err := newClient(t, opts).List(t.Context(), nil, func(plan.Found) error {
		n++
		return nil
	})
	if err != nil || n != 2 {
		t.Errorf("%d records, error %v; want 2 and none", n, err)
	}
	checkQueries(t, server, []string{"company=7", "p=2"})
}

// TestAnAccountInQueryAndBody: reads have it in the query, writes in the body, and operations that do without it nowhere.
func TestAnAccountInQueryAndBody(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/5/"):
			always(200, `{"id": 5, "name": "Ida"}`)(w, r)
		case r.Method == http.MethodGet:
			always(200, `[]`)(w, r)
		default:
			always(200, `{"id": 5}`)(w, r)
		}
	})
	opts := ferryOptions(t, server.URL, byAddress)
	client := newClient(t, opts)
	list := func(name string) error {
		_, err := client.Items(t.Context(), &opts.Target.Lookup(name).Listing, "id")
		return err
	}
	record := recordOf(t, opts, "name", "Ida")
	_, _, err := client.Get(t.Context(), "5", nil)
	if err = errors.Join(err, list("harbours"), list("berths")); err != nil {
		t.Fatal(err)
	}
	client.Write(t.Context(), &plan.Change{Action: plan.Create, Record: record}, "id")
	client.Write(t.Context(), &plan.Change{Action: plan.Update, ID: "5", Record: record}, "id")
	client.Write(t.Context(), &plan.Change{Action: plan.Update, ID: "5", Record: opts.Resource.Model.NewRecord()}, "id")
	want := []string{
		"GET /crossings/5/ company=7 ", "GET /harbours/  ", "GET /berths/ company=7&page=1&size=2 ",
		`POST /crossings  {"company":7,"name":"Ida"}`, `PATCH /crossings/5  {"company":7,"name":"Ida"}`, `PATCH /crossings/5  {"company":7}`,
	}
	var got []string
	for _, r := range server.seen() {
		got = append(got, strings.Join([]string{r.method, r.path, r.query, r.body}, " "))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
