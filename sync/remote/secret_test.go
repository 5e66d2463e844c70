package remote_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/remote"
)

func TestSecretsNeverShowThemselves(t *testing.T) {
	type settings struct {
		Name  string
		Token remote.Secret
	}
	type hidden struct{ token remote.Secret }
	secret := remote.NewSecret(token)
	s := settings{"cro", secret}
	var out strings.Builder
	client := newClient(t, croOptions(t, "https://api.example.com"))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{secret, &secret, s, &s, hidden{secret}, &hidden{secret}, []remote.Secret{secret}, map[string]remote.Secret{"a": secret}, client, croOptions(t, "")} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
	}
	fmt.Fprintln(&out, hidden{token: secret}.token)
	fmt.Fprintln(&out, errors.Join(fmt.Errorf("with %v", s)))
	for _, value := range []any{secret, &secret, s, &s, []remote.Secret{secret}, map[remote.Secret]remote.Secret{secret: secret}} {
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(data)
		out.WriteString("\n")
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(handler).Info("settings", "value", value, slog.Any("again", value))
		}
	}
	text := out.String()
	if leaks(text) || strings.Contains(text, fmt.Sprintf("%x", token)) {
		t.Errorf("the secret is shown:\n%s", text)
	}
	if !strings.Contains(text, "***") {
		t.Errorf("nothing shows that there is a secret:\n%s", text)
	}
}

func TestSecretsLoseTheirWhiteSpace(t *testing.T) {
	for text, empty := range map[string]bool{"": true, " \r\n\t": true, " x\n": false} {
		if got := remote.NewSecret(text).Empty(); got != empty {
			t.Errorf("a secret of %q is empty: %v, want %v", text, got, empty)
		}
	}
}

// TestAShortSecretLeavesTextsAlone: a password such as "1" would otherwise take every 1 out of every message.
func TestAShortSecretLeavesTextsAlone(t *testing.T) {
	opts := croOptions(t, serve(t, always(400, `{"detail": "1 of 1 is wrong"}`)).URL)
	opts.Auth.Token = remote.NewSecret("1")
	if a := newClient(t, opts).Write(t.Context(), createOf(t, opts), "id"); a.Message != "1 of 1 is wrong" {
		t.Errorf("message = %q, want it whole", a.Message)
	}
}
