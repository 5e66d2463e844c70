package remote_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

const soundAnswer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"id\": 5}"

// TestBrokenAnswersLeaveAWriteUnclear: the server has the request, so that nobody can say that nothing was done.
func TestBrokenAnswersLeaveAWriteUnclear(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(conn *net.TCPConn)
		status int
		says   string
	}{
		{name: "reset before the answer", answer: resets, says: "no answer"},
		{name: "closed before the answer", answer: func(*net.TCPConn) {}, says: "no answer"},
		{name: "closed in the status line", answer: func(c *net.TCPConn) { says(c, "HTTP/1.1 20") }, says: "no answer"},
		{name: "closed in the header", answer: func(c *net.TCPConn) { says(c, "HTTP/1.1 200 OK\r\nContent-Le") }, says: "no answer"},
		{name: "no HTTP", answer: func(c *net.TCPConn) { says(c, "220 mail.example.com ESMTP\r\n") }, says: "malformed HTTP"},
		{name: "a status that is no number", answer: func(c *net.TCPConn) { says(c, "HTTP/1.1 okay\r\n\r\n") }, says: "malformed HTTP"},
		{name: "a header of 128 KiB", answer: func(c *net.TCPConn) { says(c, strings.Replace(soundAnswer, "json", strings.Repeat("x", 128<<10), 1)) }, says: "no answer"},
		{name: "closed in the body", answer: func(c *net.TCPConn) { says(c, soundAnswer[:len(soundAnswer)-3]) }, status: 200, says: "broke off"},
		{
			name:   "reset in the body",
			answer: func(c *net.TCPConn) { says(c, soundAnswer[:len(soundAnswer)-3]); resets(c) }, status: 200, says: "",
		},
		{
			name: "a broken chunk", status: 200, says: "broke off",
			answer: func(c *net.TCPConn) { says(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"id\"") },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, action := range []plan.Action{plan.Create, plan.Update} {
				server := serveRaw(t, func(conn *net.TCPConn, _ int) bool {
					c.answer(conn)
					return false
				})
				opts := croOptions(t, server.URL)
				a := newClient(t, opts).Write(t.Context(), changeOf(t, opts, action), "id")
				// A reset may overtake the header that was sent before it.
				if a.Verdict != push.Unclear || a.HTTPStatus != c.status && c.says != "" || !strings.Contains(a.Message, c.says) {
					t.Errorf("%s: %s, %+v, want unclear with status %d, saying %q", action, verdictName(a.Verdict), a, c.status, c.says)
				}
				if n := server.seen(); n != 1 {
					t.Errorf("%s: the server saw %d requests, want 1", action, n)
				}
			}
		})
	}
}

// TestARefusalThatBreaksOffIsARefusal: its status says it all.
func TestARefusalThatBreaksOffIsARefusal(t *testing.T) {
	server := serveRaw(t, func(conn *net.TCPConn, _ int) bool {
		says(conn, "HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n{\"field\": ")
		return false
	})
	opts := croOptions(t, server.URL)
	a := newClient(t, opts).Write(t.Context(), createOf(t, opts), "id")
	if a.Verdict != push.Refused || a.Message != "HTTP 400 Bad Request" {
		t.Errorf("%s, %+v, want it refused", verdictName(a.Verdict), a)
	}
}

func TestTimeoutsLeaveAWriteUnclear(t *testing.T) {
	for name, answer := range map[string]func(*net.TCPConn){
		"no answer":              func(*net.TCPConn) {},
		"no end of the header":   func(c *net.TCPConn) { says(c, "HTTP/1.1 200 OK\r\n") },
		"no end of the body":     func(c *net.TCPConn) { says(c, soundAnswer[:len(soundAnswer)-3]) },
		"one answer on the way":  func(c *net.TCPConn) { says(c, "HTTP/1.1 102 Processing\r\n\r\n") },
		"an answer of few bytes": func(c *net.TCPConn) { says(c, "H") },
	} {
		t.Run(name, func(t *testing.T) {
			server := serveRaw(t, func(conn *net.TCPConn, _ int) bool {
				answer(conn)
				return true // the client hangs up
			})
			opts := croOptions(t, server.URL)
			opts.Timeout = 30 * time.Millisecond
			a := newClient(t, opts).Write(t.Context(), createOf(t, opts), "id")
			if a.Verdict != push.Unclear || a.ID != "" || !strings.Contains(a.Message, "deadline exceeded") || server.seen() != 1 {
				t.Errorf("%s, %+v, %d requests, want one request, unclear for its deadline", verdictName(a.Verdict), a, server.seen())
			}
			if a.Lingers != opts.Timeout {
				t.Errorf("the API may still be at work for %v, want %v: it was we who hung up", a.Lingers, opts.Timeout)
			}
		})
	}
}

