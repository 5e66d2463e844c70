package remote_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// TestItemsKeepWhatIsNamed: a list may be long, and nobody asks for most of it.
func TestItemsKeepWhatIsNamed(t *testing.T) {
	const item = `{"code": 1, "name": "A", "place": {"city": "Oslo", "zip": "0150"}, "note": "long"}`
	for _, c := range []struct {
		name string
		keep []string
		want string
	}{
		{"all of it without names", nil, item},
		{"what is named", []string{"code", "name"}, `{"code":1,"name":"A"}`},
		{"what is named twice is kept once", []string{"code", "code"}, `{"code":1}`},
		{"of a dotted name what it begins with", []string{"code", "place.city"}, `{"code":1,"place":{"city":"Oslo","zip":"0150"}}`},
		{"a name that the item does not have keeps nothing", []string{"code", "title"}, `{"code":1}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := ferryOptions(t, serve(t, always(200, `[`+item+`]`)).URL, byAddress)
			items, err := newClient(t, opts).Items(t.Context(), &opts.Target.Lookup("harbours").Listing, "code", c.keep...)
			if err != nil || len(items) != 1 || string(items[0]) != c.want {
				t.Errorf("items %s, error %v; want %s", items, err, c.want)
			}
		})
	}
}

// TestItems: a list of names is read to its end and as it is, for a name that is missing from it, or one that two things
// have, would be guessed wrong.
func TestItems(t *testing.T) {
	const envelope = `{"count": 3, "next": null, "results": [{"code": 1, "name": "A"}, {"code": 2, "name": "B"}, {"code": 3, "name": "C"}]}`
	for _, c := range []struct {
		name    string
		list    string
		id      string
		answers []http.HandlerFunc
		want    string // ids and names
		queries []string
		says    string
		is      error
	}{
		{"an envelope", "harbours", "code", []http.HandlerFunc{always(200, envelope)}, "1 A, 2 B, 3 C", []string{""}, "", nil},
		{"a bare list", "harbours", "code", []http.HandlerFunc{always(200, `[{"code": "a", "name": "A"}]`)}, "a A", []string{""}, "", nil},
		{"one item by itself", "harbours", "code", []http.HandlerFunc{always(200, `{"code": 5, "name": "E"}`)}, "5 E", []string{""}, "", nil},
		{"nothing", "harbours", "code", []http.HandlerFunc{always(200, `[]`)}, "", []string{""}, "", nil},
		{"an item without an id names nothing, and is not missed", "harbours", "code",
			[]http.HandlerFunc{always(200, `{"count": 2, "results": [{"name": "A"}, {"code": 2, "name": "B"}]}`)}, "2 B", []string{""}, "", nil},
		{"an item that is there twice counts once, and is not missed", "harbours", "code",
			[]http.HandlerFunc{always(200, `{"count": 2, "results": [{"code": 2, "name": "B"}, {"code": 2, "name": "B"}]}`)}, "2 B", []string{""}, "", nil},
		{"one thing may have two names", "harbours", "code",
			[]http.HandlerFunc{always(200, `{"count": 2, "results": [{"code": 2, "name": "B"}, {"code": 2, "name": "Bee"}]}`)}, "2 B, 2 Bee", []string{""}, "", nil},
		{"two things may have one name", "harbours", "code",
			[]http.HandlerFunc{always(200, `[{"code": 2, "name": "B"}, {"code": 3, "name": "B"}]`)}, "2 B, 3 B", []string{""}, "", nil},
		{"a list that does not hold all that it tells of", "harbours", "code",
			[]http.HandlerFunc{always(200, `{"count": 3, "results": [{"code": 2, "name": "B"}]}`)}, "", []string{""}, "2 of 3 records are not on any page", nil},
		{"pages", "berths", "id", []http.HandlerFunc{always(200, `{"results": [{"id": 1, "name": "A"}, {"id": 2, "name": "B"}]}`), always(200, `{"results": [{"id": 3, "name": "C"}]}`), always(200, `{"results": []}`)},
			"1 A, 2 B, 3 C", []string{"company=7&page=1&size=2", "company=7&page=2&size=2", "company=7&page=3&size=2"}, "", nil},
		{"items that move to the next page count once", "berths", "id", []http.HandlerFunc{
			always(200, `{"results": [{"id": 1, "name": "A"}, {"id": 2, "name": "B"}]}`), always(200, `{"results": [{"id": 2, "name": "B"}]}`)},
			"1 A, 2 B", []string{"company=7&page=1&size=2", "company=7&page=2&size=2"}, "", nil},
		{"an API that knows no pages and repeats itself", "berths", "id", []http.HandlerFunc{always(200, `[{"id": 1, "name": "A"}, {"name": "B"}]`)},
			"1 A", []string{"company=7&page=1&size=2", "company=7&page=2&size=2"}, "", nil},
		{"an API that has no such list", "berths", "id", []http.HandlerFunc{always(404, `{"detail": "What?"}`)}, "", []string{"company=7&page=1&size=2"}, "What?", remote.ErrNoList},
		{"an API that keeps the list from us", "berths", "id", []http.HandlerFunc{always(403, `{"detail": "No."}`)}, "", []string{"company=7&page=1&size=2"}, "No.", remote.ErrNoList},
		{"a page that is kept from us leaves no half a list", "berths", "id", []http.HandlerFunc{
			always(200, `{"results": [{"id": 1, "name": "A"}, {"id": 2, "name": "B"}]}`), always(403, `{"detail": "No."}`)},
			"", []string{"company=7&page=1&size=2", "company=7&page=2&size=2"}, "No.", remote.ErrNoList},
		{"wrong credentials are no matter of the list", "berths", "id", []http.HandlerFunc{always(401, `{"detail": "Who?"}`)}, "", []string{"company=7&page=1&size=2"}, "Who?", remote.ErrUnauthorized},
		{"nor is a redirect to elsewhere", "berths", "id", []http.HandlerFunc{always(302, ``, "Location", "https://example.com/login")}, "",
			[]string{"company=7&page=1&size=2"}, "302", remote.ErrMisdirected},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := serve(t, inTurn(c.answers...))
			opts := ferryOptions(t, server.URL, byAddress)
			items, err := newClient(t, opts).Items(t.Context(), &opts.Target.Lookup(c.list).Listing, c.id)
			var got []string
			for _, item := range items {
				id, _ := model.ReadText(item, c.id)
				name, _ := model.ReadText(item, "name")
				got = append(got, id+" "+name)
			}
			if err == nil && strings.Join(got, ", ") != c.want || (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("items %q, error %v; want %q, saying %q", got, err, c.want, c.says)
			}
			for _, is := range []error{remote.ErrNoList, remote.ErrUnauthorized, remote.ErrMisdirected} {
				if errors.Is(err, is) != (is == c.is) {
					t.Errorf("error %v is %q: %v", err, is, errors.Is(err, is))
				}
			}
			if forbidden := strings.Contains(c.says, "No."); errors.Is(err, plan.ErrAccount) != forbidden {
				t.Errorf("error %v is of the account: %v, want %v", err, !forbidden, forbidden)
			}
			checkQueries(t, server, c.queries)
			if started := opts.Pacer.Stats().Started; started != len(c.queries) {
				t.Errorf("%d requests passed the pacer, want %d", started, len(c.queries))
			}
		})
	}
}
