package remote_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

func TestGet(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		found  bool
		is     error
		says   string // of the error; "" and no is: none
	}{
		{name: "the record", answer: always(200, `{"id": 5, "name": "Ida", "fax": null, "notify_on_new_request": true, "shoe_size": 41}`), found: true},
		{name: "no such record", answer: always(404, `{"detail": "x"}`)},
		{name: "a record that is kept from us may well be there", answer: always(403, `{"detail": "x"}`), is: plan.ErrParentForbidden},
		{name: "another record than was asked for is not the record", answer: always(200, `{"id": 6, "name": "Ida"}`)},
		{name: "a record without an id", answer: always(200, `{"name": "Ida"}`), says: "the answer has no id"},
		{name: "a list", answer: always(200, `[{"id": 5}]`), says: "read a cro/contact record"},
		{name: "a page of a proxy", answer: always(200, `<html>`), says: "read a cro/contact record"},
		{name: "nothing", answer: always(200, ``), says: "read a cro/contact record"},
		{name: "wrong credentials", answer: always(401, `{"detail": "Token expired."}`), is: remote.ErrUnauthorized, says: "Token expired."},
		{name: "wrong credentials, and half a text", answer: always(401, `{"detail"`, "Content-Length", "99"), is: remote.ErrUnauthorized, says: "check connection.auth"},
		{name: "a refusal", answer: always(422, `{"detail": "No."}`), says: "GET /customers/{customer_id}/contacts/{customer_contact_id}: HTTP 422: No."},
		{name: "an API that is down", answer: always(503, `{"detail": "Later."}`), is: remote.ErrUnreachable, says: "HTTP 503: Later."},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := croOptions(t, serve(t, c.answer).URL)
			got, ok, err := newClient(t, opts).Get(t.Context(), "5", customer(t, opts))
			switch {
			case ok != c.found || (err != nil) != (c.is != nil || c.says != ""):
				t.Errorf("get = %v, %v, want found %v", ok, err, c.found)
			case err != nil && (c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says)):
				t.Errorf("error = %v, want %v, saying %q", err, c.is, c.says)
			case !ok && (got.ID != "" || got.Record != nil):
				t.Errorf("what is not found holds %v", got)
			}
		})
	}
}