// TestNothingWasSent: these may be sent again, even a create.
func TestNothingWasSent(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	secure.Config.ErrorLog = silent()
	plain := serve(t, always(200, `{"id": 5}`))
	for _, c := range []struct {
		name, base, says string
	}{
		{"refused connection", closed.URL, "refused"},
		{"a name that nobody has", "https://api.rollcall.invalid", ""},
		{"a certificate that nobody vouches for", secure.URL, "certificate"},
		{"a server that speaks no TLS", strings.Replace(plain.URL, "http:", "https:", 1), "does not look like a TLS handshake"},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := croOptions(t, c.base)
			opts.Timeout = time.Second // where there is no network, a name is asked for in vain
			a := newClient(t, opts).Write(t.Context(), createOf(t, opts), "id")
			if a.Verdict != push.NotSent || a.HTTPStatus != 0 || a.Message == "" || !strings.Contains(a.Message, c.says) {
				t.Errorf("%s, %+v, want not sent, saying %q", verdictName(a.Verdict), a, c.says)
			}
		})
	}
	if n := len(plain.seen()); n != 0 {
		t.Errorf("the server without TLS saw %d requests, want none", n)
	}
}

// TestACreateArrivesOnce: the server reads a create from a connection that was used before, and drops it. net/http would
// send it again by itself, above all if it carries a key that promises to do no harm. The promise is the server's to keep.
func TestACreateArrivesOnce(t *testing.T) {
	for name, drop := range map[string]func(*net.TCPConn){"closed": func(*net.TCPConn) {}, "reset": resets} {
		for _, action := range []plan.Action{plan.Create, plan.Update} {
			server := serveRaw(t, func(conn *net.TCPConn, n int) bool {
				if n == 2 {
					drop(conn)
					return false
				}
				says(conn, soundAnswer)
				return true
			})
			opts := croOptions(t, server.URL)
			opts.Target.Headers = append(slices.Clone(opts.Target.Headers), model.Header{Name: "Idempotency-Key", Generate: "uuid"})
			client := newClient(t, opts)
			if a := client.Write(t.Context(), changeOf(t, opts, action), "a"); a.Verdict != push.Accepted {
				t.Fatalf("first: %+v, want accepted", a)
			}
			if a := client.Write(t.Context(), changeOf(t, opts, action), "b"); a.Verdict != push.Unclear {
				t.Errorf("%s, %s: %s, %+v, want unclear", action, name, verdictName(a.Verdict), a)
			}
			if n, sent := server.seen(), client.Stats().Sent; n != 2 || sent != 2 {
				t.Errorf("%s, %s: the server saw %d requests and we counted %d, want 2", action, name, n, sent)
			}
		}
	}
}

// TestAReadThatIsRepeatedIsPaidFor: net/http repeats a read by itself in the same case. That is fine, if it is counted.
func TestAReadThatIsRepeatedIsPaidFor(t *testing.T) {
	server := serveRaw(t, func(conn *net.TCPConn, n int) bool {
		if n == 2 {
			return false
		}
		says(conn, soundAnswer)
		return true
	})
	opts := croOptions(t, server.URL)
	client := newClient(t, opts)
	for range 2 {
		if _, ok, err := client.Get(t.Context(), "5", customer(t, opts)); !ok || err != nil {
			t.Fatalf("get = %v, %v, want it found", ok, err)
		}
	}
	n, started, stats := server.seen(), opts.Pacer.Stats().Started, client.Stats()
	if n != 3 || started != n || stats.Sent != n || stats.Retried != 1 {
		t.Errorf("the server saw %d requests, the pacer %d, and we counted %+v; want 3 everywhere and 1 repeated", n, started, stats)
	}
}
