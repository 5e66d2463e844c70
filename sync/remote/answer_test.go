package remote_test

import (
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// TestErrorAnswersOfCRO are its shapes of today and of 2020, and what a server or proxy may send instead.
// Source: docs.crosoftware.net/docs/ (errors); the title is of the vendor's file of 2020.
func TestErrorAnswersOfCRO(t *testing.T) {
	for _, c := range []struct {
		name, body, field, message string
	}{
		{"the documented shape", `{"field": "CreateCustomerContactModel.email", "detail": "Not a list of addresses.", "explanation": "The resource could not be accessed."}`, "email", "Not a list of addresses."},
		{"the shape of 2020", `{"title": "CreateContactModel.fax", "detail": "Too long.", "explanation": "x"}`, "fax", "Too long."},
		{"a field goes before a title", `{"title": "Bad Request", "field": "number", "detail": "Too long."}`, "number", "Too long."},
		{"a field in other letters", `{"field": "Email", "detail": "No."}`, "email", "No."},
		{"a field below two models", `{"field": "Customers.Contacts.name", "detail": "No."}`, "name", "No."},
		{"a field that the model does not have is kept", `{"field": "CreateCustomerContactModel.nickname", "detail": "Unknown field."}`, "CreateCustomerContactModel.nickname", "Unknown field."},
		{"the general text where there is no other", `{"field": null, "detail": "", "explanation": "The resource could not be accessed."}`, "", "The resource could not be accessed."},
		{"white space around is not part of it", `{"field": " name ", "detail": "\n No. \t"}`, "name", "No."},
		{"figures where texts belong", `{"field": 7, "detail": {"a": 1}, "explanation": [7]}`, "", "HTTP 400 Bad Request"},
		{"an empty object", `{}`, "", "HTTP 400 Bad Request"},
		{"null", `null`, "", "HTTP 400 Bad Request"},
		{"a list", `["no"]`, "", "HTTP 400 Bad Request"},
		{"a text", `"no"`, "", "HTTP 400 Bad Request"},
		{"half an object", `{"field": "name", "detail": "No`, "", "HTTP 400 Bad Request"},
		{"a page of a proxy", `<html><body>token: ` + token + `</body></html>`, "", "HTTP 400 Bad Request"},
		{"nothing", ``, "", "HTTP 400 Bad Request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := croOptions(t, serve(t, always(400, c.body, "Content-Type", "text/plain")).URL)
			a := newClient(t, opts).Write(t.Context(), createOf(t, opts), "id")
			if a.Verdict != push.Refused || a.Field != c.field || a.Message != c.message {
				t.Errorf("%s, field %q, message %q; want refused, %q, %q", verdictName(a.Verdict), a.Field, a.Message, c.field, c.message)
			}
		})
	}
}

