package remote_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails if any test leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestCloseLeavesNoGoroutines: the server is still there, so that only Close can end the connections.
func TestCloseLeavesNoGoroutines(t *testing.T) {
	for name, start := range map[string]func(*api){
		"HTTP/1.1": func(a *api) { a.Start() },
		"HTTP/2":   func(a *api) { a.EnableHTTP2 = true; a.StartTLS() },
	} {
		t.Run(name, func(t *testing.T) {
			server := newAPI(t, always(200, `{"id": 5}`))
			start(server)
			before := goleak.IgnoreCurrent()
			opts := croOptions(t, server.URL)
			opts.Insecure = true
			client := newClient(t, opts)
			client.Write(t.Context(), createOf(t, opts), "id")
			if _, ok, err := client.Get(t.Context(), "5", customer(t, opts)); !ok || err != nil {
				t.Fatalf("get = %v, %v, want it found", ok, err)
			}
			if goleak.Find(before) == nil {
				t.Error("no connection was kept: the test shows nothing")
			}
			client.Close()
			if err := goleak.Find(before); err != nil {
				t.Error(err)
			}
		})
	}
}
