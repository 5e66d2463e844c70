package remote_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// kept is what a store holds.
type kept struct {
	ClientID     string `json:"client_id"`
	TokenURL     string `json:"token_url"`
	RefreshToken string `json:"refresh_token"`
	AccessToken  string `json:"access_token"`
}

// readStore reads a store as anybody else would.
func readStore(t testing.TB, path string) (k kept) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &k); err != nil {
		t.Fatal(err)
	}
	return k
}

// write sends a create and wants it accepted.
func write(t testing.TB, opts remote.Options) {
	t.Helper()
	if a := newClient(t, opts).Write(t.Context(), createOf(t, opts), "id"); a.Verdict != push.Accepted {
		t.Fatalf("write: %s, %q, want accepted", verdictName(a.Verdict), a.Message)
	}
}

func TestAStoreKeepsWhatALoginIsWorth(t *testing.T) {
	server := newIssuer(t)
	store := newStore(t)
	opts := personOptions(t, server, store)
	write(t, opts)
	want := kept{"me", server.URL + "/oauth2/token", "canary+r3f/r=sh_~1", "canary+acc/e=ss_~1"}
	if got := readStore(t, store); got != want {
		t.Errorf("the store has %+v, want %+v", got, want)
	}
	for path, want := range map[string]os.FileMode{store: 0o600, store + ".lock": 0o600, filepath.Dir(store): 0o700} {
		if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != want {
			t.Errorf("%s has the mode %v, %v, want %v", path, info.Mode(), err, want)
		}
	}
	write(t, opts)
	if n := server.tokenCalls(); n != 1 {
		t.Errorf("%d token calls, want none for a second client: the access token is kept too", n)
	}
	server.expire()
	opts.Auth.RefreshToken = remote.Secret{}
	client := newClient(t, opts)
	if _, _, err := client.Get(t.Context(), "5", customer(t, opts)); err != nil {
		t.Errorf("without a refresh token in the job: %v, want the store's to do", err)
	}
	if got := readStore(t, store).RefreshToken; got != "canary+r3f/r=sh_~2" {
		t.Errorf("the store has %s, want the second of the refresh tokens", got)
	}
	if files, err := os.ReadDir(filepath.Dir(store)); err != nil || len(files) != 2 {
		t.Errorf("the folder has %v, %v, want the store and its lock", files, err)
	}
}

// TestARotatedTokenIsOnTheDiskBeforeItIsUsed: with the first request that goes with the new access token the server looks at
// the store.
func TestARotatedTokenIsOnTheDiskBeforeItIsUsed(t *testing.T) {
	server := newIssuer(t)
	store := newStore(t)
	looked := false
	server.reached = func() {
		looked = true
		if got := readStore(t, store).RefreshToken; got != "canary+r3f/r=sh_~1" {
			t.Errorf("the store has %s, want the refresh token that came with the token in use", got)
		}
	}
	write(t, personOptions(t, server, store))
	if !looked {
		t.Error("no request came: the test shows nothing")
	}
}

// TestARenewalOutlivesTheRun: a call that has used up the refresh token is not thrown away because somebody presses Ctrl-C.
func TestARenewalOutlivesTheRun(t *testing.T) {
	server := newIssuer(t)
	store := newStore(t)
	ctx, cut := context.WithCancel(t.Context())
	server.before = func(int, http.ResponseWriter) bool {
		cut()
		return false
	}
	opts := personOptions(t, server, store)
	newClient(t, opts).Write(ctx, createOf(t, opts), "id")
	if ctx.Err() == nil {
		t.Fatal("the run was not cut off: the test shows nothing")
	}
	if got := readStore(t, store).RefreshToken; got != "canary+r3f/r=sh_~1" {
		t.Errorf("the store has %s, want the refresh token that the API has given out", got)
	}
}

// TestTheStoreWinsUntilTheJobNamesAnotherToken: the token in the job grows old with the first renewal.
func TestTheStoreWinsUntilTheJobNamesAnotherToken(t *testing.T) {
	server := newIssuer(t)
	store := newStore(t)
	opts := personOptions(t, server, store)
	write(t, opts)
	server.expire()
	if _, _, err := newClient(t, opts).Get(t.Context(), "5", customer(t, opts)); err != nil {
		t.Errorf("the same token in the job: %v, want the store's to be sent", err)
	}
	server.mu.Lock()
	server.refresh = "canary-of-a-new-login"
	server.mu.Unlock()
	opts.Auth.RefreshToken = remote.NewSecret("canary-of-a-new-login")
	write(t, opts)
	if got := server.calls[len(server.calls)-1].Get("refresh_token"); got != "canary-of-a-new-login" || len(server.calls) != 3 {
		t.Errorf("%d token calls, the last with %s; want a third, with the job's new token", len(server.calls), got)
	}
}

// TestProcessesThatShareAStore renew once between them. To send a used-up refresh token would end the login for all.
func TestProcessesThatShareAStore(t *testing.T) {
	server := newIssuer(t)
	opts := personOptions(t, server, newStore(t))
	var processes sync.WaitGroup
	for range 4 {
		client := newClient(t, opts)
		for range 4 {
			processes.Go(func() {
				for range 3 {
					if _, _, err := client.Get(t.Context(), "5", customer(t, opts)); err != nil {
						t.Errorf("read: %v", err)
					}
				}
			})
		}
	}
	processes.Wait()
	if n := server.tokenCalls(); n != 1 {
		t.Errorf("%d token calls, want 1", n)
	}
	server.expire()
	for range 4 {
		if _, _, err := newClient(t, opts).Get(t.Context(), "5", customer(t, opts)); err != nil {
			t.Errorf("after the token has ended: %v", err)
		}
	}
	if n := server.tokenCalls(); n != 2 {
		t.Errorf("%d token calls, want 2", n)
	}
}

