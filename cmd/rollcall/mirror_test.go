package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// mirrorAPI is the target file of an invented API. METHODS is the ways to authenticate.
const mirrorAPI = `
openapi: 3.1.0
info: { title: Mirror, version: '1' }
servers: [{ url: https://mirror.test }]
x-rollcall:
  version: 1
  name: mirror
  title: Mirror
  auth: { methods: [METHODS], api_key_header: X-Api-Key, token: issueToken }
  errors: { field: [field], message: [detail], map: errors }
  check: { operation: listGroups }
  lookups:
    groups: { operation: listGroups, items: results, id: id, by: { name: name } }
  resources:
    thing:
      create: addThing
      update: changeThing
      get: showThing
      id: { field: id, param: thing }
      list: { operation: listThings, items: results, next: next }
      fields: { group: { lookup: groups } }
paths:
  /token: { post: { operationId: issueToken, responses: { '200': { description: A token. } } } }
  /groups: { get: { operationId: listGroups, responses: { '200': { description: Groups. } } } }
  /things:
    get: { operationId: listThings, responses: { '200': { description: Things. } } }
    post:
      operationId: addThing
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } }
      responses: { '201': { description: Done. } }
  /things/{thing}:
    parameters: [{ name: thing, in: path, required: true, schema: { type: string } }]
    get: { operationId: showThing, responses: { '200': { description: A thing. } } }
    patch:
      operationId: changeThing
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } }
      responses: { '200': { description: Done. } }
components:
  schemas:
    Thing:
      type: object
      additionalProperties: false
      properties:
        name: { type: string }
        note: { type: string }
        group: { type: string }
`

// mirror is a server that shows everybody what it was told: every secret that it has heard is in every answer, in its headers
// and its body, in all the disguises that servers and proxies give to what they repeat.
type mirror struct {
	url  string // of itself
	peek func() // is called at each request, while the program is at work

	mu     sync.Mutex
	mood   mood
	heard  []string
	things []map[string]any
	issued int
	told   int // answers that held a secret
}

// mood is how a mirror answers some of the requests: those that read, those that write, or those for a token. The others it
// answers as it should.
type mood struct {
	to     string // read, write or token; "" for none, * for all
	answer func(w http.ResponseWriter, r *http.Request, said string)
}

// disguises is how a secret may look where a server repeats it.
func disguises(secret string) []string {
	quoted, _ := json.Marshal(secret) // never fails on a string
	inJSON := strings.Trim(string(quoted), `"`)
	otherJSON := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "/", `\/`).Replace(secret) // as PHP has it
	all := []string{
		secret, inJSON, otherJSON, html.EscapeString(secret),
		url.QueryEscape(secret), url.PathEscape(secret), strings.ToLower(url.QueryEscape("/+=")) + url.QueryEscape(secret),
	}
	for _, before := range []string{"", "x", "Bearer ", "id:"} {
		all = append(all, base64.StdEncoding.EncodeToString([]byte(before+secret)), base64.RawURLEncoding.EncodeToString([]byte(before+secret)))
	}
	return all
}

// forget makes the mirror tell nothing of what it has heard before. A token that an earlier process had, and that was replaced
// since, nobody can know for one.
func (m *mirror) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.heard = nil
}

// become gives the mirror another mood.
func (m *mirror) become(to mood) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mood, m.told = to, 0
}

// hear remembers the secrets of a request, and gives everything that was ever heard back in all disguises.
func (m *mirror) hear(r *http.Request) string {
	_ = r.ParseForm() // a body of another form has no secret
	all := []string{strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), r.Header.Get("X-Api-Key")}
	for _, name := range []string{"client_secret", "refresh_token", "code", "code_verifier"} {
		all = append(all, r.PostForm.Get(name))
	}
	for _, secret := range all {
		if strings.Contains(secret, canaryHead) && !slices.Contains(m.heard, secret) {
			m.heard = append(m.heard, secret)
		}
	}
	var said []string
	for _, secret := range slices.Backward(m.heard) { // the newest first: texts are cut
		said = append(said, disguises(secret)...)
	}
	if len(said) > 0 {
		m.told++
	}
	return strings.Join(said, " ")
}