func TestARecordIsCompletedByWhereItIs(t *testing.T) {
	opts := croOptions(t, serve(t, always(200, `{"id": 5, "name": "Ida", "fax": null, "number": 12, "notify_on_new_request": true}`)).URL)
	got, ok, err := newClient(t, opts).Get(t.Context(), "5", customer(t, opts))
	if !ok || err != nil || got.ID != "5" {
		t.Fatalf("get = %v, %v, %v, want contact 5", got, ok, err)
	}
	m := opts.Resource.Model
	for name, want := range map[string]model.Value{
		"customer_id": {Kind: model.Integer, Text: "1"}, "name": {Kind: model.String, Text: "Ida"}, "fax": {Kind: model.Null},
		"number": {Kind: model.String, Text: "12"}, "notify_on_new_request": {Kind: model.Boolean, Text: "true"}, "email": {},
	} {
		if got := got.Record[m.Index(name)]; got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
}

// TestWhatAReplacementWouldLoseIsFound: an object where the model has a single value cannot be sent back.
func TestWhatAReplacementWouldLoseIsFound(t *testing.T) {
	const odd = `{"id": 5, "name": {"first": "Ida"}, "fax": []}`
	for _, c := range []struct {
		says            string
		load            func() (*model.Target, error)
		replace, custom bool
		want            []string
	}{
		{"by a replacement, also without custom fields", loadCRO, true, false, []string{"name"}},
		{"not by an update that leaves alone what it does not name", loadCRO, false, false, nil},
		{"by a list of custom fields that goes whole", loadFerries[byAddress], false, true, []string{"name"}},
	} {
		t.Run(c.says, func(t *testing.T) {
			opts := optionsFor(t, c.load, serve(t, always(200, odd)).URL)
			opts.Account = map[string]string{"tenant_id": "1", "company": "7"}
			r := *opts.Resource
			r.Replace, opts.Resource = c.replace, &r
			if (r.Custom != nil) != c.custom {
				t.Fatalf("custom fields: %v, want %v", r.Custom != nil, c.custom)
			}
			parent := r.Model.NewRecord()
			if !c.custom {
				parent = customer(t, opts)
			}
			got, ok, err := newClient(t, opts).Get(t.Context(), "5", parent)
			if !ok || err != nil || !slices.Equal(got.Stray, c.want) {
				t.Errorf("stray %q, found %v, %v; want %q", got.Stray, ok, err, c.want)
			}
		})
	}
}

func TestAnAnswerThatBreaksOffIsReadAgain(t *testing.T) {
	const contact = `{"id": 5, "name": "Ida"}`
	server := serve(t, inTurn(always(200, contact, "Content-Length", "99"), always(200, contact)))
	opts := croOptions(t, server.URL)
	opts.Patience = remote.DefaultPatience
	client := newClient(t, opts)
	if _, ok, err := client.Get(t.Context(), "5", customer(t, opts)); !ok || err != nil {
		t.Errorf("get = %v, %v, want it found", ok, err)
	}
	if got, want := client.Stats(), (remote.Stats{Sent: 2, Retried: 1}); got != want {
		t.Errorf("stats = %+v, want %+v", got, want)
	}
}

func TestAccount(t *testing.T) {
	many := strings.Repeat(`{"id": 8},`, 99)
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		tenant string
		want   error // nil: the account is accessible
		says   string
	}{
		{name: "the tenant is among those of the user", answer: always(200, `{"results": [{"id": 7}, {"id": 1}], "total_count": 2}`), tenant: "1"},
		{name: "a list without an envelope", answer: always(200, `[{"id": 7}, {"id": 1}]`), tenant: "1"},
		{name: "the tenant is another's", answer: always(200, `{"results": [{"id": 7}, {"id": 8}, {"name": "x"}]}`), tenant: "1", want: plan.ErrAccount, says: "tenant_id 1 is not among those that the credentials may use (7, 8)"},
		{name: "the user has no tenant", answer: always(200, `{"results": []}`), tenant: "1", want: plan.ErrAccount, says: "()"},
		{name: "99 others are all there are", answer: always(200, `{"results": [`+strings.TrimSuffix(many, ",")+`]}`), tenant: "1", want: plan.ErrAccount},
		{name: "with 100 others there may be more on another page", answer: always(200, `{"results": [`+many+`{"id": 9}]}`), tenant: "1"},
		{name: "no tenant to look for", answer: always(200, `{"results": [{"id": 7}]}`)},
		{name: "wrong credentials", answer: always(401, `{"detail": "Token expired."}`), tenant: "1", want: remote.ErrUnauthorized, says: "Token expired."},
		{name: "a user who may not ask", answer: always(403, `{"detail": "Role."}`), tenant: "1", want: plan.ErrAccount, says: "Role."},
		{name: "an API without that call", answer: always(404, ``), tenant: "1", want: plan.ErrInconclusive},
		{name: "an answer that says nothing", answer: always(200, `{"tenants": []}`), tenant: "1", want: plan.ErrInconclusive},
		{name: "a page of a proxy", answer: always(200, `<html>`), tenant: "1", want: plan.ErrInconclusive},
		{name: "an API that is down", answer: always(500, ``), tenant: "1", want: remote.ErrUnreachable},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := croOptions(t, serve(t, c.answer).URL)
			opts.Account["tenant_id"] = c.tenant
			err := newClient(t, opts).Account(t.Context())
			if !errors.Is(err, c.want) || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("error = %v, want %v, saying %q", err, c.want, c.says)
			}
		})
	}
}

func TestAccountOfATargetWithoutACheck(t *testing.T) {
	server := serve(t, always(200, `[]`))
	if err := newClient(t, depotOptions(t, server.URL)).Account(t.Context()); !errors.Is(err, plan.ErrInconclusive) {
		t.Errorf("error = %v, want that it cannot be told", err)
	}
	if n := len(server.seen()); n != 0 {
		t.Errorf("%d requests, want none", n)
	}
}
