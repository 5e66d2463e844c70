package sync

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

func TestWhatReadingTellsOfAWrite(t *testing.T) {
	post := func(roles, scopes []string) *model.Operation {
		return &model.Operation{ID: "create", Method: http.MethodPost, Path: "/sites", Roles: roles, Scopes: scopes}
	}
	dispatcher, writer := []string{"Dispatcher"}, []string{"sites:write"}
	for _, c := range []struct {
		says   string
		p      permission
		want   CheckStatus
		detail string
	}{
		{"nothing is known", permission{op: post(nil, nil)}, CheckUnknown, "reading cannot tell"},
		{"a role is documented", permission{op: post(dispatcher, nil)}, CheckUnknown, "Depot asks for the role Dispatcher"},
		{"several roles are documented", permission{op: post([]string{"A", "B"}, nil)}, CheckUnknown, "Depot asks for one of the roles A, B"},
		{"an answer allows other methods only", permission{op: post(dispatcher, nil), allow: []string{"GET", "HEAD"}}, CheckFailed,
			"the role may not create depot/site records: an answer allows GET, HEAD only; Depot asks for the role Dispatcher"},
		{"the same where no role is documented", permission{op: post(nil, nil), allow: []string{"GET"}}, CheckFailed,
			"the account may not create depot/site records: an answer allows GET only"},
		{"an answer that allows the method may only be what the path knows", permission{op: post(dispatcher, nil), allow: []string{"GET", "POST"}}, CheckUnknown, ""},
		{"an answer weighs more than a claim", permission{op: post(dispatcher, nil), allow: []string{"GET"}, facts: remote.TokenFacts{Roles: dispatcher}}, CheckFailed, ""},
		{"the token has the role", permission{op: post(dispatcher, nil), facts: remote.TokenFacts{Roles: []string{"Driver", "dispatcher"}}}, CheckOK, "the token has the role Driver, dispatcher"},
		{"one of several roles will do", permission{op: post([]string{"Admin", "Dispatcher"}, nil), facts: remote.TokenFacts{Roles: dispatcher}}, CheckOK, ""},
		{"the token has another role", permission{op: post(dispatcher, nil), facts: remote.TokenFacts{Roles: []string{"Driver"}}}, CheckWarning,
			"the token has the role Driver; Depot asks for the role Dispatcher"},
		{"the token has no role", permission{op: post(dispatcher, nil), facts: remote.TokenFacts{Roles: []string{}}}, CheckWarning, "the token has no role"},
		{"a role in the token means nothing where none is documented", permission{op: post(nil, nil), facts: remote.TokenFacts{Roles: dispatcher}}, CheckUnknown, ""},
		{"the token has the scope", permission{op: post(nil, writer), facts: remote.TokenFacts{Scopes: []string{"sites:read", "sites:write"}}}, CheckOK, ""},
		{"the token lacks the scope", permission{op: post(nil, writer), facts: remote.TokenFacts{Scopes: []string{"sites:read"}}}, CheckWarning,
			"the token has the scope sites:read; Depot asks for the scope sites:write"},
		{"every scope is needed", permission{op: post(nil, []string{"a", "b"}), facts: remote.TokenFacts{Scopes: []string{"a"}}}, CheckWarning, ""},
		{"the right role does not make up for a scope", permission{op: post(dispatcher, writer), facts: remote.TokenFacts{Roles: dispatcher, Scopes: []string{}}}, CheckWarning, "the token has no scope"},
	} {
		t.Run(c.says, func(t *testing.T) {
			c.p.action, c.p.records, c.p.api = "create", "depot/site", "Depot"
			got := c.p.judge()
			if got.Status != c.want || !strings.Contains(got.Detail, c.detail) {
				t.Errorf("got %s, %q; want %s, with %q", got.Status, got.Detail, c.want, c.detail)
			}
			if (got.Status == CheckOK) != (got.Remedy == "") {
				t.Errorf("got the remedy %q for %s", got.Remedy, got.Status)
			}
			if got.Status == CheckFailed && got.exit != ExitAuth {
				t.Errorf("got exit code %d, want %d", got.exit, ExitAuth)
			}
		})
	}
}

func TestTheGravestStepCounts(t *testing.T) {
	step := func(s CheckStatus, e Exit) CheckStep { return CheckStep{Status: s, exit: e} }
	for _, c := range []struct {
		says  string
		steps []CheckStep
		want  Exit
	}{
		{"nothing failed", []CheckStep{step(CheckOK, 0), step(CheckWarning, 0), step(CheckUnknown, 0), step(CheckSkipped, 0)}, ExitOK},
		{"the job", []CheckStep{step(CheckOK, 0), step(CheckFailed, ExitUsage)}, ExitUsage},
		{"the network before the job", []CheckStep{step(CheckFailed, ExitUsage), step(CheckFailed, ExitError)}, ExitError},
		{"a right before the network", []CheckStep{step(CheckFailed, ExitError), step(CheckFailed, ExitAuth)}, ExitAuth},
		{"a warning has no exit code, whatever stands in it", []CheckStep{step(CheckWarning, ExitAuth)}, ExitOK},
	} {
		if got := (&Checked{Steps: c.steps}).Exit(); got != c.want {
			t.Errorf("%s: got exit code %d, want %d", c.says, got, c.want)
		}
	}
}

