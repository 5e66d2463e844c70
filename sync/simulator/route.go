package simulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// route is one operation of an API. A segment of its pattern in braces is a placeholder.
type route struct {
	method, pattern string
	open            bool // needs no token
	tenantless      bool // needs no tenant
	serve           func(*call) reply
}

// find returns the route for a method and an escaped path, with the placeholders filled, and the methods that the path
// knows. Segments are unescaped one by one, so that an escaped slash stays inside its segment.
func find(routes []route, method, path string) (found *route, params map[string]string, allowed []string) {
	for i, r := range routes {
		values, ok := match(r.pattern, path)
		if !ok {
			continue
		}
		allowed = append(allowed, r.method)
		if r.method == method {
			found, params = &routes[i], values
		}
	}
	slices.Sort(allowed)
	return found, params, allowed
}

// match compares a path with a pattern, segment by segment.
func match(pattern, path string) (map[string]string, bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	values := map[string]string{}
	for i, segment := range want {
		value, err := url.PathUnescape(got[i])
		if err != nil {
			return nil, false
		}
		if name, ok := strings.CutPrefix(segment, "{"); ok && value != "" {
			values[strings.TrimSuffix(name, "}")] = value
		} else if segment != value {
			return nil, false
		}
	}
	return values, true
}

// unrouted answers a request whose path or method the API does not know, nil if it knows both.
func (c *call) unrouted() *reply {
	if c.route != nil {
		return nil
	}
	answer := c.mount.refuse(http.StatusNotFound, "There is no such path.")
	if len(c.allowed) > 0 {
		answer = c.mount.refuse(http.StatusMethodNotAllowed, "The path does not know this method.")
		answer.header.Set("Allow", strings.Join(c.allowed, ","))
	}
	return &answer
}

// otherSlash is the path and query of a request with a slash added to the path's end, or taken from it.
func (c *call) otherSlash() string {
	to, slash := strings.CutSuffix(c.Path, "/")
	if !slash {
		to += "/"
	}
	if c.Query != "" {
		to += "?" + c.Query
	}
	return to
}

// reply is an answer before it is sent. Status 0 is no answer at all.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// jsonReply makes an answer with a JSON body. The value is one of the package's own, so that encoding it cannot fail.
func jsonReply(status int, value any) reply {
	body, err := json.Marshal(value)
	if err != nil {
		panic("simulator: encode an answer: " + err.Error())
	}
	return reply{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: body}
}
