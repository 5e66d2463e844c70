package remote

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// TokenFacts is what can be told of an access token without showing it. Claims are what a JSON web token says of itself:
// nobody has verified them.
type TokenFacts struct {
	Header  int       // length of the header that carries it, in characters; 0 without a token
	Expires time.Time // zero if neither the API nor the token says
	Roles   []string  // claims role and roles; nil without them
	Scopes  []string  // claims scope, scopes and scp; nil without them
}

// TokenFacts gets a token, if there is none yet, and tells what is known of it. The error wraps [ErrUnauthorized] if these
// credentials give none, and [ErrUnreachable] if nobody could be asked.
func (c *Client) TokenFacts(ctx context.Context) (TokenFacts, error) {
	token, err := c.tokens.get(ctx)
	if err != nil || token.Empty() {
		return TokenFacts{}, err
	}
	facts := claims(token.reveal())
	facts.Header = len(token.reveal())
	if !c.tokens.isKey {
		facts.Header += len("Bearer ")
	}
	if expires := c.tokens.expiry(); !expires.IsZero() {
		facts.Expires = expires
	}
	for _, list := range [][]string{facts.Roles, facts.Scopes} {
		for i := range list {
			list[i] = c.shown(list[i])
		}
	}
	return facts, nil
}

// expiry is when the token in use ends, by what the API said when it issued it.
func (t *tokens) expiry() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.current.expires
}

// maxClaims bounds what is kept of a claim.
const maxClaims = 50

// claims reads what a token says of itself if it is a JSON web token (RFC 7519): three parts between dots, the second of
// which is a JSON object in base64. Of any other token it tells nothing.
func claims(token string) TokenFacts {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return TokenFacts{}
	}
	var header, body map[string]any
	if !part(parts[0], &header) || !part(parts[1], &body) {
		return TokenFacts{}
	}
	return TokenFacts{
		Expires: instant(body["exp"]),
		Roles:   words(body, "role", "roles"),
		Scopes:  words(body, "scope", "scopes", "scp"),
	}
}

// part reads one part of a JSON web token. Numbers stay as they are written.
func part(text string, into *map[string]any) bool {
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(into) == nil && *into != nil
}

// words is the words of claims, each of which is a list of texts or one text with blanks or commas between the words. It
// is nil if there is no such claim.
func words(body map[string]any, names ...string) []string {
	var found []string
	for _, name := range names {
		claim, ok := body[name]
		if !ok || claim == nil {
			continue
		}
		if found == nil {
			found = []string{}
		}
		switch claim := claim.(type) {
		case string:
			found = append(found, strings.FieldsFunc(claim, func(r rune) bool { return r == ' ' || r == ',' })...)
		case []any:
			for _, item := range claim {
				if text, ok := item.(string); ok && text != "" {
					found = append(found, text)
				}
			}
		}
	}
	return found[:min(len(found), maxClaims)]
}

// instant is a time in seconds since 1970, zero if it is none.
func instant(claim any) time.Time {
	number, ok := claim.(json.Number)
	if !ok {
		return time.Time{}
	}
	seconds, err := strconv.ParseFloat(number.String(), 64)
	if err != nil || seconds <= 0 || seconds > 1e11 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}
