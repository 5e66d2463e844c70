package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// receiver is a webhook: it keeps what it was told, and answers as it is meant to.
type receiver struct {
	mu      sync.Mutex
	bodies  []string
	answers []int // of the first requests; then 200
}

// ServeHTTP keeps the body.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body) // a request that breaks off is told as it came
	r.mu.Lock()
	defer r.mu.Unlock()
	code := http.StatusOK
	if len(r.bodies) < len(r.answers) {
		code = r.answers[len(r.bodies)]
	}
	r.bodies = append(r.bodies, req.Method+" "+req.URL.Path+" "+string(body))
	if code/100 == 3 {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(code)
}

// notices is what was told, and forgets it.
func (r *receiver) notices(t *testing.T) (all []notice) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, body := range r.bodies {
		_, text, _ := strings.Cut(body, "{")
		all = append(all, readNotice(t, "{"+text))
	}
	r.bodies = nil
	return all
}

// notice is the part of a notification that the tests look at.
type notice struct {
	Version  int
	ID       string
	Text     string
	Events   []string
	Command  string
	Target   string
	Run      string
	ExitCode int            `json:"exit_code"`
	Counts   map[string]int `json:"counts"`
	Files    map[string]string
}

func readNotice(t *testing.T, text string) (n notice) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &n); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return n
}

const hookSecret = "T0KEN-of-the-hook-9f3"

// notifiedPlace is a place whose job has notifications; HOOK is the address of the receiver.
func notifiedPlace(t *testing.T, notify string) (*place, *receiver) {
	t.Helper()
	hook := &receiver{}
	server := httptest.NewServer(hook)
	t.Cleanup(server.Close)
	p := newPlace(t, plainJob+notify+"\n")
	p.write(t, "hook.txt", server.URL+"/services/"+hookSecret+"\n")
	p.write(t, "good.csv", "Customer,E-mail\n1,ann.archer@x.example\n")
	p.write(t, "bad.csv", "Customer,E-mail\n1,ann.archer@x.example\n1,wrong-address\n")
	p.write(t, "empty.csv", "Customer,E-mail\n")
	p.write(t, "drift.csv", "Customer,Mail\n1,ann.archer@x.example\n")
	return p, hook
}

func TestNotificationsTellWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	const everything = `notify: [{on: [failed, in_doubt, guard, empty, refused, early, locked, interrupted, success], webhook: "${file:hook.txt}"}]`
	p, hook := notifiedPlace(t, everything)
	for _, tt := range []struct {
		says   string
		args   []string
		code   int
		events []string
		counts bool
	}{
		{"a run with an invalid row has failed", []string{"sync", "--yes", "bad.csv"}, 3, []string{"failed"}, true},
		{"a run without a problem is a success", []string{"sync", "--yes", "good.csv"}, 0, []string{"success"}, true},
		{"a sheet without rows is refused by a guard", []string{"sync", "--yes", "empty.csv"}, 4, []string{"guard", "empty", "refused"}, true},
		{"columns that do not fit are refused before there is a run", []string{"sync", "--yes", "drift.csv"}, 4, []string{"refused"}, false},
		{"a sheet that is not there is a failure", []string{"sync", "--yes", "none.csv"}, 2, []string{"failed"}, false},
		{"a plan is told, too", []string{"plan", "good.csv"}, 0, []string{"success"}, true},
	} {
		r := p.rollcall(t, tt.args...)
		if r.code != tt.code {
			t.Fatalf("%s: got exit code %d, want %d: %s", tt.says, r.code, tt.code, r.errOut)
		}
		told := hook.notices(t)
		if len(told) != 1 {
			t.Fatalf("%s: got %d notifications, want 1: %s", tt.says, len(told), r.errOut)
		}
		n := told[0]
		if d := cmp.Diff(n.Events, tt.events); d != "" {
			t.Errorf("%s: events differ (-got +want):\n%s", tt.says, d)
		}
		if n.Version != 1 || n.ID == "" || n.ExitCode != tt.code || n.Command != tt.args[0] || n.Target != "cro/contact" || (n.Counts != nil) != tt.counts || (n.Run != "") != tt.counts {
			t.Errorf("%s: got %+v", tt.says, n)
		}
		if tt.counts && !strings.HasSuffix(n.Files["summary.json"], filepath.Join(n.Run, "summary.json")) {
			t.Errorf("%s: got files %v, want those of the run", tt.says, n.Files)
		}
		if strings.Contains(n.Text, "\n") || !strings.Contains(n.Text, n.Run) {
			t.Errorf("%s: got text %q, want one line that names the run", tt.says, n.Text)
		}
	}
}