// TestErrorsAsAMap are answers that name fields as keys, as problem details do.
func TestErrorsAsAMap(t *testing.T) {
	for _, c := range []struct {
		name, body, field, message string
	}{
		{"one field, several texts", `{"title": "Invalid.", "status": 422, "errors": {"code": ["Too long.", "Not unique."]}}`, "code", "Too long.; Not unique."},
		{"of several fields the first of the model", `{"title": "Invalid.", "errors": {"zone": ["No."], "door.color": ["Red only."], "Code": ["Too long."]}}`, "code", "Too long."},
		{"a nested field", `{"errors": {"$.door.color": ["Red only."]}}`, "door.color", "Red only."},
		{"fields of the model go before others", `{"errors": {"a": ["Other."], "code": ["Too long."]}}`, "code", "Too long."},
		{"of unknown fields the first by name", `{"errors": {"zone": ["Z."], "queryParams": ["Q."]}}`, "queryParams", "Q."},
		{"a text instead of a list", `{"errors": {"code": "Too long."}}`, "code", "Too long."},
		{"a list without texts is no error", `{"title": "Invalid.", "errors": {"code": [], "door.color": ["", "Red only."]}}`, "door.color", "Red only."},
		{"texts that belong to no field", `{"errors": {"": ["Nothing fits."]}}`, "", "Nothing fits."},
		{"an empty map leaves the title", `{"title": "Invalid.", "errors": {}}`, "", "Invalid."},
		{"null leaves the detail, which goes before the title", `{"title": "Invalid.", "detail": "Out of credit.", "errors": null}`, "", "Out of credit."},
		{"a list is no map", `{"title": "Invalid.", "errors": ["code"]}`, "", "Invalid."},
		{"figures are no texts", `{"title": "Invalid.", "errors": {"code": 7}}`, "", "Invalid."},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := depotOptions(t, serve(t, always(422, c.body, "Content-Type", "application/problem+json")).URL)
			client := newClient(t, opts)
			for range 10 { // maps have no order of their own
				a := client.Write(t.Context(), siteChange(t, opts, plan.Create), "id")
				if a.Verdict != push.Refused || a.Field != c.field || a.Message != c.message {
					t.Fatalf("%s, field %q, message %q; want refused, %q, %q", verdictName(a.Verdict), a.Field, a.Message, c.field, c.message)
				}
			}
		})
	}
}

func TestTextsAreCutBetweenCharacters(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
	}{
		{"what fits is kept", strings.Repeat("x", remote.MaxText), strings.Repeat("x", remote.MaxText)},
		{"one byte too many", strings.Repeat("x", remote.MaxText+1), strings.Repeat("x", remote.MaxText) + "…"},
		{"a character across the limit goes", strings.Repeat("x", remote.MaxText-1) + "é!", strings.Repeat("x", remote.MaxText-1) + "…"},
		{"one of four bytes too", strings.Repeat("x", remote.MaxText-3) + "\U0001F600!", strings.Repeat("x", remote.MaxText-3) + "…"},
		{"one that ends at the limit stays", strings.Repeat("x", remote.MaxText-2) + "é!", strings.Repeat("x", remote.MaxText-2) + "é…"},
		{"so does a replacement character", strings.Repeat("x", remote.MaxText-3) + "\uFFFD!", strings.Repeat("x", remote.MaxText-3) + "\uFFFD…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body, err := json.Marshal(map[string]string{"field": c.text, "detail": c.text})
			if err != nil {
				t.Fatal(err)
			}
			opts := croOptions(t, serve(t, always(400, string(body))).URL)
			a := newClient(t, opts).Write(t.Context(), createOf(t, opts), "id")
			if a.Message != c.want || a.Field != c.want || !utf8.ValidString(a.Message) {
				t.Errorf("message of %d bytes %q, field of %d bytes, want %d bytes", len(a.Message), a.Message[max(0, len(a.Message)-9):], len(a.Field), len(c.want))
			}
		})
	}
}

// canaries is the token as servers, proxies and libraries write it.
func canaries() map[string]string {
	lower := strings.NewReplacer("%2B", "%2b", "%2F", "%2f", "%3D", "%3d")
	return map[string]string{
		"plain":                   token,
		"in a header":             "Bearer " + token,
		"in a query":              url.QueryEscape(token),
		"in a path":               url.PathEscape(token),
		"in a query, small":       lower.Replace(url.QueryEscape(token)),
		"in base64":               base64.StdEncoding.EncodeToString([]byte(token)),
		"in base64 of URLs":       base64.URLEncoding.EncodeToString([]byte(token)),
		"in base64, unpadded":     base64.RawStdEncoding.EncodeToString([]byte(token)),
		"in base64, behind a u":   base64.StdEncoding.EncodeToString([]byte("u" + token)),
		"in base64, behind u:":    base64.StdEncoding.EncodeToString([]byte("u:" + token + "!")),
		"in base64, behind Bear":  base64.StdEncoding.EncodeToString([]byte("Bearer " + token)),
		"in JSON, as PHP has it":  strings.ReplaceAll(token, "/", `\/`),
		"in HTML":                 strings.ReplaceAll(token, "+", "&#43;"),
		"at the end of the text":  strings.Repeat("x", remote.MaxText-8) + token,
		"often":                   strings.Repeat(token, 9),
		"in base64, cut off late": strings.Repeat("x", remote.MaxText-8) + base64.StdEncoding.EncodeToString([]byte(token)),
	}
}

