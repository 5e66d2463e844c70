package remote

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// baseURL checks the origin that requests go to. What may hold a password is never repeated in the error.
func baseURL(text string, insecure bool) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("connection.base_url: it is not a URL; write an origin such as https://api.example.com")
	}
	switch {
	case u.User != nil || strings.ContainsAny(text, "@?#"): // with no scheme in front, a user is none to package url
		return nil, errors.New("connection.base_url: no user, query or fragment may be in it; credentials belong to connection.auth")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return nil, fmt.Errorf("connection.base_url: %q must be an origin such as https://api.example.com", text)
	case u.Scheme == "http" && !isLoopback(u.Hostname()) && !insecure:
		return nil, fmt.Errorf("connection.base_url: %q must be https; http is for the own machine, or say --insecure", text)
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return u, nil
}

// isLoopback reports whether a host is this machine. A name that merely begins like a loopback address is not.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// checkPrefix refuses a prefix that would change where requests go: it stands right behind the host.
func checkPrefix(prefix string) error {
	if prefix == "" || prefix[0] == '/' && !strings.ContainsFunc(prefix, func(r rune) bool { return r <= ' ' || strings.ContainsRune(`?#\`, r) }) {
		return nil
	}
	return fmt.Errorf("connection.path_prefix: %q must be a path such as /v0", prefix)
}

// address is the URL of an operation. Path parameters come from sheets and answers: none may lead out of its segment.
func (c *Client) address(op *model.Operation, params map[string]string, query url.Values) (string, error) {
	path := op.Path
	for _, name := range op.Params {
		value := params[name]
		if !safeSegment(value) {
			return "", fmt.Errorf("%s %q %w", name, c.shown(value), errUnsafe)
		}
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	path = strings.TrimRight(path, "/")
	slash := c.opts.Slash.Write
	if op.Method == http.MethodGet {
		slash = c.opts.Slash.Read
	}
	if slash {
		path += "/"
	}
	for _, s := range c.opts.Target.Settings {
		if c.travels(&s, op, "query") {
			if query == nil {
				query = url.Values{}
			}
			query.Set(s.Param, c.opts.Account[s.Name])
		}
	}
	address := c.base.String() + c.opts.PathPrefix + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address, nil
}

// maxSegment is the longest value that a path takes, in bytes: no documented id comes near it.
const maxSegment = 200

// safeSegment reports whether a value can stand in a path without changing where it leads.
func safeSegment(value string) bool {
	return value != "" && value != "." && value != ".." && len(value) <= maxSegment && !strings.ContainsFunc(value, func(r rune) bool {
		return r < 0x20 || r == 0x7f || strings.ContainsRune(`/\?#%`, r)
	})
}

// pathParams is the path fields of a record by name, and the id under the resource's own parameter.
func (c *Client) pathParams(r model.Record, id string) map[string]string {
	params := map[string]string{}
	if c.opts.Resource.IDParam != "" {
		params[c.opts.Resource.IDParam] = id
	}
	for i := range c.model.Fields {
		if f := &c.model.Fields[i]; f.In == model.InPath && i < len(r) {
			params[f.Name] = r[i].Text
		}
	}
	return params
}

// nextPage is the address of the page that follows the one at from, if it is within the origin of the API. A server behind a
// proxy may take itself for one without TLS: what goes out stays with https all the same.
func (c *Client) nextPage(location, from string) (string, bool) {
	if rest, plain := strings.CutPrefix(location, "http://"); plain && c.base.Scheme == "https" {
		location = "https://" + rest
	}
	return c.inOrigin(location, from)
}

// inOrigin is where a redirect leads if that is within the origin of the API: credentials go nowhere else.
func (c *Client) inOrigin(location, from string) (string, bool) {
	base, err := url.Parse(from)
	if err != nil {
		return "", false
	}
	u, err := base.Parse(location)
	if err != nil || u.Scheme != c.base.Scheme || u.Host != c.base.Host || u.User != nil {
		return "", false
	}
	u.Fragment = ""
	return u.String(), true
}
