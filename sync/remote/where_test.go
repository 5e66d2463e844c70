package remote_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// turned is a page as it was handed on, in words: its ids, and the mark behind it.
func turned(page []plan.Found, m remote.Mark) string {
	var ids []string
	for i := range page {
		ids = append(ids, page[i].ID)
	}
	return fmt.Sprintf("[%s] %d/%d of %d", strings.Join(ids, " "), m.Pages, m.Got, m.Total)
}

// pagesOf reads the contacts of customer 1 from a mark on, and returns the pages and the last mark.
func pagesOf(t *testing.T, server string, from remote.Mark, seen map[string]bool) (pages []string, last remote.Mark, err error) {
	t.Helper()
	opts := croOptions(t, server)
	where := remote.Where{Parent: recordOf(t, opts, "customer_id", "1")}
	err = newClient(t, opts).Pages(t.Context(), where, from, seen, func(page []plan.Found, m remote.Mark) error {
		pages, last = append(pages, turned(page, m)), m
		return nil
	})
	return pages, last, err
}

// TestPagesGoOn reads two of three pages, and the third with another client, as another process would.
func TestPagesGoOn(t *testing.T) {
	stop := errors.New("enough")
	server := serve(t, inTurn(page("1 2 3", 3, 1, 3, 7), page("4 5 6", 3, 2, 3, 7), page("7", 3, 3, 3, 7)))
	opts := croOptions(t, server.URL)
	where := remote.Where{Parent: recordOf(t, opts, "customer_id", "1")}
	seen := map[string]bool{}
	var mark remote.Mark
	err := newClient(t, opts).Pages(t.Context(), where, remote.Mark{}, seen, func(_ []plan.Found, m remote.Mark) error {
		if mark = m; m.Pages == 2 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || mark.Left() != 1 {
		t.Fatalf("error %v and %d pages left, want the taker's own and 1", err, mark.Left())
	}
	pages, last, err := pagesOf(t, server.URL, mark, seen)
	if err != nil || !slices.Equal(pages, []string{"[7] 3/7 of 7"}) || last.Next != "" {
		t.Errorf("pages %q, next %q, error %v; want the third alone", pages, last.Next, err)
	}
	checkQueries(t, server, []string{"", "page_index=2&page_limit=3", "page_index=3&page_limit=3"})
}

// TestPagesThatCannotGoOn reads a list again from its beginning where going on does not lead to its end.
func TestPagesThatCannotGoOn(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers []http.HandlerFunc
		pages   []string
	}{
		{"the page is refused, as a cursor is that has run out", []http.HandlerFunc{always(400, `{"detail": "no such page"}`), page("1 2 3 4", 9, 1, 1, 4)},
			[]string{"[1 2 3 4] 1/4 of 4"}},
		{"records are missing that have moved to a page before", []http.HandlerFunc{page("6", 3, 2, 2, 6), page("1 2 3", 3, 1, 2, 6), page("4 5 6", 3, 2, 2, 6)},
			[]string{"[6] 2/4 of 6", "[1 2 3] 1/3 of 6", "[4 5 6] 2/6 of 6"}},
		{"there is no such page any more", []http.HandlerFunc{always(404, `{}`), page("1 2", 3, 1, 1, 2)}, []string{"[1 2] 1/2 of 2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := serve(t, inTurn(c.answers...))
			from := remote.Mark{Pages: 1, Size: 3, Got: 3, Total: 6, Next: server.URL + "/customers/1/contacts?page_index=2&page_limit=3"}
			pages, _, err := pagesOf(t, server.URL, from, map[string]bool{"1": true, "2": true, "3": true})
			if err != nil || !slices.Equal(pages, c.pages) {
				t.Errorf("pages %q, error %v; want %q", pages, err, c.pages)
			}
		})
	}
}

// TestPagesAreNotReadAgain leaves it at one try where the beginning would fare no better.
func TestPagesAreNotReadAgain(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		is     error
	}{
		{"the credentials are not accepted", always(401, `{}`), remote.ErrUnauthorized},
		{"the API is down", always(503, `{}`), remote.ErrUnreachable},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := serve(t, c.answer)
			from := remote.Mark{Pages: 1, Size: 3, Got: 3, Total: 6, Next: server.URL + "/customers/1/contacts?page_index=2&page_limit=3"}
			pages, _, err := pagesOf(t, server.URL, from, map[string]bool{})
			if len(pages) != 0 || !errors.Is(err, c.is) {
				t.Errorf("pages %q, error %v; want none and %v", pages, err, c.is)
			}
			for _, r := range server.seen() {
				if r.query != "page_index=2&page_limit=3" {
					t.Errorf("the list was asked for with %q", r.query)
				}
			}
		})
	}
}

// TestARecordThatMovesComesOnce has a record on two pages.
func TestARecordThatMovesComesOnce(t *testing.T) {
	server := serve(t, inTurn(page("1 2 3", 3, 1, 3, 7), page("3 4 5", 3, 2, 3, 7), page("6 7", 3, 3, 3, 7)))
	pages, _, err := pagesOf(t, server.URL, remote.Mark{}, map[string]bool{})
	if want := []string{"[1 2 3] 1/3 of 7", "[4 5] 2/5 of 7", "[6 7] 3/7 of 7"}; err != nil || !slices.Equal(pages, want) {
		t.Errorf("pages %q, error %v; want %q", pages, err, want)
	}
}

// TestAMarkLeadsNowhereElse refuses to go on at another host: the file of a mark could have been changed.
func TestAMarkLeadsNowhereElse(t *testing.T) {
	server := serve(t, page("1 2", 3, 1, 1, 2))
	pages, _, err := pagesOf(t, server.URL, remote.Mark{Pages: 1, Next: "https://elsewhere.test/customers/1/contacts"}, map[string]bool{})
	if err != nil || !slices.Equal(pages, []string{"[1 2] 1/2 of 2"}) {
		t.Errorf("pages %q, error %v; want the list from its beginning", pages, err)
	}
	checkQueries(t, server, []string{""})
}

// TestFiltersGoIntoTheQuery asks for people of one contact by a name: the parameters are those of the document, on every page.
func TestFiltersGoIntoTheQuery(t *testing.T) {
	people := func(ids string, n int) http.HandlerFunc {
		return always(200, fmt.Sprintf(`{"items": %s, "pageNumber": 1, "pageSize": 2, "pageItemCount": %d}`, records(ids), n))
	}
	server := serve(t, inTurn(people("1 2", 2), people("3", 1)))
	opts := optionsFor(t, func() (*model.Target, error) { return model.Load("bigchange") }, server.URL)
	opts.Resource, _ = opts.Target.Resource("person")
	opts.Account = map[string]string{"customer_id": "7"}
	got := 0
	where := remote.Where{Parent: opts.Resource.Model.NewRecord(), Values: map[string]string{"contactId": "12", "surname": "O'Neil & Co"}}
	err := newClient(t, opts).Pages(context.Background(), where, remote.Mark{}, map[string]bool{}, func(page []plan.Found, _ remote.Mark) error {
		got += len(page)
		return nil
	})
	if err != nil || got != 3 {
		t.Fatalf("%d records and error %v, want 3", got, err)
	}
	const filter = "contactId=12&pageNumber=%d&pageSize=%d&surname=O%%27Neil+%%26+Co"
	checkQueries(t, server, []string{fmt.Sprintf(filter, 1, 1000), fmt.Sprintf(filter, 2, 2)})
}
