package remote_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// page is a page of CRO contacts with its figures, as CustomerContactListModel has them.
func page(ids string, limit, number, pages, total int) http.HandlerFunc {
	return always(200, fmt.Sprintf(`{"current_limit": %d, "current_page": %d, "results": %s, "total_pages": %d, "total_count": %d}`, limit, number, records(ids), pages, total))
}

// records is a list of records with the ids in words.
func records(ids string) string {
	var out []string
	for _, id := range strings.Fields(ids) {
		out = append(out, `{"id": `+id+`}`)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// idsOf lists below customer 1.
func idsOf(t *testing.T, client *remote.Client, opts remote.Options) (string, error) {
	t.Helper()
	var ids []string
	err := client.List(t.Context(), recordOf(t, opts, "customer_id", "1"), func(f plan.Found) error {
		ids = append(ids, f.ID)
		return nil
	})
	return strings.Join(ids, " "), err
}

// listing is one way in which CRO may answer a list.
type listing struct {
	name    string
	answers []http.HandlerFunc
	ids     string
	queries []string
	says    string // of the error; "" = none
}

// check lists the contacts of a customer.
func (c listing) check(t *testing.T) {
	server := serve(t, inTurn(c.answers...))
	opts := croOptions(t, server.URL)
	ids, err := idsOf(t, newClient(t, opts), opts)
	if ids != c.ids || (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
		t.Errorf("ids %q, error %v; want %q, saying %q", ids, err, c.ids, c.says)
	}
	checkQueries(t, server, c.queries)
	if started := opts.Pacer.Stats().Started; started != len(c.queries) {
		t.Errorf("%d requests passed the pacer, want %d", started, len(c.queries))
	}
}

func TestListOfCRO(t *testing.T) {
	const second = "page_index=2&page_limit=3"
	for _, c := range []listing{
		{name: "no records", answers: []http.HandlerFunc{page("", 100, 1, 0, 0)}, queries: []string{""}},
		{name: "one page is asked for plainly", answers: []http.HandlerFunc{page("1 2 3", 100, 1, 1, 3)}, ids: "1 2 3", queries: []string{""}},
		{
			name:    "further pages are as long as the first turned out to be",
			answers: []http.HandlerFunc{page("1 2 3", 3, 1, 3, 7), page("4 5 6", 3, 2, 3, 7), page("7", 3, 3, 3, 7)},
			ids:     "1 2 3 4 5 6 7", queries: []string{"", second, "page_index=3&page_limit=3"},
		},
		{
			name:    "without a figure for its length, the others are as long as the first",
			answers: []http.HandlerFunc{always(200, `{"results": [{"id": 1}], "total_pages": 2}`), page("2", 1, 2, 2, 2)},
			ids:     "1 2", queries: []string{"", "page_index=2&page_limit=1"},
		},
		{
			name:    "records that move to the next page while it is read count once",
			answers: []http.HandlerFunc{page("1 2 3", 3, 1, 2, 6), page("3 4 5 6", 3, 2, 2, 6)},
			ids:     "1 2 3 4 5 6", queries: []string{"", second},
		},
		{
			name:    "an API that repeats its first page and shows all on it",
			answers: []http.HandlerFunc{page("1 2 3 4", 3, 1, 2, 4)}, ids: "1 2 3 4", queries: []string{"", second},
		},
		{
			name:    "an API that repeats its first page and keeps some back",
			answers: []http.HandlerFunc{page("1 2 3", 3, 1, 2, 4)}, ids: "1 2 3", queries: []string{"", second},
			says: "1 of 4 records are not on any page",
		},
		{
			name:    "a page that was to hold records and holds none",
			answers: []http.HandlerFunc{page("", 3, 1, 1, 4)}, queries: []string{""}, says: "4 of 4 records are not on any page",
		},
		{
			name:    "a last page that comes too soon",
			answers: []http.HandlerFunc{page("1 2 3", 3, 1, 1, 4)}, ids: "1 2 3", queries: []string{""}, says: "1 of 4 records are not on any page",
		},
		{
			name:    "records that go while they are listed are not missed",
			answers: []http.HandlerFunc{page("1 2 3", 3, 1, 2, 5), page("4", 3, 2, 2, 4)}, ids: "1 2 3 4", queries: []string{"", second},
		},
		{
			name:    "a page that is gone was the last if nothing is missing",
			answers: []http.HandlerFunc{page("1 2 3", 3, 1, 2, 3), always(404, `{"detail": "No such page."}`)}, ids: "1 2 3", queries: []string{"", second},
		},
		{
			name:    "a page that is gone with records on it",
			answers: []http.HandlerFunc{page("1 2 3", 3, 1, 2, 5), always(404, `{"detail": "No such page."}`)}, ids: "1 2 3", queries: []string{"", second},
			says: "2 of 5 records are not on any page",
		},
	} {
		t.Run(c.name, c.check)
	}
}

// TestListsWithoutFigures: what cannot be read is an error, never an empty list.
func TestListsWithoutFigures(t *testing.T) {
	for _, c := range []listing{
		{name: "a list without an envelope: whether there is more is not said, so it is asked", answers: []http.HandlerFunc{always(200, records("1 2"))}, ids: "1 2", queries: []string{"", "page_index=2&page_limit=2"}},
		{name: "an empty list without an envelope", answers: []http.HandlerFunc{always(200, `[]`)}, queries: []string{""}},
		{name: "an envelope without figures", answers: []http.HandlerFunc{always(200, `{"results": [{"id": 1}]}`)}, ids: "1", queries: []string{"", "page_index=2&page_limit=1"}},
		{
			name:    "figures that are none",
			answers: []http.HandlerFunc{always(200, `{"results": [{"id": 1}], "total_count": null, "total_pages": "2", "current_limit": {}}`)}, ids: "1", queries: []string{"", "page_index=2&page_limit=1"},
		},
		{name: "null for no records", answers: []http.HandlerFunc{always(200, `{"results": null, "total_count": 0}`)}, queries: []string{""}},
		{name: "null for records that there are", answers: []http.HandlerFunc{always(200, `{"results": null, "total_count": 2}`)}, queries: []string{""}, says: "2 of 2 records"},
		{name: "null instead of an answer", answers: []http.HandlerFunc{always(200, `null`)}, queries: []string{""}, says: "page 1: the answer is neither a JSON object nor a list"},
		{name: "nothing", answers: []http.HandlerFunc{always(200, ``)}, queries: []string{""}, says: "neither a JSON object nor a list"},
		{name: "204 is no list", answers: []http.HandlerFunc{always(204, ``)}, queries: []string{""}, says: "neither a JSON object nor a list"},
		{name: "a page of a proxy", answers: []http.HandlerFunc{always(200, `<html>`)}, queries: []string{""}, says: "neither a JSON object nor a list"},
		{name: "a page of a proxy in the middle", answers: []http.HandlerFunc{page("1 2 3", 3, 1, 2, 5), always(200, `<html>`)}, ids: "1 2 3", queries: []string{"", "page_index=2&page_limit=3"}, says: "page 2: the answer"},
		{name: "another envelope", answers: []http.HandlerFunc{always(200, `{"items": []}`)}, queries: []string{""}, says: `the answer has no list "results"`},
		{name: "records that are no list", answers: []http.HandlerFunc{always(200, `{"results": {"id": 1}}`)}, queries: []string{""}, says: `the answer has no list "results"`},
		{name: "a record that is no object", answers: []http.HandlerFunc{always(200, `[{"id": 1}, 2]`)}, ids: "1", queries: []string{""}, says: "read a cro/contact record"},
		{name: "a record without an id", answers: []http.HandlerFunc{always(200, `[{"id": 1}, {"name": "Ida"}]`)}, ids: "1", queries: []string{""}, says: "the answer has no id"},
	} {
		t.Run(c.name, c.check)
	}
}

// checkQueries compares the queries that a server saw.
func checkQueries(t *testing.T, server *api, want []string) {
	t.Helper()
	var got []string
	for _, r := range server.seen() {
		got = append(got, r.query)
	}
	if !slices.Equal(got, want) {
		t.Errorf("queries %q, want %q", got, want)
	}
}

// sites is a page of the Depot, whose figures and records stand below one property.
func sites(ids string, count, all int) http.HandlerFunc {
	var list []string
	for _, id := range strings.Fields(ids) {
		list = append(list, fmt.Sprintf(`{"data": {"id": %q}}`, id))
	}
	return always(200, fmt.Sprintf(`{"data": {"items": [%s], "n": %d, "all": %d}}`, strings.Join(list, ", "), count, all))
}

// TestListWithACount pages until a page is not full. The Depot's pages have three places.
func TestListWithACount(t *testing.T) {
	const one, two, three = "page=1&size=3", "page=2&size=3", "page=3&size=3"
	for _, c := range []struct {
		name    string
		answers []http.HandlerFunc
		ids     string
		queries []string
		is      error
		says    string
	}{
		{name: "a page that is not full is the last", answers: []http.HandlerFunc{sites("a b", 2, 2)}, ids: "a b", queries: []string{one}},
		{name: "after a full page there may be another", answers: []http.HandlerFunc{sites("a b c", 3, 4), sites("d", 1, 4)}, ids: "a b c d", queries: []string{one, two}},
		{name: "or an empty one", answers: []http.HandlerFunc{sites("a b c", 3, 3), sites("", 0, 3)}, ids: "a b c", queries: []string{one, two}},
		{name: "or none", answers: []http.HandlerFunc{sites("a b c", 3, 3), always(404, ``)}, ids: "a b c", queries: []string{one, two}},
		{name: "an API that ignores the page and shows all", answers: []http.HandlerFunc{sites("a b c d e", 5, 5)}, ids: "a b c d e", queries: []string{one, two}},
		{name: "without any figure only a page without news is the end: the API may give less than it was asked for",
			answers: []http.HandlerFunc{always(200, `{"data": {"items": [{"data": {"id": "a"}}]}}`), always(200, `{"data": {"items": [{"data": {"id": "b"}}]}}`),
				always(200, `{"data": {"items": []}}`)}, ids: "a b", queries: []string{one, two, three}},
		{name: "three pages", answers: []http.HandlerFunc{sites("a b c", 3, 7), sites("d e f", 3, 7), sites("g", 1, 7)}, ids: "a b c d e f g", queries: []string{one, two, three}},
		{name: "the envelope lacks its inner part", answers: []http.HandlerFunc{always(200, `{"data": []}`)}, queries: []string{one}, says: `no list "data.items"`},
		{name: "there are no parents to be missing: the address is wrong", answers: []http.HandlerFunc{always(404, ``)}, queries: []string{one}, says: "check connection.path_prefix and base_url"},
		{name: "there are no parents to be kept from us: it is the account", answers: []http.HandlerFunc{always(403, `{"detail": "No."}`)}, queries: []string{one}, is: plan.ErrAccount, says: "No."},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := serve(t, inTurn(c.answers...))
			opts := depotOptions(t, server.URL)
			var ids []string
			err := newClient(t, opts).List(t.Context(), nil, func(f plan.Found) error {
				ids = append(ids, f.ID)
				return nil
			})
			if got := strings.Join(ids, " "); got != c.ids || (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("ids %q, error %v; want %q, saying %q", got, err, c.ids, c.says)
			}
			if c.is != nil && !errors.Is(err, c.is) || isParentNotFound(err) || errors.Is(err, plan.ErrParentForbidden) {
				t.Errorf("error = %v, want %v and no word of a parent", err, c.is)
			}
			checkQueries(t, server, c.queries)
		})
	}
}

