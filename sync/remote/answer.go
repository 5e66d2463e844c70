package remote

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// readError reads the field and the text of an error answer, in whatever of the documented shapes it comes. A page that
// is not a JSON object is named as such: its text is of no use to anyone.
func (c *Client) readError(rep reply) (field, message string) {
	shape := c.opts.Target.Errors
	var members map[string]json.RawMessage
	if json.Unmarshal(rep.body, &members) == nil {
		field = firstText(members, shape.Field)
		message = firstText(members, shape.Message)
		if field == "" && shape.Map != "" {
			field, message = c.firstOf(members[shape.Map], message)
		}
	}
	if message == "" {
		message = strings.TrimSpace(fmt.Sprintf("HTTP %d %s", rep.status, http.StatusText(rep.status)))
	}
	return c.shown(c.fieldName(field)), c.shown(message)
}

// firstText is the first of the named members that holds a text.
func firstText(members map[string]json.RawMessage, names []string) string {
	for _, name := range names {
		if text := textOf(members[name]); text != "" {
			return text
		}
	}
	return ""
}

// firstOf is a field of a map from fields to texts, and its texts: the first field of the model, else the first by name.
func (c *Client) firstOf(raw json.RawMessage, otherwise string) (field, message string) {
	var errs map[string]json.RawMessage
	if json.Unmarshal(raw, &errs) != nil {
		return "", otherwise
	}
	best := -1
	for _, name := range slices.Sorted(maps.Keys(errs)) {
		text, rank := textsOf(errs[name]), c.model.Index(c.fieldName(name))
		if text != "" && (message == "" || rank >= 0 && (best < 0 || rank < best)) {
			field, message, best = name, text, rank
		}
	}
	if message == "" {
		return "", otherwise
	}
	return field, message
}

// fieldName is the model's name of a field that an API names in its own way, such as CreateCustomerContactModel.email. A
// name that is no field of the model is kept as it is.
func (c *Client) fieldName(text string) string {
	for name := text; name != ""; {
		if i := c.model.Index(name); i >= 0 {
			return c.model.Fields[i].Name
		}
		_, name, _ = strings.Cut(name, ".")
	}
	return text
}

// textOf is a JSON text, "" if it is none.
func textOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return strings.TrimSpace(s)
}

// textsOf is a JSON text or a list of them, "" if it is neither.
func textsOf(raw json.RawMessage) string {
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		return textOf(raw)
	}
	list = slices.DeleteFunc(list, func(s string) bool { return strings.TrimSpace(s) == "" })
	return strings.Join(list, "; ")
}

// shown is what of a text from elsewhere may go into reports and logs: its beginning, without the token. The token goes
// first, or half of one could stay where the text is cut.
func (c *Client) shown(text string) string { return cut(c.hide(text)) }

// maxText is how much of an API's text is kept, in bytes.
const maxText = 500

// cut keeps the beginning of a long text, and no half characters.
func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	end := maxText
	for end > maxText-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// shownLocation is where a redirect leads, without what may be secret in it.
func (c *Client) shownLocation(rep reply) string {
	u, err := url.Parse(rep.header.Get("Location"))
	if err != nil || u.String() == "" {
		return "an unnamed place"
	}
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	if c.hide(u.Path) != u.Path { // it may be encoded twice
		shown.Path = "/hidden"
	}
	return c.shown(shown.String())
}
