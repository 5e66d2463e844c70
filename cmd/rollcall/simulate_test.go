package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// card is what simulate --json prints.
type card struct {
	BaseURL   string `json:"base_url"`
	TenantID  int64  `json:"tenant_id"`
	Token     string `json:"token"`
	BigChange struct {
		BaseURL      string `json:"base_url"`
		Prefix       string `json:"prefix"`
		TokenURL     string `json:"token_url"`
		CustomerID   int64  `json:"customer_id"`
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	} `json:"bigchange"`
	Revnue struct {
		BaseURL string `json:"base_url"`
		Prefix  string `json:"prefix"`
		Company int64  `json:"company"`
		Token   string `json:"token"`
	} `json:"revnue"`
}

// simulate starts the command on a free port and reads its card.
func simulate(t *testing.T, flags ...string) card {
	t.Helper()
	p := &place{dir: t.TempDir()}
	cmd := p.command(t, append([]string{"simulate", "--addr", "127.0.0.1:0", "--json"}, flags...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	var c card
	if err := json.NewDecoder(out).Decode(&c); err != nil {
		t.Fatalf("standard output is no card: %v", err)
	}
	return c
}

// ask sends one request and returns the status and the body of the answer.
func ask(t *testing.T, method, address string, header map[string]string, body io.Reader) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// TestSimulateTellsHowToGetIn reaches all three APIs with nothing but what the command prints.
func TestSimulateTellsHowToGetIn(t *testing.T) {
	t.Parallel()
	c := simulate(t)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.BigChange.ClientID}, "client_secret": {c.BigChange.ClientSecret}}
	status, answer := ask(t, http.MethodPost, c.BigChange.TokenURL, map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
		strings.NewReader(form.Encode()))
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(answer), &token); err != nil || status != http.StatusOK {
		t.Fatalf("the token call answered %d: %s", status, answer)
	}
	for _, row := range []struct {
		api, address string
		header       map[string]string
		holds        string
	}{
		{"CRO has a customer", c.BaseURL + "/customers/12",
			map[string]string{"Authorization": "Bearer " + c.Token, "x-tenant-id": strconv.FormatInt(c.TenantID, 10)}, `"id":12`},
		{"BigChange has its groups", c.BigChange.BaseURL + c.BigChange.Prefix + "/contactGroups",
			map[string]string{"Authorization": "Bearer " + token.AccessToken, "Customer-Id": strconv.FormatInt(c.BigChange.CustomerID, 10)}, `"id":1209`},
		{"Revnue has its categories", c.Revnue.BaseURL + c.Revnue.Prefix + "/category/?company=" + strconv.FormatInt(c.Revnue.Company, 10),
			map[string]string{"Authorization": "Bearer " + c.Revnue.Token}, `"id":13,"category":"Retail"`},
	} {
		if status, answer := ask(t, http.MethodGet, row.address, row.header, nil); status != http.StatusOK || !strings.Contains(answer, row.holds) {
			t.Errorf("%s: got %d %s, want 200 and %s", row.api, status, answer, row.holds)
		}
	}
}

// TestSimulateLimits holds --rate to its help: what is documented without it, one limit for all with it, none with none.
func TestSimulateLimits(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		sentence               string
		flags                  []string
		cro, bigchange, revnue bool // throttled
	}{
		{"without --rate only Revnue has a limit, for it documents one", nil, false, false, true},
		{"a rate holds for each of them", []string{"--rate", "5/1h"}, true, true, true},
		{"a rate above what Revnue documents is a rate too", []string{"--rate", "1000/1h"}, false, false, false},
		{"none is not even what Revnue documents", []string{"--rate", "none"}, false, false, false},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			base := simulate(t, row.flags...).BaseURL
			for path, want := range map[string]bool{"/customers": row.cro, "/v1/contacts": row.bigchange, "/api/v2/category/": row.revnue} {
				throttled := false
				for range 41 { // windows begin with the minute: two of them could lie around the requests
					status, _ := ask(t, http.MethodGet, base+path, nil, nil)
					throttled = throttled || status == http.StatusTooManyRequests
				}
				if throttled != want {
					t.Errorf("%s: got throttled %t, want %t", path, throttled, want)
				}
			}
		})
	}
}