func TestWithoutALoginThereIsNoToken(t *testing.T) {
	server := newIssuer(t)
	opts := personOptions(t, server, newStore(t))
	opts.Auth.RefreshToken = remote.Secret{}
	client := newClient(t, opts)
	if _, _, err := client.Get(t.Context(), "5", customer(t, opts)); !errors.Is(err, remote.ErrUnauthorized) || !strings.Contains(err.Error(), "rollcall login") {
		t.Errorf("read: %v, want that nobody has logged in", err)
	}
	opts.Auth.RefreshToken = remote.NewSecret("not-the-one")
	if a := newClient(t, opts).Write(t.Context(), createOf(t, opts), "id"); a.Verdict != push.Unauthorized || !strings.Contains(a.Message, "run `rollcall login` to log in again") {
		t.Errorf("write with a worthless refresh token: %s, %q, want unauthorized with a remedy", verdictName(a.Verdict), a.Message)
	}
	if n := len(server.seen()); n != 1 {
		t.Errorf("%d requests, want one token call", n)
	}
}

func TestStoresThatAreRefused(t *testing.T) {
	good := func(t *testing.T, opts remote.Options) { write(t, opts) }
	for _, c := range []struct {
		name string
		make func(t *testing.T, opts *remote.Options)
		says string
	}{
		{"of another client", func(t *testing.T, o *remote.Options) { good(t, *o); o.Auth.ClientID = "you" }, "belongs to client me"},
		{"of another address", func(t *testing.T, o *remote.Options) { good(t, *o); o.Auth.TokenURL = "https://login.example.com/" }, "not to me at https://login.example.com/"},
		{"half a file", func(t *testing.T, o *remote.Options) { put(t, o.Auth.Store, `{"version": 1,`) }, "is damaged"},
		{"something else", func(t *testing.T, o *remote.Options) { put(t, o.Auth.Store, `{"version": 1}`) }, "is damaged"},
		{"of a later version", func(t *testing.T, o *remote.Options) { put(t, o.Auth.Store, `{"version": 2, "refresh_token": "x"}`) }, "is damaged"},
		{"a folder", func(t *testing.T, o *remote.Options) { put(t, o.Auth.Store+"/x", "") }, "is no token store"},
		{"a link", func(t *testing.T, o *remote.Options) {
			put(t, o.Auth.Store+".elsewhere", "{}")
			if err := os.Symlink(o.Auth.Store+".elsewhere", o.Auth.Store); err != nil {
				t.Skip(err)
			}
		}, "is no token store"},
		{"readable by others", func(t *testing.T, o *remote.Options) {
			if runtime.GOOS == "windows" {
				t.Skip("mode bits do not show that here")
			}
			good(t, *o)
			if err := os.Chmod(o.Auth.Store, 0o640); err != nil {
				t.Fatal(err)
			}
		}, "run `chmod 600"},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := personOptions(t, newIssuer(t), newStore(t))
			c.make(t, &opts)
			if _, err := remote.New(opts); err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "connection.auth.store") {
				t.Errorf("error = %v, want one about connection.auth.store that says %q", err, c.says)
			}
		})
	}
}

// TestAStoreThatCannotBeWrittenCostsNoRefreshToken: what would be used up stays good until the folder is mended.
func TestAStoreThatCannotBeWrittenCostsNoRefreshToken(t *testing.T) {
	server := newIssuer(t)
	opts := personOptions(t, server, newStore(t))
	put(t, opts.Auth.Store+".new/in the way", "")
	client := newClient(t, opts)
	if a := client.Write(t.Context(), createOf(t, opts), "id"); a.Verdict != push.Unauthorized || !strings.Contains(a.Message, "connection.auth.store cannot be written") {
		t.Errorf("write: %s, %q, want that the run stops for the store", verdictName(a.Verdict), a.Message)
	}
	if n := len(server.seen()); n != 0 {
		t.Errorf("%d requests, want none", n)
	}
	if err := os.RemoveAll(opts.Auth.Store + ".new"); err != nil {
		t.Fatal(err)
	}
	if a := client.Write(t.Context(), createOf(t, opts), "id"); a.Verdict != push.Accepted {
		t.Errorf("with the folder mended: %s, %q, want accepted", verdictName(a.Verdict), a.Message)
	}
}

// TestWhatCouldNotBeKeptIsKeptLater: the disk fills up while the token call is under way. What came with it is used neither
// then nor lost.
func TestWhatCouldNotBeKeptIsKeptLater(t *testing.T) {
	server := newIssuer(t)
	opts := personOptions(t, server, newStore(t))
	server.before = func(int, http.ResponseWriter) bool {
		put(t, opts.Auth.Store+".new/in the way", "")
		return false
	}
	client := newClient(t, opts)
	if a := client.Write(t.Context(), createOf(t, opts), "id"); a.Verdict != push.Unauthorized {
		t.Errorf("write: %s, %q, want that the run stops for the store", verdictName(a.Verdict), a.Message)
	}
	if err := os.RemoveAll(opts.Auth.Store + ".new"); err != nil {
		t.Fatal(err)
	}
	if a := client.Write(t.Context(), createOf(t, opts), "id"); a.Verdict != push.Accepted || server.tokenCalls() != 1 {
		t.Errorf("once more: %s, %q, after %d token calls; want accepted, with the token of the first", verdictName(a.Verdict), a.Message, server.tokenCalls())
	}
	if got := readStore(t, opts.Auth.Store).RefreshToken; got != "canary+r3f/r=sh_~1" {
		t.Errorf("the store has %s, want what came with the token", got)
	}
}

// put writes a file that only we can read, and the folders that lead to it.
func put(t testing.TB, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}
