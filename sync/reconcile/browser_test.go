//go:build !windows

package reconcile_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
)

// browser is a headless Chromium, spoken to through its DevTools pipe: it opens no port, and nobody else can join.
type browser struct {
	t       *testing.T
	to      io.Writer
	from    *bufio.Reader
	id      int
	session string
	events  []event       // that came so far
	last    func() string // what it said before it ended
}

// event is something that happened in the browser.
type event struct {
	Method string
	Params json.RawMessage
}

// answer is what the browser says: the result of a command, or an event.
type answer struct {
	ID     int
	Error  json.RawMessage
	Result json.RawMessage
	event
}

// openBrowser starts a Chromium with one blank page. The test is skipped where there is none.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("there is no Chromium on this machine; install it to look at the page in a browser")
	}
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir(), "about:blank")
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	log := &bytes.Buffer{}
	cmd.Stderr = log
	theirs, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, ours, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{theirs, ours} // 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = theirs.Close(), ours.Close()
	b := &browser{t: t, to: to, from: bufio.NewReader(from), last: func() string { _ = cmd.Wait(); return log.String() }}
	t.Cleanup(func() {
		_, _ = fmt.Fprintf(to, `{"id":0,"method":"Browser.close"}`+"\x00")
		_, _ = io.Copy(io.Discard, b.from) // it lets go of the pipe when it has ended
		_ = cmd.Wait()
		_, _ = to.Close(), from.Close()
	})
	b.attach()
	return b
}

// attach makes the one page the one that commands are for, and listens to it.
func (b *browser) attach() {
	b.t.Helper()
	var made struct{ TargetID string }
	b.decode(b.do("Target.createTarget", map[string]any{"url": "about:blank"}), &made)
	var session struct{ SessionID string }
	b.decode(b.do("Target.attachToTarget", map[string]any{"targetId": made.TargetID, "flatten": true}), &session)
	b.session = session.SessionID
	for _, domain := range []string{"Page", "Network", "Runtime", "Log"} {
		b.do(domain+".enable", nil)
	}
}

// do carries out one command and returns its result. Events that come meanwhile are kept.
func (b *browser) do(method string, params map[string]any) json.RawMessage {
	b.t.Helper()
	b.id++
	id := b.id
	message := map[string]any{"id": id, "method": method, "params": params}
	if params == nil {
		delete(message, "params")
	}
	if b.session != "" {
		message["sessionId"] = b.session
	}
	data, err := json.Marshal(message)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.to.Write(append(data, 0)); err != nil {
		b.t.Fatalf("%s: the browser is gone: %v", method, err)
	}
	for {
		a := b.read()
		if a.ID != id {
			continue
		}
		if a.Error != nil {
			b.t.Fatalf("%s: %s", method, a.Error)
		}
		return a.Result
	}
}

// read takes the next message; an event is kept.
func (b *browser) read() answer {
	b.t.Helper()
	data, err := b.from.ReadBytes(0)
	if err != nil {
		b.t.Fatalf("the browser is gone: %v\n%s", err, b.last())
	}
	var a answer
	b.decode(bytes.TrimSuffix(data, []byte{0}), &a)
	if a.Method == "Page.javascriptDialogOpening" { // until it is closed, the page stands still
		b.t.Fatalf("the page opened a dialog: %s", a.Params)
	}
	if a.Method != "" {
		b.events = append(b.events, a.event)
	}
	return a
}

func (b *browser) decode(data []byte, into any) {
	b.t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		b.t.Fatalf("read %.200s: %v", data, err)
	}
}

// open opens a file and returns when it is loaded and at rest.
func (b *browser) open(path string) {
	b.t.Helper()
	b.do("Page.navigate", map[string]any{"url": "file://" + path})
	for b.count("Page.loadEventFired") == 0 {
		b.read()
	}
	var done bool
	b.eval(`new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(true), 50)))`, &done)
}

// eval evaluates an expression in the page, and stores what comes of it.
func (b *browser) eval(expression string, into any) {
	b.t.Helper()
	var out struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.decode(b.do("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}), &out)
	if out.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, out.ExceptionDetails)
	}
	b.decode(out.Result.Value, into)
}

// count is how many events of a kind there were.
func (b *browser) count(method string) int {
	n := 0
	for _, e := range b.events {
		if e.Method == method {
			n++
		}
	}
	return n
}
