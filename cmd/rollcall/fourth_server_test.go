package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// gatehouseKey is the API key that every new gatehouse knows.
const gatehouseKey = "simulated-gatekeeper"

// gatehouse plays the invented API of testdata/gatehouse. Its rules are written from the document by hand, so that a mistake
// in how the program reads documents is not repeated here.
type gatehouse struct {
	pageSize int // the most members on a page, whatever the query asks for

	mu      sync.Mutex
	keys    []string
	regions []gatehouseRegion
	members []*gatehouseMember
	commits []string              // every write that was stored: method and id
	faults  []gatehouseFault      // those that have not fired yet
	seen    map[string]int        // requests by method, for faults
	cursors map[string]cursorMark // that have been handed out
}

// gatehouseMember is a member as writes give it, with its id.
type gatehouseMember struct {
	id   string
	body map[string]any
}

type gatehouseRegion struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// cursorMark is where a page begins, and in which list.
type cursorMark struct {
	list string
	from int
}

// gatehouseFault is a failure of the nth request with a method.
type gatehouseFault struct {
	method  string
	nth     int
	status  int // 429 asks to come back after a second
	after   bool
	lockout bool // all keys are worthless from here; the request itself is refused with the others
}

// newGatehouse makes a server with four regions, two of them of one name, and no members.
func newGatehouse(pageSize int) *gatehouse {
	return &gatehouse{
		pageSize: pageSize,
		keys:     []string{gatehouseKey},
		regions: []gatehouseRegion{
			{"rgn_north", "North"}, {"rgn_south", "South"}, {"rgn_east", "East Riding"}, {"rgn_west", "West"},
			{"rgn_mid1", "Middle"}, {"rgn_mid2", "Middle"},
		},
		seen:    map[string]int{},
		cursors: map[string]cursorMark{},
	}
}

// gatehouseRefusal is an answer that says no.
type gatehouseRefusal struct {
	status              int
	code, field, reason string
}

// Error is what is wrong.
func (r *gatehouseRefusal) Error() string { return r.reason }

// ServeHTTP answers one request: faults, key, work.
func (g *gatehouse) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	fault := g.fires(r.Method)
	if fault != nil && fault.lockout {
		g.keys = nil
	}
	if fault != nil && !fault.after && !fault.lockout {
		if fault.status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "1")
		}
		answerGatehouse(w, fault.status, map[string]any{"code": "unavailable", "reason": "Come back later."})
		return
	}
	status, answer := g.work(r)
	if fault != nil && fault.after {
		status, answer = fault.status, map[string]any{"code": "unavailable", "reason": "Something broke after the work."}
	}
	answerGatehouse(w, status, answer)
}

// fires takes the fault that is due for a request.
func (g *gatehouse) fires(method string) *gatehouseFault {
	g.seen[method]++
	for i, f := range g.faults {
		if f.method == method && f.nth == g.seen[method] {
			g.faults = slices.Delete(g.faults, i, i+1)
			return &f
		}
	}
	return nil
}

// failNext arranges faults; requests count from here.
func (g *gatehouse) failNext(faults ...gatehouseFault) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults, g.seen = faults, map[string]int{}
}

// setKeys replaces the keys that are known.
func (g *gatehouse) setKeys(keys ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keys = keys
}

// answerGatehouse writes an answer as JSON.
func answerGatehouse(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the client may have gone
}

// work carries a request out.
func (g *gatehouse) work(r *http.Request) (status int, answer any) {
	status, answer, err := g.route(r)
	if err == nil {
		return status, answer
	}
	said := map[string]any{"code": err.code, "reason": err.reason}
	if err.field != "" {
		said["field"] = err.field
	}
	return err.status, said
}

// route finds out what a request wants.
func (g *gatehouse) route(r *http.Request) (status int, answer any, wrong *gatehouseRefusal) {
	path, found := strings.CutPrefix(r.URL.Path, "/v7/")
	if !found {
		return 0, nil, &gatehouseRefusal{status: 404, code: "no_such_path", reason: "Nothing lives here."}
	}
	if !slices.Contains(g.keys, r.Header.Get("X-Api-Key")) {
		return 0, nil, &gatehouseRefusal{status: 401, code: "unknown_key", reason: "The key is not known."}
	}
	query := r.URL.Query()
	if r.Method == http.MethodGet && path == "workspaces" {
		return 200, map[string]any{"data": []any{map[string]any{"slug": "northgate", "title": "Northgate Hall"}}}, only(query)
	}
	if query.Get("workspace") != "northgate" {
		return 0, nil, &gatehouseRefusal{status: 403, code: "no_such_workspace", reason: "The workspace is not one of this key's."}
	}
	id, single := strings.CutPrefix(path, "members/")
	switch {
	case r.Method == http.MethodGet && path == "members":
		return g.list(query, "members", g.pageSize)
	case r.Method == http.MethodGet && path == "regions":
		return g.list(query, "regions", regionsOnPage)
	case r.Method == http.MethodPost && path == "members":
		return g.write(r, nil)
	case single:
		m := g.find(func(m *gatehouseMember) bool { return m.id == id })
		switch {
		case m == nil:
			return 0, nil, &gatehouseRefusal{status: 404, code: "no_such_member", reason: "There is no such member."}
		case r.Method == http.MethodGet:
			return 200, g.shown(m), only(query, "workspace")
		case r.Method == http.MethodPut:
			return g.write(r, m)
		}
	}
	return 0, nil, &gatehouseRefusal{status: 405, code: "no_such_call", reason: r.Method + " is not served here."}
}

