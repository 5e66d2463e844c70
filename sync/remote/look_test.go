package remote_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

func TestALookIsOneRequest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says, body string
		items      int
		total      int
		more       bool
	}{
		{"a full page with a total", `{"data": {"items": [{"data": {"id": "a"}}, {"data": {"id": "b"}}, {"data": {"id": "c"}}], "n": 3, "all": 7}}`, 3, 7, true},
		{"a full page without one", `{"data": {"items": [{}, {}, {}], "n": 3}}`, 3, -1, true},
		{"a page that is not full and says no more", `{"data": {"items": [{}, {}], "n": 2}}`, 2, -1, true},
		{"the last page", `{"data": {"items": [{"data": {"id": "a"}}, {"data": {"id": "b"}}], "n": 2, "all": 2}}`, 2, 2, false},
		{"nothing there", `{"data": {"items": [], "n": 0, "all": 0}}`, 0, 0, false},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			server := serve(t, always(200, c.body, "Allow", "get, Post"))
			opts := depotOptions(t, server.URL)
			look, err := newClient(t, opts).LookAt(t.Context(), opts.Resource.List, "data.id", nil)
			if err != nil || look.Err != nil {
				t.Fatal(err, look.Err)
			}
			if len(look.Items) != c.items || look.Total != c.total || look.More != c.more {
				t.Errorf("got %d items of %d, more %t; want %d of %d, more %t", len(look.Items), look.Total, look.More, c.items, c.total, c.more)
			}
			if want := []string{"GET", "POST"}; !slices.Equal(look.Allow, want) {
				t.Errorf("got %q allowed, want %q", look.Allow, want)
			}
			if got := server.seen(); len(got) != 1 || got[0].method != http.MethodGet {
				t.Errorf("got %d requests, want one read", len(got))
			}
		})
	}
}

func TestALookKeepsWhatARefusalSays(t *testing.T) {
	t.Parallel()
	server := serve(t, always(403, `{"detail": "Not for `+token+`"}`))
	opts := depotOptions(t, server.URL)
	look, err := newClient(t, opts).LookAt(t.Context(), opts.Resource.List, "data.id", nil)
	if err != nil || look.Err == nil || look.Status != 403 || look.Text != "Not for ***" || look.Allow != nil {
		t.Errorf("got %v, status %d, text %q, allowed %q", err, look.Status, look.Text, look.Allow)
	}
}

func TestALookAtWhatIsNotTheAPI(t *testing.T) {
	t.Parallel()
	server := serve(t, always(200, "<html>welcome</html>"))
	opts := depotOptions(t, server.URL)
	client := newClient(t, opts)
	look, err := client.LookAt(t.Context(), opts.Resource.List, "data.id", nil)
	if err != nil || look.Err == nil || look.Status != 200 {
		t.Errorf("got %v and %v, want a page that cannot be read", err, look.Err)
	}
	if look, err = client.LookWhether(t.Context(), &opts.Resource.List.Operation); err != nil || look.Err == nil || !strings.Contains(look.Err.Error(), "no JSON") {
		t.Errorf("got %v and %v, want an answer that is no JSON", err, look.Err)
	}
}

func TestALookAtOneRecord(t *testing.T) {
	t.Parallel()
	server := serve(t, always(200, `{"data": {"id": "a"}}`, "Allow", "GET,PUT"))
	look, err := newClient(t, depotOptions(t, server.URL)).LookAtOne(t.Context(), "a", nil)
	if err != nil || look.Err != nil || len(look.Items) != 1 || !slices.Contains(look.Allow, "PUT") {
		t.Errorf("got %v, %v, %d items, allowed %q", err, look.Err, len(look.Items), look.Allow)
	}
	if got := server.seen(); len(got) != 1 || !strings.HasPrefix(got[0].path, "/sites/a") {
		t.Errorf("got %v, want the one record read", got)
	}
}

// TestALookNeverWrites: whatever a target file calls a list, only reads are sent.
func TestALookNeverWrites(t *testing.T) {
	t.Parallel()
	server := serve(t, always(200, `{}`))
	opts := depotOptions(t, server.URL)
	client := newClient(t, opts)
	for _, op := range []*model.Operation{opts.Resource.Create, opts.Resource.Update, {ID: "x", Method: "post", Path: "/sites"}} {
		look, err := client.LookAt(t.Context(), &model.Listing{Operation: *op}, "id", nil)
		if err != nil || look.Err == nil {
			t.Errorf("%s %s: got %v and %v, want that it is no read", op.Method, op.Path, err, look.Err)
		}
	}
	if got := server.seen(); len(got) != 0 {
		t.Errorf("got %d requests, want none", len(got))
	}
}

func TestALookWaitsItsTurn(t *testing.T) {
	t.Parallel()
	server := serve(t, always(200, `{"data": {"items": []}}`))
	opts := depotOptions(t, server.URL)
	opts.Pacer = pace.New(pace.NewWindow(pace.Limit{Requests: 1, Per: time.Hour}))
	client := newClient(t, opts)
	if _, err := client.LookAt(t.Context(), opts.Resource.List, "data.id", nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.LookAt(ctx, opts.Resource.List, "data.id", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a second look to wait for the pacer until its context ends", err)
	}
	if got := len(server.seen()); got != 1 {
		t.Errorf("got %d requests, want one", got)
	}
}

func TestWhatToDoAboutAnError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says string
		err  error
		want string
	}{
		{"a host that nobody knows", &net.DNSError{Err: "no such host", Name: "api.nowhere.invalid", IsNotFound: true}, "can look it up"},
		{"a certificate that nobody trusts", &tls.CertificateVerificationError{Err: errors.New("unknown authority")}, "connection.ca_file"},
		{"plain http where TLS was meant", tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, "should begin with http:"},
		{"a handshake that is refused", tls.AlertError(70), "kind of TLS"},
		{"no answer in time", os.ErrDeadlineExceeded, "connection.timeout"},
		{"nobody at the port", errors.New("connection refused"), "host and port"},
	} {
		if got := remote.Remedy(fmt.Errorf("%w: GET /sites: %w", remote.ErrUnreachable, c.err)); !strings.Contains(got, c.want) || strings.HasPrefix(got, ";") {
			t.Errorf("%s: got %q, want something with %q", c.says, got, c.want)
		}
	}
	if got := remote.Remedy(remote.ErrUnauthorized); got != "" {
		t.Errorf("got %q for an error that no network is to blame for", got)
	}
}