// Nothing of a row is in a notification, and nothing of the address is anywhere.
func TestNotificationsTellNothingOfPersonsNorOfSecrets(t *testing.T) {
	t.Parallel()
	p, hook := notifiedPlace(t, `notify: [{on: [failed, success], webhook: "${file:hook.txt}"}]`)
	hook.answers = []int{200, 500, 500}
	var said strings.Builder
	for range 2 {
		r := p.rollcall(t, "-v", "sync", "--yes", "bad.csv")
		said.WriteString(r.out + r.errOut)
	}
	for _, body := range hook.bodies {
		if strings.Contains(body, "archer") || strings.Contains(body, "wrong-address") {
			t.Errorf("a notification tells of a person: %s", body)
		}
	}
	if !strings.Contains(said.String(), "notification not sent") {
		t.Fatalf("nothing was said of the failure: %s", said.String())
	}
	if strings.Contains(said.String(), hookSecret) {
		t.Errorf("the address is told: %s", said.String())
	}
	if found := searched(t, p.path(".rollcall"), []string{hookSecret}); len(found) > 0 {
		t.Errorf("the address is in %q", found)
	}
	logs, err := filepath.Glob(p.path(".rollcall/runs/*/run.log"))
	if err != nil || !slices.ContainsFunc(logs, func(name string) bool {
		data, err := os.ReadFile(name)
		return err == nil && strings.Contains(string(data), `"msg":"notification not sent"`)
	}) {
		t.Errorf("no log of %q tells of the failure (%v)", logs, err)
	}
}

// A notification that fails is a warning: the exit code is that of the run, and there is one more try at most.
func TestAFailingNotificationChangesNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		says    string
		notify  string
		answers []int
		tries   int
		warning string
	}{
		{"an error that may pass is tried once more", `webhook: "${file:hook.txt}"`, []int{503, 503, 503}, 2, "answers with HTTP 503"},
		{"the second try may go well", `webhook: "${file:hook.txt}"`, []int{503}, 2, ""},
		{"a refusal is not tried again", `webhook: "${file:hook.txt}"`, []int{404, 404}, 1, "answers with HTTP 404"},
		{"a redirect is not followed", `webhook: "${file:hook.txt}"`, []int{307, 307}, 1, "redirect, which is not followed"},
		{"an address that is not there", `webhook: "${file:nowhere.txt}"`, nil, 0, "notify[0].webhook: "},
		{"a variable that is not set", `webhook: "${env:NO_SUCH_HOOK}"`, nil, 0, "NO_SUCH_HOOK is not set"},
		{"an address that anybody can listen to", `webhook: "${file:http.txt}"`, nil, 0, "must begin with https://"},
		{"nobody listens", `webhook: "${file:dead.txt}"`, nil, 0, "cannot be reached"},
		{"a command that is not there", `command: [./no-such-program]`, nil, 0, "run ./no-such-program"},
	} {
		t.Run(tt.says, func(t *testing.T) {
			t.Parallel()
			p, hook := notifiedPlace(t, "notify: [{on: [success], "+tt.notify+"}]")
			hook.answers = tt.answers
			p.write(t, "http.txt", "http://hooks.example.org/x")
			p.write(t, "dead.txt", "http://127.0.0.1:1/"+hookSecret)
			r := p.rollcall(t, "sync", "--yes", "good.csv")
			if r.code != 0 {
				t.Errorf("got exit code %d, want 0: %s", r.code, r.errOut)
			}
			if n := len(hook.notices(t)); n != tt.tries {
				t.Errorf("got %d tries, want %d", n, tt.tries)
			}
			if tt.warning == "" && strings.Contains(r.errOut, "notification") || !strings.Contains(r.errOut, tt.warning) {
				t.Errorf("got %q, want a warning that says %q", r.errOut, tt.warning)
			}
			if strings.Contains(r.errOut, hookSecret) {
				t.Errorf("the address is told: %s", r.errOut)
			}
		})
	}
}

// A command gets the JSON on its standard input; what it says when it fails is repeated, without secrets.
func TestACommandIsNotified(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	p, _ := notifiedPlace(t, `notify:
  - {on: [failed], command: [`+shell+`, -c, "cat > told.json; echo the token is $TOKEN >&2; exit 9"]}
  - {on: [success], command: [`+shell+`, -c, "cat > never.json"]}`)
	r := p.rollcall(t, "sync", "--yes", "bad.csv")
	if r.code != 3 || !strings.Contains(r.errOut, "exit status 9") || !strings.Contains(r.errOut, "the token is ***") {
		t.Errorf("got exit code %d and %q", r.code, r.errOut)
	}
	told, err := os.ReadFile(p.path("told.json"))
	if err != nil {
		t.Fatal(err)
	}
	if n := readNotice(t, string(told)); n.ExitCode != 3 || n.Counts["invalid"] != 1 {
		t.Errorf("the command was told %+v", n)
	}
	if _, err := os.Stat(p.path("never.json")); err == nil {
		t.Error("a command was told what it did not ask for")
	}
}