// ServeHTTP answers in the mirror's mood.
func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.peek()
	m.mu.Lock()
	defer m.mu.Unlock()
	var body []byte
	if r.Header.Get("Content-Type") == "application/json" {
		body, _ = io.ReadAll(r.Body)
	}
	said := m.hear(r)
	kind := "read"
	switch {
	case r.URL.Path == "/token":
		kind = "token"
	case r.Method != http.MethodGet:
		kind = "write"
	}
	h := w.Header()
	for i, text := range strings.Fields(said) {
		h.Set(fmt.Sprintf("X-Echo-%d", i), text)
	}
	h.Set("X-Request-Id", said)
	h.Set("Www-Authenticate", "Bearer error="+said)
	if m.mood.to == kind || m.mood.to == "*" {
		m.mood.answer(w, r, said)
		return
	}
	m.serve(w, r, said, body)
}

// serve is the API as it should be.
func (m *mirror) serve(w http.ResponseWriter, r *http.Request, said string, body []byte) {
	switch id := strings.TrimPrefix(r.URL.Path, "/things/"); {
	case r.URL.Path == "/token":
		m.issued++
		say(w, 200, map[string]any{
			"access_token": canary(fmt.Sprint("acc/ess+=~", m.issued)), "refresh_token": canary(fmt.Sprint("ref/resh+=~", m.issued)),
			"token_type": "bearer", "expires_in": 3600, "scope": said,
		})
	case r.URL.Path == "/groups":
		say(w, 200, map[string]any{"results": []any{map[string]any{"id": "g1", "name": "North", "echo": said}}, "echo": said})
	case r.URL.Path == "/things" && r.Method == http.MethodGet:
		say(w, 200, map[string]any{"results": append([]map[string]any{}, m.things...), "echo": said})
	case r.URL.Path == "/things":
		thing := map[string]any{"id": fmt.Sprint("t", len(m.things)+1), "echo": said}
		_ = json.Unmarshal(body, &thing) // the program's own JSON
		m.things = append(m.things, thing)
		say(w, 201, thing)
	default:
		for _, thing := range m.things {
			if thing["id"] == id {
				_ = json.Unmarshal(body, &thing) // none for a read
				say(w, 200, thing)
				return
			}
		}
		say(w, 404, map[string]any{"detail": said})
	}
}

// say answers with JSON.
func say(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may have gone
}

// refusing is the answer to say no with, in all the forms that the target file tells of, and in that of token calls.
func refusing(status int) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, _ *http.Request, said string) {
		say(w, status, map[string]any{
			"detail": said, "errors": map[string]any{said: []string{said}, "note": said}, "error": said, "error_description": said,
		})
	}
}

// leading is the answer to go to another address, in which SAID is replaced.
func leading(location string) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, _ *http.Request, said string) {
		first, _, _ := strings.Cut(said, " ")
		w.Header().Set("Location", strings.ReplaceAll(location, "SAID", url.PathEscape(first)))
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
}

// showing is an answer with a body in which SAID is replaced by the secret as JSON has it.
func showing(status int, body string) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, _ *http.Request, said string) {
		first, _, _ := strings.Cut(said, " ")
		quoted, _ := json.Marshal(first) // never fails on a string
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.ReplaceAll(body, "SAID", string(quoted))) // the client may have gone
	}
}

// breaking is an answer as no server should give it, byte for byte. SAID is replaced.
func breaking(answer string) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, _ *http.Request, said string) {
		first, _, _ := strings.Cut(said, " ")
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err) // the server of the tests can always do that
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, strings.ReplaceAll(answer, "SAID", first)) // the client may have gone
	}
}
