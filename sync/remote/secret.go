package remote

import (
	"cmp"
	"crypto/subtle"
	"encoding/base64"
	"html"
	"log/slog"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Secret is a token or password that never shows itself: printed, logged or marshalled it is "***".
type Secret struct {
	// Some verbs of fmt, and all of them where a Secret stands in an unexported field, call no method but print what is
	// there. Behind a pointer that is an address and no more.
	value *string
}

// NewSecret wraps a secret, without the white space that files and shells leave around it.
func NewSecret(value string) Secret {
	value = strings.TrimSpace(value)
	return Secret{&value}
}

const redacted = "***"

// String hides the secret.
func (Secret) String() string { return redacted }

// GoString hides the secret.
func (Secret) GoString() string { return redacted }

// MarshalText hides the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue hides the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// Empty reports whether there is nothing to hide.
func (s Secret) Empty() bool { return s.reveal() == "" }

// reveal is the secret itself, for the one place that it goes to.
func (s Secret) reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// is reports whether two secrets are the same.
func (s Secret) is(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.reveal()), []byte(other.reveal())) == 1
}

// minSecret is the length from which a secret is looked for in texts: what is shorter occurs in any text, and is none.
const minSecret = 4

// rareSecret is the length from which a secret in a record is no accident: shorter ones may be words that people write.
const rareSecret = 12

// redactor takes secrets out of texts that came from elsewhere, in plain and in their usual encodings: servers and proxies
// like to repeat what they were sent. Secrets that come up later are added as they come. It is safe for concurrent use.
type redactor struct {
	mu       sync.Mutex
	forms    *map[string]bool // behind a pointer for the same reason as the secrets themselves
	replacer atomic.Pointer[strings.Replacer]
	finder   atomic.Pointer[strings.Replacer] // of those forms that no data has by chance
}

// add makes secrets known.
func (r *redactor) add(secrets ...Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.forms == nil {
		r.forms = &map[string]bool{}
	}
	forms := *r.forms
	before := len(forms)
	for _, s := range secrets {
		if len(s.reveal()) < minSecret {
			continue
		}
		for _, form := range s.forms() {
			forms[form] = true
		}
	}
	if len(forms) == before {
		return
	}
	// The longest goes first, or the end of a secret that begins like another one would stay.
	sorted := slices.SortedFunc(maps.Keys(forms), func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	var pairs, rare []string
	for _, form := range sorted {
		pairs = append(pairs, form, redacted)
		if len(form) >= rareSecret {
			rare = append(rare, form, redacted)
		}
	}
	r.replacer.Store(strings.NewReplacer(pairs...))
	r.finder.Store(strings.NewReplacer(rare...))
}

// hide is a text without the secrets that are known by now.
func (r *redactor) hide(text string) string {
	if replacer := r.replacer.Load(); replacer != nil {
		return replacer.Replace(text)
	}
	return text
}

// isIn reports whether a secret stands in data. Data is not for us to change: what hides a secret in a text would lose what a
// record holds.
func (r *redactor) isIn(data string) bool {
	finder := r.finder.Load()
	return finder != nil && finder.Replace(data) != data
}

// Hide takes secrets out of a text that is to be shown, in plain and in their usual encodings.
func Hide(text string, secrets ...Secret) string {
	r := &redactor{}
	r.add(secrets...)
	return r.hide(text)
}

// percentCode is one byte in a URL.
var percentCode = regexp.MustCompile(`%[0-9A-F]{2}`)

// forms is how the secret may look in a text.
func (s Secret) forms() []string {
	value := s.reveal()
	forms := []string{value, url.QueryEscape(value), url.PathEscape(value)}
	for _, form := range forms[1:] {
		forms = append(forms, percentCode.ReplaceAllStringFunc(form, strings.ToLower))
	}
	// Texts are read out of JSON once; JSON or HTML that is quoted in them is still as it was.
	inJSON, inHTML := strings.Trim(string(quoted(value)), `"`), html.EscapeString(value)
	forms = append(forms, inHTML, strings.ReplaceAll(inHTML, "+", "&#43;"), inJSON)
	for escaped, plain := range map[string]string{`\u0026`: "&", `\u003c`: "<", `\u003e`: ">"} { // few but Go escape these
		inJSON = strings.ReplaceAll(inJSON, escaped, plain)
	}
	forms = append(forms, inJSON, strings.ReplaceAll(inJSON, "/", `\/`))
	for _, form := range forms { // package net/http quotes what it does not understand
		forms = append(forms, strings.Trim(strconv.Quote(form), `"`))
	}
	// Base64 depends on what stands in front, such as "Bearer " or "user:": three bytes make four characters, so there are
	// three ways. The characters at either end that hold bits of something else are left out.
	for before, skip := range []int{0, 2, 3} {
		padded := append(make([]byte, before), value...)
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			forms = append(forms, encoding.EncodeToString(padded)[skip:len(padded)*8/6])
		}
	}
	return forms
}
