package remote_test

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// serveTLS is a server with a certificate of its own making, for 127.0.0.1 and example.com.
func serveTLS(t *testing.T, config *tls.Config) *api {
	t.Helper()
	a := newAPI(t, always(200, `{"id": 5}`))
	a.TLS, a.Config.ErrorLog, a.EnableHTTP2 = config, silent(), true
	a.StartTLS()
	return a
}

// authority is a file with the certificate of a server.
func authority(t *testing.T, server *api) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTLS(t *testing.T) {
	for _, c := range []struct {
		name   string
		config *tls.Config
		base   func(*url.URL)
		set    func(*remote.Options, *api)
		works  bool
		says   string
	}{
		{name: "a certificate that nobody vouches for", says: "connection.ca_file"},
		{name: "the same with its authority named", set: func(o *remote.Options, a *api) { o.CAFile = authority(t, a) }, works: true},
		{
			name: "the certificate of another host", says: "connection.base_url",
			base: func(u *url.URL) { u.Host = "localhost:" + u.Port() }, set: func(o *remote.Options, a *api) { o.CAFile = authority(t, a) },
		},
		{name: "any certificate, if that is asked for", set: func(o *remote.Options, _ *api) { o.Insecure = true }, works: true},
		{
			name: "TLS 1.1 is too old", config: &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, says: "protocol version",
			set: func(o *remote.Options, a *api) { o.CAFile = authority(t, a) },
		},
		{
			name: "even if any certificate would do", config: &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, says: "protocol version",
			set: func(o *remote.Options, _ *api) { o.Insecure = true },
		},
		{
			name: "TLS 1.2 is not", config: &tls.Config{MaxVersion: tls.VersionTLS12}, works: true,
			set: func(o *remote.Options, a *api) { o.CAFile = authority(t, a) },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := serveTLS(t, c.config)
			base, err := url.Parse(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			if c.base != nil {
				c.base(base)
			}
			opts := croOptions(t, base.String())
			if c.set != nil {
				c.set(&opts, server)
			}
			client := newClient(t, opts)
			a := client.Write(t.Context(), createOf(t, opts), "id")
			_, ok, err := client.Get(t.Context(), "5", customer(t, opts))
			if c.works {
				if a.Verdict != push.Accepted || !ok || err != nil {
					t.Errorf("write %+v, get %v, %v, want both to go well", a, ok, err)
				}
				return
			}
			if a.Verdict != push.NotSent || !errors.Is(err, remote.ErrUnreachable) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("write %s, get %v, want not sent and unreachable, saying %q", verdictName(a.Verdict), err, c.says)
			}
			if n := len(server.seen()); n != 0 {
				t.Errorf("the server saw %d requests, want none", n)
			}
		})
	}
}

func TestAuthoritiesThatCannotBeRead(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		empty: "holds no PEM certificate", empty + ".lost": "no such file", filepath.Dir(empty): "is a directory",
	} {
		opts := croOptions(t, "https://api.example.com")
		opts.CAFile = path
		if _, err := remote.New(opts); err == nil || !strings.Contains(err.Error(), "connection.ca_file") || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error = %v, want one about connection.ca_file that says %q", path, err, says)
		}
	}
}
