package remote

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Landing is where a person's browser comes back to after a login: one path of a server on this machine, for one request.
type Landing struct {
	listener net.Listener
	address  *url.URL
}

// landingPath is the path of a landing that nobody has registered.
const landingPath = "/callback"

// NewLanding opens the landing at an address of this machine, such as http://127.0.0.1:8400/callback, or with "" at a free
// port.
func NewLanding(address string) (*Landing, error) {
	if address == "" {
		address = "http://127.0.0.1:0" + landingPath
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || !isLoopback(u.Hostname()) || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%w on this machine at connection.auth.redirect_url (%s): it has to be like http://127.0.0.1:8400/callback; with --paste it may be any page",
			ErrNoLogin, address)
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return nil, fmt.Errorf("wait for the login at %s: %w; free the port, or use --paste", address, err)
	}
	if port == "0" {
		u.Host = listener.Addr().String()
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return &Landing{listener: listener, address: u}, nil
}

// URL is the address to come back to.
func (l *Landing) URL() string { return l.address.String() }

// Close gives the port back.
func (l *Landing) Close() error { return l.listener.Close() }

// Wait serves until a browser comes back, and returns the query that it brings. Nothing else is answered, and nothing
// twice.
func (l *Landing) Wait(ctx context.Context) (url.Values, error) {
	came := make(chan url.Values, 1)
	server := &http.Server{Handler: l.handler(came), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: maxHeader}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l.listener) }) // ends with the shutdown
	defer serving.Wait()
	select {
	case query := <-came:
		goodbye, cancel := context.WithTimeout(ctx, 2*time.Second) // the page is on its way to the browser
		defer cancel()
		if server.Shutdown(goodbye) != nil {
			_ = server.Close()
		}
		return query, nil
	case <-ctx.Done():
		_ = server.Close()
		return nil, ctx.Err()
	}
}

// handler takes the first request for the landing's path. A page elsewhere that has its own name lead to this machine is
// told by the host that it asks for.
func (l *Landing) handler(came chan<- url.Values) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'")
		h.Set("Content-Type", "text/plain; charset=utf-8")
		if r.Method != http.MethodGet || r.URL.Path != l.address.Path || r.Host != l.address.Host {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		select {
		case came <- r.URL.Query():
			_, _ = io.WriteString(w, "You can close this window: the terminal says how the login went.\n") // the browser may have gone
		default:
			w.WriteHeader(http.StatusGone)
		}
	})
}