// leaks reports whether a text shows more than a scrap of the token, in whatever encoding.
func leaks(text string) bool {
	for before, skip := range []int{0, 2, 3} {
		encoded := base64.RawStdEncoding.EncodeToString([]byte("\x00\x00"[:before] + token))
		if strings.Contains(text, encoded[skip:skip+6]) {
			return true
		}
	}
	return strings.Contains(text, "canary") || strings.Contains(text, "Zz") || strings.Contains(text, "~key")
}

// TestTheTokenNeverComesBack: servers echo what they were sent, in errors, redirects and status lines.
func TestTheTokenNeverComesBack(t *testing.T) {
	for name, echo := range canaries() {
		t.Run(name, func(t *testing.T) {
			if !leaks(echo) {
				t.Fatalf("%q would not be noticed", echo)
			}
			quoted, err := json.Marshal(echo)
			if err != nil {
				t.Fatal(err)
			}
			body := `{"field": ` + string(quoted) + `, "detail": ` + string(quoted) + `}`
			for _, answer := range []http.HandlerFunc{
				always(400, body), always(401, body), always(403, body), always(404, body), throttlesWrites(body), always(500, body),
				always(307, body, "Location", "https://example.com/"+url.PathEscape(echo)+"/?x="+url.QueryEscape(echo)),
				always(307, body, "Location", "https://"+url.UserPassword(echo, echo).String()+"@example.com"),
				always(200, body, "Content-Length", "9999"),
			} {
				tellsNothing(t, serve(t, answer).URL)
			}
			raw := serveRaw(t, func(conn *net.TCPConn, _ int) bool {
				says(conn, "HTTP/1.1 "+echo+"\r\n\r\n")
				return false
			})
			tellsNothing(t, raw.URL)
		})
	}
}

// throttlesWrites refuses writes for their number. A read would wait.
func throttlesWrites(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusBadRequest
		if r.Method == http.MethodPost {
			status = http.StatusTooManyRequests
		}
		always(status, body)(w, r)
	}
}

// tellsNothing checks what comes out of a client, log included.
func tellsNothing(t *testing.T, base string) {
	t.Helper()
	opts := croOptions(t, base)
	var out strings.Builder
	opts.Log = debugLog(&out)
	client := newClient(t, opts)
	a := client.Write(t.Context(), createOf(t, opts), "id")
	out.WriteString(a.Field + "\n" + a.Message + "\n")
	_, _, err := client.Get(t.Context(), "5", customer(t, opts))
	for _, err := range []error{err, client.List(t.Context(), customer(t, opts), func(plan.Found) error { return nil }), client.Account(t.Context())} {
		if err != nil {
			out.WriteString(err.Error() + "\n")
		}
	}
	if leaks(out.String()) {
		t.Errorf("the token is in what comes out:\n%s", out.String())
	}
}

// TestTextOfTheConnectionIsBounded: a status line can be as long as a header may be.
func TestTextOfTheConnectionIsBounded(t *testing.T) {
	server := serveRaw(t, func(conn *net.TCPConn, _ int) bool {
		says(conn, strings.Repeat("x", 10000)+"\r\n\r\n")
		return false
	})
	opts := croOptions(t, server.URL)
	a := newClient(t, opts).Write(t.Context(), createOf(t, opts), "id")
	if a.Verdict != push.Unclear || len(a.Message) > remote.MaxText+50 {
		t.Errorf("%s with %d bytes of message, want unclear with at most %d", verdictName(a.Verdict), len(a.Message), remote.MaxText+50)
	}
}
