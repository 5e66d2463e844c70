package remote_test

import (
	"bytes"
	"errors"
	"io"
	"log"
	"log/slog"
	"net/http"

	"github.com/rollcall-sync/rollcall/sync/plan"
)

// roundTripper is a network in a function.
type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip calls f, and reads the body as a network would.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
	}
	return f(r)
}

// answerOf is an answer. Headers are pairs of a name and a value.
func answerOf(status int, body string, headers ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(bytes.NewReader([]byte(body)))}
}

func isParentNotFound(err error) bool { return errors.Is(err, plan.ErrParentNotFound) }

// silent is a log for servers that are expected to complain.
func silent() *log.Logger { return log.New(io.Discard, "", 0) }

// debugLog writes everything to w.
func debugLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
