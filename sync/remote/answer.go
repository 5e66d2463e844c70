package remote

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/rollcall-sync/rollcall/sync/push"
)

// refusal fills in what an error answer to a write says.
func (c *Client) refusal(rep reply, a *push.Answer) {
	faults := c.readFaults(rep)
	a.Duplicate = rep.status/100 == 4 && c.asDuplicate(rep.status, faults)
	a.Faults = c.bounded(faults)
	a.Field, a.Message = a.Faults[0].Field, a.Faults[0].Message
}

// errorText is what an error answer to a read says, in one line.
func (c *Client) errorText(rep reply) string {
	var parts []string
	for _, f := range c.bounded(c.readFaults(rep)) {
		if f.Field != "" {
			f.Message = f.Field + ": " + f.Message
		}
		parts = append(parts, f.Message)
	}
	return cut(strings.Join(parts, "; "))
}

// maxFaults is how many faults of one answer are kept.
const maxFaults = 20

// bounded is what of faults may go into reports and logs. What is left out is counted.
func (c *Client) bounded(faults []push.Fault) []push.Fault {
	if more := len(faults) - maxFaults + 1; more > 1 {
		faults = append(faults[:maxFaults-1], push.Fault{Message: fmt.Sprintf("and %d more", more)})
	}
	for i := range faults {
		faults[i] = push.Fault{Field: c.shown(faults[i].Field), Message: c.shown(faults[i].Message)}
	}
	return faults
}

// otherID is the API's own id of a request, "" if it has none but the one that was sent.
func (c *Client) otherID(rep reply, sent string) string {
	for _, h := range c.opts.Target.Headers {
		if id := rep.header.Get(h.Name); h.Generate == "uuid" && !strings.EqualFold(id, sent) {
			return c.shown(id)
		}
	}
	return ""
}

// shown is what of a text from elsewhere may go into reports and logs: its beginning, without the token. The token goes
// first, or half of one could stay where the text is cut.
func (c *Client) shown(text string) string { return cut(c.Hide(text)) }

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
	if c.Hide(u.Path) != u.Path { // it may be encoded twice
		shown.Path = "/hidden"
	}
	return c.shown(shown.String())
}