// TestListWithACountButNoSize: BigChange is asked for a thousand records, counts those of the page, and may give fewer than it was
// asked for. Only its own word on the size of a page makes a short one the last.
func TestListWithACountButNoSize(t *testing.T) {
	sites := func(ids string, count int, size string) http.HandlerFunc {
		return always(200, fmt.Sprintf(`{"items": %s, "pageNumber": 1, "pageItemCount": %d%s}`, records(ids), count, size))
	}
	const one, two, three = "pageNumber=1&pageSize=1000", "pageNumber=2&pageSize=1000", "pageNumber=3&pageSize=1000"
	for _, c := range []struct {
		name    string
		answers []http.HandlerFunc
		ids     string
		queries []string
	}{
		{"a cap that is not told is read on to the end", []http.HandlerFunc{sites("1 2", 2, ""), sites("3", 1, ""), sites("", 0, "")}, "1 2 3", []string{one, two, three}},
		{"or to a page that is not there", []http.HandlerFunc{sites("1 2", 2, ""), always(404, ``)}, "1 2", []string{one, two}},
		{"a size of null is none", []http.HandlerFunc{sites("1 2", 2, `, "pageSize": null`), sites("3", 1, `, "pageSize": null`), sites("", 0, "")}, "1 2 3", []string{one, two, three}},
		{"a cap that is told ends at a page that is not full", []http.HandlerFunc{sites("1 2", 2, `, "pageSize": 2`), sites("3", 1, `, "pageSize": 2`)}, "1 2 3",
			[]string{one, "pageNumber=2&pageSize=2"}},
		{"a page that could have held more is the last", []http.HandlerFunc{sites("1 2", 2, `, "pageSize": 1000`)}, "1 2", []string{one}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := serve(t, inTurn(c.answers...))
			opts := optionsFor(t, loadBigChange, server.URL)
			opts.Account = map[string]string{"customer_id": "7"}
			var ids []string
			err := newClient(t, opts).List(t.Context(), recordOf(t, opts), func(f plan.Found) error {
				ids = append(ids, f.ID)
				return nil
			})
			if got := strings.Join(ids, " "); got != c.ids || err != nil {
				t.Errorf("ids %q, error %v; want %q", got, err, c.ids)
			}
			checkQueries(t, server, c.queries)
		})
	}
}

