package remote_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// spelled is the token as JSON has it.
func spelled(t *testing.T) string {
	t.Helper()
	data, err := json.Marshal(token)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestASecretInARecordIsNotKept: what is read goes into the ledger, and a secret must not. To change it would be worse: an
// update that sends all there is would write that.
func TestASecretInARecordIsNotKept(t *testing.T) {
	for name, c := range map[string]struct{ record, want string }{
		"a field":             {`{"id": 5, "name": ` + spelled(t) + `}`, "record 5: its field name holds a secret of connection.auth"},
		"part of a field":     {`{"id": 5, "name": "Ida, Bearer ` + token + `."}`, "record 5: its field name holds a secret"},
		"the id":              {`{"id": ` + spelled(t) + `, "name": "Ida"}`, "the id of a record holds a secret"},
		"both":                {`{"id": ` + spelled(t) + `, "name": ` + spelled(t) + `}`, "holds a secret"},
		"what we do not read": {`{"id": 5, "name": "Ida", "debug": ` + spelled(t) + `}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			opts := croOptions(t, serve(t, always(200, `{"results": [`+c.record+`], "total_pages": 1}`)).URL)
			listed := 0
			err := newClient(t, opts).List(t.Context(), customer(t, opts), func(plan.Found) error { listed++; return nil })
			switch {
			case c.want == "" && (err != nil || listed != 1):
				t.Errorf("list = %v with %d records, want one", err, listed)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || leaks(err.Error()) || listed != 0):
				t.Errorf("list = %v with %d records, want %q and none", err, listed, c.want)
			}
		})
	}
}

// TestASecretInAListOfNamesIsNotKept: names and their ids are kept for the next validate.
func TestASecretInAListOfNamesIsNotKept(t *testing.T) {
	for _, c := range []struct {
		item string
		kept bool
	}{
		{`{"id": 5, "name": ` + spelled(t) + `}`, false},
		{`{"id": ` + spelled(t) + `, "name": "Ida"}`, false},
		{`{"id": 5, "name": "Ida", "debug": ` + spelled(t) + `}`, true},
	} {
		opts := croOptions(t, serve(t, always(200, `{"results": [`+c.item+`], "total_pages": 1}`)).URL)
		l := opts.Target.Lookups[0]
		items, err := newClient(t, opts).Items(t.Context(), &l.Listing, "id", "id", "name")
		if (err == nil) != c.kept || err != nil && leaks(err.Error()) || leaks(string(slices.Concat(items...))) {
			t.Errorf("items of %s = %s, %v", c.item, items, err)
		}
	}
}

// TestASecretIsNoID: a record under such an id would be in the ledger and every report.
func TestASecretIsNoID(t *testing.T) {
	opts := croOptions(t, serve(t, always(201, `{"id": `+spelled(t)+`}`)).URL)
	a := newClient(t, opts).Write(t.Context(), createOf(t, opts), "id")
	if a.Verdict != push.Unclear || a.ID != "" || leaks(a.Message) {
		t.Errorf("answer = %+v, want it unclear and without an id", a)
	}
}

// TestAShortSecretIsNoneInARecord: a password such as "test" must not keep anybody from reading a record of that name.
func TestAShortSecretIsNoneInARecord(t *testing.T) {
	opts := croOptions(t, serve(t, always(200, `{"id": 5, "name": "test records"}`)).URL)
	opts.Auth.Token = remote.NewSecret("test")
	found, ok, err := newClient(t, opts).Get(t.Context(), "5", customer(t, opts))
	if err != nil || !ok || found.Record[opts.Resource.Model.Index("name")].Text != "test records" {
		t.Errorf("get = %+v, %v, %v", found, ok, err)
	}
}

// TestTheEndOfABrokenAnswerIsCleaned: what breaks an answer may be a text of the server's, behind its body too.
func TestTheEndOfABrokenAnswerIsCleaned(t *testing.T) {
	raw := serveRaw(t, func(conn *net.TCPConn, _ int) bool {
		says(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\n{}\r\n0\r\n"+token+"\r\n\r\n")
		return false
	})
	opts := croOptions(t, raw.URL)
	client := newClient(t, opts)
	if _, _, err := client.Get(t.Context(), "5", customer(t, opts)); err == nil || leaks(err.Error()) {
		t.Errorf("get = %v", err)
	}
	if a := client.Write(t.Context(), createOf(t, opts), "id"); a.Verdict != push.Unclear || leaks(a.Message) {
		t.Errorf("write = %+v", a)
	}
}

// TestAllowedMethodsShowNoSecret: they are shown by a check, in capitals.
func TestAllowedMethodsShowNoSecret(t *testing.T) {
	opts := croOptions(t, serve(t, always(200, `{"results": [], "total_pages": 1}`, "Allow", "GET, "+token)).URL)
	look, err := newClient(t, opts).LookAt(t.Context(), opts.Resource.List, "id", customer(t, opts))
	if err != nil || len(look.Allow) != 2 || look.Allow[0] != "GET" || look.Allow[1] != "***" {
		t.Errorf("look = %+v, %v, want GET and ***", look, err)
	}
}

// TestALookFollowsNoPage: it tells that there is another one, by its address or its cursor.
func TestALookFollowsNoPage(t *testing.T) {
	opts := depotOptions(t, serve(t, always(200, `{"data": {"items": [{"code": "a"}]}, "next": "https://elsewhere.invalid/"}`)).URL)
	for name, l := range map[string]model.Listing{
		"an address": {Operation: opts.Resource.List.Operation, Items: "data.items", Next: "next"},
		"a cursor":   {Operation: opts.Resource.List.Operation, Items: "data.items", Next: "next", Cursor: "page"},
	} {
		look, err := newClient(t, opts).LookAt(context.Background(), &l, "code", nil)
		if err != nil || look.Err != nil || len(look.Items) != 1 || !look.More {
			t.Errorf("%s: look = %+v, %v, want one item and more", name, look, err)
		}
	}
}

// TestAPathInTheLogShowsNoSecret: a redirect within the origin is followed, wherever it leads.
func TestAPathInTheLogShowsNoSecret(t *testing.T) {
	var log strings.Builder
	opts := croOptions(t, serve(t, inTurn(always(302, "", "Location", "/echo/"+token+"/5"), func(w http.ResponseWriter, r *http.Request) {
		always(200, `{"id": 5}`)(w, r)
	})).URL)
	opts.Log = debugLog(&log)
	if _, ok, err := newClient(t, opts).Get(t.Context(), "5", customer(t, opts)); !ok || err != nil {
		t.Fatalf("get = %v, %v, want it found", ok, err)
	}
	if leaks(log.String()) || !strings.Contains(log.String(), "/echo/***/5") {
		t.Errorf("the log is\n%s", log.String())
	}
}