func TestAllowCountsForItsOwnPath(t *testing.T) {
	list := &model.Listing{Operation: model.Operation{Method: "GET", Path: "/sites/"}}
	r := &model.Resource{List: list, Get: &model.Operation{Method: "GET", Path: "/sites/{id}"}}
	c := &checker{job: &Job{Resource: r}, listed: remote.Look{Allow: []string{"GET", "POST"}}, record: remote.Look{Allow: []string{"GET", "PATCH"}}}
	for _, k := range []struct{ says, path, want string }{
		{"that of the list, with or without a slash", "/sites", "GET POST"},
		{"that of one record", "/sites/{id}", "GET PATCH"},
		{"none of a path that was not read", "/other", ""},
	} {
		if got := strings.Join(c.allowed(&model.Operation{Path: k.path}), " "); got != k.want {
			t.Errorf("%s: got %q, want %q", k.says, got, k.want)
		}
	}
}

// TestWhatIsKnownOfCredentials: how long a token lives, and a header beyond its documented length, which is worth a warning
// and no more: no API has been seen to refuse it.
func TestWhatIsKnownOfCredentials(t *testing.T) {
	ends := time.Now().Add(2 * time.Hour).UTC()
	for _, c := range []struct {
		says   string
		most   int
		facts  remote.TokenFacts
		want   CheckStatus
		detail string
	}{
		{"nothing but that they do", 256, remote.TokenFacts{Header: 30}, CheckOK, "accepted"},
		{"a header as long as documented", 256, remote.TokenFacts{Header: 256}, CheckOK, "accepted"},
		{"a longer one", 256, remote.TokenFacts{Header: 257}, CheckWarning, "accepted; the header that carries the token has 257 characters, documented are at most 256"},
		{"any length where none is documented", 0, remote.TokenFacts{Header: 5000}, CheckOK, "accepted"},
		{"the end of the token", 0, remote.TokenFacts{Expires: ends}, CheckOK, "accepted; the token ends at " + ends.Format(time.RFC3339)},
	} {
		t.Run(c.says, func(t *testing.T) {
			target := &model.Target{Auth: model.Auth{MaxHeader: c.most}}
			checker := &checker{job: &Job{Target: target}, facts: c.facts, steps: map[string]CheckStep{}}
			checker.credentials()
			got := checker.steps["credentials"]
			if detail, _, _ := strings.Cut(got.Detail, ", in "); got.Status != c.want || detail != c.detail {
				t.Errorf("got %s, %q; want %s, %q", got.Status, got.Detail, c.want, c.detail)
			}
		})
	}
}

// TestASettingAmongThoseThatCanBe: a list that has it proves it, a whole list that does not disproves it, and one page of
// several, or a list that cannot be had, leaves it open.
func TestASettingAmongThoseThatCanBe(t *testing.T) {
	items := []json.RawMessage{json.RawMessage(`{"id": 1, "name": "North"}`), json.RawMessage(`{"id": 2}`)}
	for _, c := range []struct {
		says, value string
		look        remote.Look
		want        CheckStatus
		detail      string
	}{
		{"it is there by name", "1", remote.Look{Status: 200, Items: items}, CheckOK, `desk 1 is "North"`},
		{"it is there without a name", "2", remote.Look{Status: 200, Items: items}, CheckOK, "desk 2 is one of those that the credentials may use"},
		{"it is not there", "3", remote.Look{Status: 200, Items: items}, CheckFailed, "desk 3 is not among those that the credentials may use"},
		{"nothing is there", "3", remote.Look{Status: 200}, CheckFailed, "desk 3 is not among those that the credentials may use"},
		{"it may be on a later page", "3", remote.Look{Status: 200, Items: items, More: true}, CheckUnknown, "desk 3 is not on the first page"},
		{"there is no such list", "3", remote.Look{Status: 404, Err: errors.New("not found"), Text: "no such path"}, CheckUnknown, "whether there is desk 3 cannot be seen: GET /desks answers 404: no such path"},
	} {
		t.Run(c.says, func(t *testing.T) {
			s := model.Setting{Name: "desk", In: []string{"header"}, Except: []string{"listDesks"}}
			op := model.Operation{ID: "listDesks", Method: http.MethodGet, Path: "/desks"}
			target := &model.Target{Settings: []model.Setting{s}, Check: &model.Check{Operation: op, Items: "items", ID: "id", Setting: "desk"}}
			job := &Job{Target: target, Connection: Connection{Account: map[string]string{"desk": c.value}}}
			checker := &checker{job: job, proof: &op, first: c.look, steps: map[string]CheckStep{}}
			if err := checker.accounts(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := checker.steps["account.desk"]
			if got.Status != c.want || !strings.HasPrefix(got.Detail, c.detail) {
				t.Errorf("got %s, %q; want %s, %q", got.Status, got.Detail, c.want, c.detail)
			}
			if (checker.stopped != "") != (c.want == CheckFailed) {
				t.Errorf("got %q as the reason to stop at %s", checker.stopped, got.Status)
			}
		})
	}
}
