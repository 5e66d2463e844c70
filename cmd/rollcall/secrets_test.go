package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// way is one way to authenticate: what the job says, and where its secrets are.
type way struct {
	methods string // of the target file
	auth    string // of the job file
	file    string // content of given/secret.txt, "" for no such file
	env     string // of the variable SECRET
	login   bool   // a person logs in first
}

func ways() map[string]way {
	token, key := canary("tok/9f3+Zz==_~.k"), canary(`sec"9f3&Zz/<+>=\~k`)
	return map[string]way{
		"a token from the environment":             {methods: "bearer", auth: `{token: "${env:SECRET}"}`, env: token},
		"a token from a file":                      {methods: "bearer", auth: `{token: "${file:given/secret.txt}"}`, file: token + "\n"},
		"an API key":                               {methods: "api_key", auth: `{token: "${env:SECRET}"}`, env: key},
		"a client secret from the environment":     {methods: "client_credentials", auth: `{client_id: me, client_secret: "${env:SECRET}"}`, env: key},
		"a client secret from a file":              {methods: "client_credentials", auth: `{client_id: me, client_secret: "${file:given/secret.txt}"}`, file: key},
		"a refresh token to begin with":            {methods: "refresh_token", auth: `{client_id: me, refresh_token: "${env:SECRET}", store: keep/login.json}`, env: token},
		"a person who logs in, of a secret client": {methods: "refresh_token", auth: `{client_id: me, client_secret: "${env:SECRET}", store: keep/login.json, authorize_url: "BASE_URL/authorize"}`, env: key, login: true},
	}
}

// house is a folder with a job for a mirror, everything that a run leaves, and everything that it says.
type house struct {
	dir    string
	mirror *mirror
	env    []string

	mu     sync.Mutex
	runs   int
	lines  []byte // command lines of all processes, seen while the program was at work
	peeked int    // runs of which they are
}

