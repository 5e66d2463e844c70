package remote_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/remote"
)

// TestALandingTakesOneRequestForItsPath, whatever else comes along before.
func TestALandingTakesOneRequestForItsPath(t *testing.T) {
	landing, err := remote.NewLanding("")
	if err != nil {
		t.Fatal(err)
	}
	if u, err := url.Parse(landing.URL()); err != nil || u.Hostname() != "127.0.0.1" || u.Port() == "0" || u.Path != "/callback" {
		t.Errorf("the landing is at %s, want a free port of 127.0.0.1", landing.URL())
	}
	came := make(chan url.Values)
	go func() {
		query, err := landing.Wait(t.Context())
		if err != nil {
			t.Error(err)
		}
		came <- query
	}()
	base := strings.TrimSuffix(landing.URL(), "/callback")
	for address, host := range map[string]string{
		base + "/favicon.ico": "", base + "/": "", base + "/callback/x?code=1": "", landing.URL() + "?code=2": "evil.example",
	} {
		if resp, body := get(t, address, host); resp.StatusCode != 404 || body != "" {
			t.Errorf("%s of %q: %d %q, want nothing there", address, host, resp.StatusCode, body)
		}
	}
	resp, body := get(t, landing.URL()+"?code=3&state=s", "")
	if resp.StatusCode != 200 || !strings.Contains(body, "You can close this window") {
		t.Errorf("got %d %q, want a page that can be closed", resp.StatusCode, body)
	}
	want := map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}
	for name, value := range want {
		if got := resp.Header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	if query := <-came; query.Get("code") != "3" || query.Get("state") != "s" {
		t.Errorf("came back with %v, want the query of the one good request", query)
	}
}

func TestALandingIsGivenUpWithTheContext(t *testing.T) {
	landing, err := remote.NewLanding("")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	end()
	if _, err := landing.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that the context has ended", err)
	}
	again, err := remote.NewLanding(landing.URL())
	if err != nil {
		t.Fatalf("the port is not free again: %v", err)
	}
	defer again.Close()
	if again.URL() != landing.URL() {
		t.Errorf("the landing is at %s, want it where it was asked for, %s", again.URL(), landing.URL())
	}
	if _, err := remote.NewLanding(landing.URL()); err == nil || !strings.Contains(err.Error(), "--paste") {
		t.Errorf("a port that is taken: %v, want a remedy", err)
	}
}

func TestAddressesThatAreNoLanding(t *testing.T) {
	for _, address := range []string{
		"https://127.0.0.1:8400/callback", "http://example.com/callback", "http://127.0.0.1.example.com/", "http://10.0.0.1:8400/",
		"127.0.0.1:8400", "http://me@127.0.0.1:8400/", "http://127.0.0.1:8400/?x=1", "http://%zz",
	} {
		landing, err := remote.NewLanding(address)
		if !errors.Is(err, remote.ErrNoLogin) || !strings.Contains(err.Error(), "connection.auth.redirect_url") {
			t.Errorf("%s: %v, want it refused", address, err)
		}
		if err == nil {
			landing.Close()
		}
	}
}