// only refuses parameters that the document does not name.
func only(query url.Values, names ...string) *gatehouseRefusal {
	for name := range query {
		if !slices.Contains(names, name) {
			return &gatehouseRefusal{status: 400, code: "bad_query", field: name, reason: "Unknown parameter."}
		}
	}
	return nil
}

// regionsOnPage is how many regions a page has. No parameter chooses it.
const regionsOnPage = 4

// list serves a page of members or regions.
func (g *gatehouse) list(query url.Values, name string, size int) (status int, answer any, wrong *gatehouseRefusal) {
	allowed := []string{"workspace", "cursor"}
	if name == "members" {
		allowed = append(allowed, "limit")
	}
	if wrong := only(query, allowed...); wrong != nil {
		return 0, nil, wrong
	}
	if text := query.Get("limit"); text != "" {
		limit, err := strconv.Atoi(text)
		if err != nil || limit < 1 || limit > 100 {
			return 0, nil, &gatehouseRefusal{status: 400, code: "bad_query", field: "limit", reason: "Must be 1 to 100."}
		}
		size = min(size, limit)
	}
	mark := cursorMark{list: name}
	if cursor := query.Get("cursor"); cursor != "" {
		known := false
		if mark, known = g.cursors[cursor]; !known || mark.list != name {
			return 0, nil, &gatehouseRefusal{status: 400, code: "bad_query", field: "cursor", reason: "The cursor is not one of ours."}
		}
	}
	var all []any
	for _, r := range g.regions {
		if name == "regions" {
			all = append(all, r)
		}
	}
	for _, m := range g.members {
		if name == "members" {
			all = append(all, g.shown(m))
		}
	}
	end := min(mark.from+size, len(all))
	paging := map[string]any{"next_cursor": nil}
	if end < len(all) {
		next := fmt.Sprintf("cur+%s/%d==", name, len(g.cursors)+1) // needs escaping in a query
		g.cursors[next] = cursorMark{name, end}
		paging["next_cursor"] = next
	}
	return 200, map[string]any{"data": append([]any{}, all[mark.from:end]...), "paging": paging}, nil
}

// write serves a create, and a replacement of m.
func (g *gatehouse) write(r *http.Request, m *gatehouseMember) (status int, answer any, wrong *gatehouseRefusal) {
	if wrong := only(r.URL.Query(), "workspace"); wrong != nil {
		return 0, nil, wrong
	}
	if kind := r.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		return 0, nil, &gatehouseRefusal{status: 415, code: "bad_body", reason: "The body must be JSON."}
	}
	data, err := io.ReadAll(r.Body)
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var body map[string]any
	if err != nil || decoder.Decode(&body) != nil || body == nil {
		return 0, nil, &gatehouseRefusal{status: 400, code: "bad_body", reason: "The body must be a JSON object."}
	}
	if wrong := checkMember(body, g.regions); wrong != nil {
		return 0, nil, wrong
	}
	if other := g.find(func(o *gatehouseMember) bool { return o != m && o.body["account_code"] == body["account_code"] }); other != nil {
		return 0, nil, &gatehouseRefusal{status: 409, code: "duplicate", field: "account_code", reason: "The account code is in use."}
	}
	status = 200
	if m == nil {
		m, status = g.add(), 201
	}
	m.body = body // what is not in it is empty now
	g.commits = append(g.commits, r.Method+" "+m.id)
	return status, g.shown(m), nil
}

// add makes room for a member.
func (g *gatehouse) add() *gatehouseMember {
	m := &gatehouseMember{id: fmt.Sprintf("mbr_01J8Z3K%019d", len(g.members)+1)}
	g.members = append(g.members, m)
	return m
}

// addMember adds a member behind the program's back.
func (g *gatehouse) addMember(body map[string]any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.add().body = body
}

// find is the first member that fits, nil if none does.
func (g *gatehouse) find(fits func(*gatehouseMember) bool) *gatehouseMember {
	if i := slices.IndexFunc(g.members, fits); i >= 0 {
		return g.members[i]
	}
	return nil
}

// stored is all members as writes gave them.
func (g *gatehouse) stored() []any {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []any
	for _, m := range g.members {
		all = append(all, m.body)
	}
	return all
}

// committed is every write that was stored.
func (g *gatehouse) committed() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.commits)
}

// shown is a member as answers have it: everything is there, money is text, the region is an object.
func (g *gatehouse) shown(m *gatehouseMember) map[string]any {
	out := map[string]any{"id": m.id, "region": nil, "address": nil}
	for _, name := range []string{"account_code", "name", "tier", "email", "seats", "balance", "joined_on", "newsletter", "note"} {
		out[name] = m.body[name]
	}
	if balance, ok := m.body["balance"].(json.Number); ok {
		out["balance"] = twoDecimals(balance)
	}
	for _, r := range g.regions {
		if r.ID == m.body["region_id"] {
			out["region"] = r
		}
	}
	if address, ok := m.body["address"].(map[string]any); ok {
		out["address"] = map[string]any{"street": address["street"], "city": address["city"], "postcode": address["postcode"]}
	}
	return out
}