// loadBigChange reads the target once: nobody writes to it.
var loadBigChange = sync.OnceValues(func() (*model.Target, error) { return model.Load("bigchange") })

func TestWhatAListSaysOfItsParent(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		want   error
	}{
		{"no such parent", always(404, `{"detail": "No such customer."}`), plan.ErrParentNotFound},
		{"a parent that is kept from us", always(403, `{"detail": "Not your customer."}`), plan.ErrParentForbidden},
		{"wrong credentials are no matter of the parent", always(401, `{"detail": "x"}`), remote.ErrUnauthorized},
		{"nor is an API that is down", always(500, `{"detail": "x"}`), remote.ErrUnreachable},
		{"nor is a redirect", always(302, ``, "Location", "https://example.com/login"), remote.ErrMisdirected},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := croOptions(t, serve(t, c.answer).URL)
			ids, err := idsOf(t, newClient(t, opts), opts)
			for _, is := range []error{plan.ErrParentNotFound, plan.ErrParentForbidden, plan.ErrAccount, remote.ErrUnauthorized, remote.ErrUnreachable, remote.ErrMisdirected} {
				if errors.Is(err, is) != (is == c.want) {
					t.Errorf("error %v is %q: %v", err, is, errors.Is(err, is))
				}
			}
			if ids != "" {
				t.Errorf("it listed %q", ids)
			}
			for _, twice := range []string{"not found: not found", "not accessible: forbidden"} {
				if strings.Contains(err.Error(), twice) {
					t.Errorf("the error says it twice: %v", err)
				}
			}
		})
	}
}

func TestAListEndsWhenItsTakerDoes(t *testing.T) {
	server := serve(t, inTurn(page("1 2 3", 3, 1, 2, 6), page("4 5 6", 3, 2, 2, 6)))
	opts := croOptions(t, server.URL)
	enough := errors.New("enough")
	n := 0
	err := newClient(t, opts).List(t.Context(), customer(t, opts), func(plan.Found) error {
		n++
		return enough
	})
	if !errors.Is(err, enough) || n != 1 || len(server.seen()) != 1 {
		t.Errorf("error = %v after %d records and %d requests, want the taker's own after one of each", err, n, len(server.seen()))
	}
}
