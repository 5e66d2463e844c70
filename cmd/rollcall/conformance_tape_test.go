package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// heard is one request that a tape has kept, and how it was answered.
type heard struct {
	method, path, query string
	header              http.Header
	body                []byte
	status              int
}

// asks reports whether a request wants a token.
func (h *heard) asks() bool {
	return strings.HasSuffix(h.path, "/token") || strings.HasSuffix(h.path, "/tokens")
}

// writes reports whether a request wants to change something.
func (h *heard) writes() bool { return h.method != http.MethodGet && !h.asks() }

// tape stands in front of an API and keeps what it is asked: the suite looks at every API in the same way.
type tape struct {
	api http.Handler

	mu      sync.Mutex
	kept    []heard
	refuses *refused // the next write is answered with this instead of reaching the API
}

// refused is an answer in the notation of an API's error page.
type refused struct {
	status int
	body   string
}

// ServeHTTP hands a request on and keeps it.
func (t *tape) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	h := heard{method: r.Method, path: r.URL.EscapedPath(), query: r.URL.RawQuery, header: r.Header.Clone(), body: body}
	answer := httptest.NewRecorder()
	if no := t.refusal(&h); no != nil {
		answer.Header().Set("Content-Type", "application/json")
		answer.WriteHeader(no.status)
		answer.WriteString(no.body)
	} else {
		t.api.ServeHTTP(answer, r)
	}
	h.status = answer.Code
	t.mu.Lock()
	t.kept = append(t.kept, h)
	t.mu.Unlock()
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // the client may have gone
}

// refusal takes the refusal that waits for a write.
func (t *tape) refusal(h *heard) *refused {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !h.writes() || t.refuses == nil {
		return nil
	}
	no := t.refuses
	t.refuses = nil
	return no
}

// refuse answers the next write with a refusal.
func (t *tape) refuse(no refused) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refuses = &no
}

// forget lets requests count from here.
func (t *tape) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = nil
}

// requests is those of one sort since forget, in the order of their ends.
func (t *tape) requests(sort func(*heard) bool) []heard {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []heard
	for i := range t.kept {
		if sort(&t.kept[i]) {
			out = append(out, t.kept[i])
		}
	}
	return out
}

// writes is the requests that wanted to change something.
func (t *tape) writes() []heard { return t.requests((*heard).writes) }

// reads is the requests that wanted to know something, token calls aside.
func (t *tape) reads() []heard {
	return t.requests(func(h *heard) bool { return !h.writes() && !h.asks() })
}

// decoded is a body as plain values, with numbers as they are written.
func decoded(t *testing.T, data []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%q is not JSON: %v", data, err)
	}
	return v
}

// plain is a Go value as it looks in JSON.
func plain(t *testing.T, v any) any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return decoded(t, data)
}

// bare is a record without what says nothing: null, false, "", and what holds nothing else. Stored records and requests
// are compared so, because an API may fill up what it was not sent. The members in own are the server's alone.
func bare(v any, own ...string) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, inner := range v {
			if kept := bare(inner); kept != nil && !slices.Contains(own, name) {
				out[name] = kept
			}
		}
		if len(out) > 0 {
			return out
		}
	case []any:
		var out []any
		for _, inner := range v {
			if kept := bare(inner); kept != nil {
				out = append(out, kept)
			}
		}
		if len(out) > 0 {
			return out
		}
	case json.Number:
		return sameNumber(v)
	case bool:
		if v {
			return v
		}
	case string:
		if v != "" {
			return v
		}
	}
	return nil
}

// sameNumber is a number without the zeros that make no difference: 12.50 and 12.5 are one amount.
func sameNumber(n json.Number) json.Number {
	text := n.String()
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return json.Number(text)
}