// newHouse furnishes one for a way to authenticate.
func newHouse(t *testing.T, w way) *house {
	t.Helper()
	h := &house{dir: t.TempDir(), mirror: &mirror{}}
	h.mirror.peek = h.peek
	server := httptest.NewServer(h.mirror)
	t.Cleanup(server.Close)
	h.mirror.url = server.URL
	for _, dir := range []string{"given", "out", "tmp", "home"} {
		if err := os.Mkdir(filepath.Join(h.dir, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	h.write(t, "mirror.yaml", strings.ReplaceAll(mirrorAPI, "METHODS", w.methods))
	h.write(t, "config.yaml", strings.NewReplacer("AUTH", strings.ReplaceAll(w.auth, "BASE_URL", server.URL), "BASE_URL", server.URL).Replace(`
version: 1
target: mirror/thing
target_file: mirror.yaml
connection: {base_url: "BASE_URL", auth: AUTH, settle: 10ms, max_pause: 100ms, timeout: 5s, workers: 2}
source: {file: things.csv}
identity: {key: [name]}
columns: {Name: name, Note: note, Group: {field: group, lookup: name}}
`))
	h.write(t, "things.csv", "Name,Note,Group\nA,1,North\nB,2,\nC,3,South\n")
	h.write(t, "one.csv", "Name,Note,Group\nZ,1,\n")
	if w.file != "" {
		h.write(t, "given/secret.txt", w.file)
	}
	h.env = append(os.Environ(), "SECRET="+w.env, "HOME="+h.path("home"), "XDG_STATE_HOME="+h.path("home/state"), "TMPDIR="+h.path("tmp"))
	return h
}

// path is a file of the house.
func (h *house) path(name string) string { return filepath.Join(h.dir, filepath.FromSlash(name)) }

// write writes a file.
func (h *house) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(h.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// peek notes what the list of processes shows, once for each run of the program.
func (h *house) peek() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.peeked < h.runs+1 {
		h.lines, h.peeked = append(h.lines, commandLines()...), h.runs+1
	}
}

// command is the program with arguments, not started yet.
func (h *house) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("rollcall")
	if err != nil {
		t.Fatal(err)
	}
	h.mirror.forget()
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env = h.dir, h.env
	return cmd
}

// rollcall runs the program to its end, and keeps what it says in a file of the house.
func (h *house) rollcall(t *testing.T, args ...string) result {
	t.Helper()
	cmd := h.command(t, args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	if ended := new(exec.ExitError); err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	r := result{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
	h.keep(t, r, args...)
	return r
}

// keep keeps what a run has said.
func (h *house) keep(t *testing.T, r result, args ...string) {
	t.Helper()
	h.mu.Lock()
	h.runs++
	h.mu.Unlock()
	h.write(t, fmt.Sprintf("out/%03d.txt", h.runs), fmt.Sprintf("%q: %d\n%s\n%s", args, r.code, r.out, r.errOut))
	if strings.Contains(r.errOut, "panic") || strings.Contains(r.errOut, "goroutine ") {
		t.Errorf("%q has panicked:\n%s", args, r.errOut)
	}
}

// login logs a person in, who pastes the address at which the browser would end. It answers with the query, in which STATE
// is replaced.
func (h *house) login(t *testing.T, query string, args ...string) result {
	t.Helper()
	cmd := h.command(t, args...)
	var out, errOut bytes.Buffer
	cmd.Stdout = &out
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(io.TeeReader(said, &errOut)); lines.Scan(); {
		if u, err := url.Parse(lines.Text()); err == nil && u.Query().Has("code_challenge") {
			fmt.Fprintf(in, "http://127.0.0.1/callback?%s\n", strings.ReplaceAll(query, "STATE", url.QueryEscape(u.Query().Get("state"))))
		}
	}
	_ = cmd.Wait() // the exit code is in the process state
	r := result{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
	h.keep(t, r, args...)
	return r
}

// moods is every way in which the mirror shows what it has heard.
func moods() map[string]mood {
	all := map[string]mood{
		"a redirect of reads within the origin":  {"read", leading("/echo/SAID/things?token=SAID")},
		"a redirect of reads to elsewhere":       {"read", leading("https://elsewhere.invalid/SAID?token=SAID#SAID")},
		"a redirect of writes within the origin": {"write", leading("/echo/SAID/things?token=SAID")},
		"a redirect of writes to elsewhere":      {"write", leading("https://SAID:SAID@elsewhere.invalid/SAID")},
		"a page in place of JSON":                {"read", showing(200, "<html>SAID</html>")},
		"a page in place of an id":               {"write", showing(200, "<html>SAID</html>")},
		"an id that is the secret":               {"write", showing(201, `{"id": SAID}`)},
		"records that hold the secret":           {"read", showing(200, `{"results": [{"id": "t9", "name": "B", "note": SAID, "group": SAID}]}`)},
		"names that hold the secret":             {"read", showing(200, `{"results": [{"id": "g1", "name": "North"}, {"id": SAID, "name": "South"}, {"id": "g2", "name": SAID}]}`)},
		"ids of records that hold the secret":    {"read", showing(200, `{"results": [{"id": SAID, "name": "A", "note": "0"}]}`)},
		"a next page named by the secret":        {"read", showing(200, `{"results": [{"id": "t9", "name": "A", "note": "0"}], "next": SAID}`)},
		"a status line that is none":             {"*", breaking("HTTP/1.1 SAID\r\n\r\n")},
		"a header that is none":                  {"*", breaking("HTTP/1.1 200 OK\r\nSAID\r\n\r\n")},
		"a trailer that is none":                 {"*", breaking("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\n{}\r\n0\r\nSAID\r\n\r\n")},
		"an answer that breaks off":              {"*", breaking("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{\"detail\": \"SAID\"")},
		"a method that is the secret": {"read", func(w http.ResponseWriter, r *http.Request, said string) {
			w.Header().Set("Allow", "GET, "+said)
			showing(200, `{"results": [{"id": "t9", "name": "A", "note": "0"}]}`)(w, r, said)
		}},
	}
	for _, status := range []int{400, 401, 403, 404, 409, 500} {
		all[fmt.Sprint("reads answered by ", status)] = mood{"read", refusing(status)}
		all[fmt.Sprint("writes answered by ", status)] = mood{"write", refusing(status)}
	}
	return all
}

// tokenMoods is the same for the calls that issue tokens.
func tokenMoods() map[string]mood {
	return map[string]mood{
		"a refused token":            {"token", refusing(400)},
		"an unauthorized client":     {"token", refusing(401)},
		"no place for tokens":        {"token", refusing(404)},
		"a failing token call":       {"token", refusing(500)},
		"a redirect of token calls":  {"token", leading("https://elsewhere.invalid/SAID?token=SAID")},
		"a token under another name": {"token", showing(200, `{"token": SAID, "refresh_token": SAID}`)},
		"a page in place of a token": {"token", showing(200, "<html>SAID</html>")},
		"a type that is the secret":  {"token", showing(200, `{"access_token": "a\nb", "token_type": SAID, "expires_in": SAID}`)},
		"a token call that breaks":   {"token", breaking("HTTP/1.1 SAID\r\n\r\n")},
	}
}

// TestSecretsAppearNowhere: whatever the API does with what it was told, no secret is in a log, a report, the ledger, a
// message, a temporary file or the list of processes. The one place for a refresh token is the store that the job names.
func TestSecretsAppearNowhere(t *testing.T) {
	for name, w := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, w)
			h.wholeStory(t, w)
			for name, to := range moods() {
				// How a secret has come to a request is no matter here: one way shows them all, the others the gravest.
				if to.to == "*" || w.methods == "bearer" && w.env != "" || strings.HasSuffix(name, " 401") || strings.HasSuffix(name, " 500") {
					h.suffer(t, name, to)
				}
			}
			if w.methods != "bearer" && w.methods != "api_key" {
				for name, to := range tokenMoods() {
					h.outlive(t)
					h.suffer(t, name, to)
				}
			}
			if w.file != "" {
				h.meetStrangers(t)
			}
			h.search(t)
		})
	}
}

// wholeStory takes the commands through what they are for.
func (h *house) wholeStory(t *testing.T, w way) {
	t.Helper()
	ends := func(want int, args ...string) result {
		t.Helper()
		r := h.rollcall(t, args...)
		if r.code != want {
			t.Fatalf("%q: got exit code %d, want %d\n%s%s", args, r.code, want, r.out, r.errOut)
		}
		return r
	}
	if w.login {
		ends(12, "-v", "check")
		if r := h.login(t, "code="+url.QueryEscape(canary("code"))+"&state=STATE", "-v", "login", "--paste"); r.code != 0 {
			t.Fatalf("login: got exit code %d\n%s%s", r.code, r.out, r.errOut)
		}
		h.login(t, "code="+url.QueryEscape(canary("code"))+"&state=STATE&error="+url.QueryEscape(canary("code")), "login", "--paste", "--json")
		h.login(t, "code="+url.QueryEscape(canary("code"))+"&state=other", "-v", "login", "--paste")
	}
	ends(0, "-v", "check")
	ends(0, "check", "--json")
	ends(0, "-v", "plan", "one.csv")
	ends(0, "-v", "--log-format", "json", "apply", "--yes")
	ends(6, "-v", "sync", "--yes", "--limit", "1")
	ends(3, "-v", "resume", "--yes")
	ends(0, "-v", "fields", "mirror/thing", "--target-file", "mirror.yaml")

	// A row stays in doubt: its answer was lost, and two records are what was sent.
	h.write(t, "doubt.csv", "Name,Note,Group\nY,1,\n")
	h.mirror.become(mood{"write", func(w http.ResponseWriter, r *http.Request, said string) {
		for _, id := range []string{"y1", "y2"} {
			h.mirror.things = append(h.mirror.things, map[string]any{"id": id, "name": "Y", "note": "1", "echo": said})
		}
		breaking("HTTP/1.1 SAID\r\n\r\n")(w, r, said)
	}})
	run := ends(5, "-v", "sync", "--yes", "--json", "doubt.csv").summary(t).Run
	ends(5, "-v", "resolve", run)
	ends(5, "-v", "resume", "--yes", run)
	ends(0, "-v", "report", run)
	h.mirror.become(mood{})
	ends(0, "-v", "--log-format", "json", "resolve", run, "--row", "2", "--skip", "--reason", "why")
	ends(0, "runs", "--json")
}

// suffer runs the commands that speak to the API in a mood of the mirror.
func (h *house) suffer(t *testing.T, name string, to mood) {
	t.Helper()
	h.mirror.become(to)
	state := "state of " + regexp.MustCompile(`\W`).ReplaceAllString(name, " ")
	h.rollcall(t, "--state", state, "-v", "--log-format", "json", "sync", "--yes")
	if to.to == "write" {
		h.rollcall(t, "--state", state, "-v", "resume", "--yes", "--json")
	} else {
		h.rollcall(t, "--state", state, "-v", "check")
	}
	if h.mirror.told == 0 {
		t.Errorf("%s: the mirror has told nothing: this shows nothing", name)
	}
	h.mirror.become(mood{})
}

// outlive makes the access token in the store, if there is one, worthless: the next run asks for another.
func (h *house) outlive(t *testing.T) {
	t.Helper()
	data, err := os.ReadFile(h.path("keep/login.json"))
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	h.write(t, "keep/login.json", regexp.MustCompile(`"access_token": ".*?"`).ReplaceAllString(string(data), `"access_token": ""`))
}

// meetStrangers tries servers that nobody should talk to, and jobs that name secrets where none belongs.
func (h *house) meetStrangers(t *testing.T) {
	t.Helper()
	tls := httptest.NewUnstartedServer(h.mirror)
	tls.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of those who hang up
	tls.StartTLS()
	defer tls.Close()
	job, err := os.ReadFile(h.path("config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	secret := canary("literal")
	if err := os.Mkdir(h.path("given/jobs"), 0o700); err != nil {
		t.Fatal(err)
	}
	auth := regexp.MustCompile(`auth: \{.*?\},`)
	for name, text := range map[string]string{
		"TLS, and nobody's authority":          strings.ReplaceAll(string(job), h.mirror.url, tls.URL),
		"a literal token":                      auth.ReplaceAllString(string(job), "auth: {token: "+secret+"},"),
		"a token in a list":                    auth.ReplaceAllString(string(job), "auth: {token: ["+secret+"]},"),
		"a token alone":                        auth.ReplaceAllString(string(job), "auth: "+secret+","),
		"half a reference":                     auth.ReplaceAllString(string(job), `auth: {token: "${env:`+secret+`"},`),
		"a user in the address":                strings.ReplaceAll(string(job), "http://", "http://me:"+secret+"@"),
		"a user in the address, and no scheme": strings.ReplaceAll(string(job), "http://", "me:"+secret+"@"),
		"a query in the address":               strings.ReplaceAll(string(job), `base_url: "`+h.mirror.url, `base_url: "`+h.mirror.url+"/?api_key="+secret),
	} {
		file := "given/jobs/" + strings.ReplaceAll(name, " ", "-") + ".yaml"
		h.write(t, file, strings.ReplaceAll(strings.ReplaceAll(text, "mirror.yaml", "../../mirror.yaml"), "things.csv", "../../things.csv"))
		for _, command := range []string{"check", "sync", "resume", "runs"} {
			args := []string{"-c", file, "--state", "state of strangers", command}
			if command == "sync" || command == "resume" {
				args = append(args, "--yes")
			}
			if r := h.rollcall(t, args...); r.code == 0 && command != "runs" && command != "resume" {
				t.Errorf("%s: %q has worked", name, args)
			}
		}
	}
}

// search looks for the secrets in everything that is left, and in what the list of processes has shown.
func (h *house) search(t *testing.T) {
	t.Helper()
	store := h.path("keep/login.json")
	if info, err := os.Stat(store); err == nil {
		data, err := os.ReadFile(store)
		if err != nil {
			t.Fatal(err)
		}
		var kept struct {
			RefreshToken string `json:"refresh_token"`
		}
		if err := json.Unmarshal(data, &kept); err != nil || !strings.HasPrefix(kept.RefreshToken, canaryHead) {
			t.Errorf("the store has no refresh token: %v", err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("got mode %04o of the store, want 0600", info.Mode().Perm())
		}
	}
	found, files := canariesBelow(t, h.dir, func(path string) bool { return path == store || path == h.path("given") })
	for _, leak := range found {
		t.Error(leak)
	}
	if len(h.lines) > 0 && !bytes.Contains(h.lines, []byte("--log-format")) {
		t.Error("the program is not in the list of processes: this shows nothing")
	}
	if found := canariesIn(h.lines); len(found) > 0 {
		t.Errorf("the list of processes shows %q", found)
	}
	t.Logf("%d runs of the program, %d files searched", h.runs, files)
}
