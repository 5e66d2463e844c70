package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// connect finds out whether the API answers, and whether it takes the credentials.
func (c *checker) connect(ctx context.Context) error {
	facts, err := c.client.TokenFacts(ctx)
	if err != nil {
		return c.noToken(ctx, err)
	}
	c.facts = facts
	op, look, err := c.prove(ctx)
	if err != nil {
		return err
	}
	if op == nil {
		const none = "the target file names no check, and no list that is below no record"
		c.note("connection", CheckUnknown, none, "name one in the target file: check: {operation: ID}")
		c.note("credentials", CheckUnknown, none, "")
		return nil
	}
	c.proof, c.first = op, look
	if !c.answers(op, look) {
		c.stopped = "not asked, for the connection failed"
		return nil
	}
	c.accepted(op, look)
	return nil
}

// noToken says why there is no token. The error is that of ctx.
func (c *checker) noToken(ctx context.Context, err error) error {
	auth := &c.job.Connection.Auth
	switch {
	case ctx.Err() != nil:
		return err
	case errors.Is(err, remote.ErrUnreachable):
		remedy := remote.Remedy(err)
		if auth.TokenURL != "" {
			remedy = strings.ReplaceAll(remedy, "connection.base_url", "connection.auth.token_url")
		}
		c.fail("connection", ExitError, strings.TrimSuffix(err.Error(), "; "+remote.Remedy(err)), remedy)
		c.stopped = "not asked, for the connection failed"
		return nil
	case errors.Is(err, remote.ErrUnauthorized):
		c.fail("credentials", ExitAuth, err.Error(), "check client_id and secret in connection.auth; a login is renewed with `rollcall login`")
	default:
		c.fail("credentials", ExitOf(err), err.Error(), "check connection.auth")
	}
	if c.client.Stats().Sent > 0 && auth.TokenURL == "" {
		c.reached(c.job.Connection.BaseURL)
	}
	c.stopped = "not asked, for there is no token"
	return nil
}

// answers judges the connection by the first answer, and reports whether it is there.
func (c *checker) answers(op *model.Operation, look remote.Look) bool {
	conn := &c.job.Connection
	where := conn.BaseURL + *conn.PathPrefix
	const elsewhere = "check connection.base_url and connection.path_prefix"
	switch {
	case errors.Is(look.Err, remote.ErrMisdirected):
		c.fail("connection", ExitError, answered(op, look), "check connection.trailing_slash, path_prefix and base_url")
	case missing(look):
		c.fail("connection", ExitError, fmt.Sprintf("%s answers, but is not what the target file describes: %s", where, answered(op, look)), elsewhere)
	case errors.Is(look.Err, remote.ErrUnreachable) || look.Status == 0:
		remedy := remote.Remedy(look.Err)
		if look.Status >= 500 {
			remedy = "the API is in trouble: try again later"
		}
		c.fail("connection", ExitError, answered(op, look), remedy)
	case look.Status/100 == 2 && look.Err != nil:
		c.fail("connection", ExitError, fmt.Sprintf("%s answers, but not as %s: %v", where, c.job.Target.Title, look.Err), elsewhere)
	default:
		c.reached(where)
		return true
	}
	return false
}

// reached says that somebody answers, and how far it is sure who that is.
func (c *checker) reached(where string) {
	switch {
	case !strings.HasPrefix(where, "https:"):
		c.note("connection", CheckOK, where+" answers", "")
	case c.insecure:
		c.note("connection", CheckWarning, where+" answers over TLS, and whoever it is, its certificate is accepted", "leave --insecure out; an authority of your own is named by connection.ca_file")
	default:
		c.note("connection", CheckOK, where+" answers over TLS", "")
	}
}

// accepted judges the credentials by the first answer.
func (c *checker) accepted(op *model.Operation, look remote.Look) {
	carried := slices.ContainsFunc(c.job.Target.Settings, func(s model.Setting) bool { return c.carries(&s, op) })
	switch {
	case look.Status == 401:
		remedy := "check connection.auth"
		if carried { // an API may say 401 where others say 403
			remedy += " and connection.account"
		}
		c.fail("credentials", ExitAuth, answered(op, look), remedy)
	case look.Status == 403 && !carried:
		c.fail("credentials", ExitAuth, answered(op, look), permit(c.asked(op)))
	case look.Status/100 != 2 && look.Status != 403:
		c.note("credentials", CheckUnknown, answered(op, look), "")
		return
	default:
		c.credentials()
		return
	}
	c.stopped = "not asked, for the credentials are refused"
}

// credentials says what is known of credentials that do.
func (c *checker) credentials() {
	detail := "accepted"
	if e := c.facts.Expires; !e.IsZero() {
		left := time.Until(e).Round(time.Second)
		detail += fmt.Sprintf("; the token ends at %s, in %s", e.UTC().Format(time.RFC3339), left)
	}
	most := c.job.Target.Auth.MaxHeader
	if most > 0 && c.facts.Header > most {
		c.note("credentials", CheckWarning, fmt.Sprintf("%s; the header that carries the token has %d characters, documented are at most %d", detail, c.facts.Header, most),
			"nothing as long as the API takes it; a token with fewer scopes is shorter")
		return
	}
	c.note("credentials", CheckOK, detail, "")
}

// carries reports whether requests of an operation tell the account by a setting.
func (c *checker) carries(s *model.Setting, op *model.Operation) bool {
	return c.job.Connection.Account[s.Name] != "" && slices.ContainsFunc(s.In, func(place string) bool { return s.Travels(op, place) })
}

// accounts judges every account setting of the target.
func (c *checker) accounts(ctx context.Context) error {
	if c.proof == nil {
		c.stopped = "not asked, for nothing proves the credentials"
		return nil
	}
	for i := range c.job.Target.Settings {
		s := &c.job.Target.Settings[i]
		if c.job.Connection.Account[s.Name] == "" {
			c.note("account."+s.Name, CheckSkipped, "the job does not set it", "")
			continue
		}
		if err := c.account(ctx, s); err != nil {
			return err
		}
		if c.steps["account."+s.Name].Status == CheckFailed {
			c.stopped = "not asked, for the account is refused"
		}
	}
	return nil
}

// account judges one account setting: by the list of what it can be, if that can be had, and by whether the API takes it.
func (c *checker) account(ctx context.Context, s *model.Setting) error {
	name, value := "account."+s.Name, c.job.Connection.Account[s.Name]
	there, err := c.choices(ctx, s)
	if err != nil {
		return err
	}
	carried := c.carries(s, c.proof)
	taken := carried && c.first.Status/100 == 2
	said := fmt.Sprintf("%s %s", s.Name, value)
	remedy := "check connection." + name + there.listed()
	switch found := there.name(value); {
	case carried && !taken:
		c.fail(name, ExitAuth, answered(c.proof, c.first), remedy)
	case there.look.Err == nil && there.has(value) && found != "":
		c.note(name, CheckOK, fmt.Sprintf("%s is %q", said, found), "")
	case there.look.Err == nil && there.has(value):
		c.note(name, CheckOK, said+" is one of those that the credentials may use", "")
	case there.known && there.look.Err == nil && !there.look.More:
		c.fail(name, ExitAuth, said+" is not among those that the credentials may use", remedy)
	case there.known && there.look.Err == nil:
		c.note(name, CheckUnknown, said+" is not on the first page of those that the credentials may use", "")
	case there.known:
		c.note(name, CheckUnknown, fmt.Sprintf("whether there is %s cannot be seen: %s", said, answered(there.op, there.look)), "look it up in "+c.job.Target.Title)
	case taken:
		c.note(name, CheckOK, fmt.Sprintf("%s is accepted by %s", said, call(c.proof)), "")
	default:
		c.note(name, CheckUnknown, "no operation of the target lists what it can be", "look it up in "+c.job.Target.Title)
	}
	return nil
}

// choices is what an account setting can be.
type choices struct {
	known bool // the target has an operation that lists them
	op    *model.Operation
	look  remote.Look
	id    string // property of an item with the value
	word  string // property of an item with its name
}

// choices reads what a setting can be.
func (c *checker) choices(ctx context.Context, s *model.Setting) (choices, error) {
	t := c.job.Target
	if t.Check != nil && t.Check.Setting == s.Name {
		return choices{known: true, op: &t.Check.Operation, look: c.first, id: t.Check.ID, word: "name"}, nil
	}
	l := t.Lookup(s.Lookup)
	if l == nil {
		return choices{}, nil
	}
	look, err := c.look(ctx, &l.Listing, l.ID, nil)
	return choices{known: true, op: &l.Operation, look: look, id: l.ID, word: l.By[nameWord(l)]}, err
}

// has reports whether a value is among the choices.
func (h *choices) has(value string) bool {
	return slices.ContainsFunc(h.look.Items, func(item json.RawMessage) bool { id, _ := model.ReadText(item, h.id); return id == value })
}

// name is what people call a value, "" if nobody says.
func (h *choices) name(value string) string {
	for _, item := range h.look.Items {
		if id, _ := model.ReadText(item, h.id); id == value {
			name, _ := model.ReadText(item, h.word)
			return name
		}
	}
	return ""
}

// maxChoices is how many choices are told at most.
const maxChoices = 10

// listed is the choices as the end of a remedy, "" without any.
func (h *choices) listed() string {
	var all []string
	for _, item := range h.look.Items {
		id, _ := model.ReadText(item, h.id)
		if name, _ := model.ReadText(item, h.word); name != "" {
			id += fmt.Sprintf(" (%s)", name)
		}
		all = append(all, id)
	}
	if len(all) == 0 {
		return ""
	}
	if more := len(all) - maxChoices; more > 0 {
		all = append(all[:maxChoices], fmt.Sprintf("%d more", more))
	}
	return "; there are " + strings.Join(all, ", ")
}

// permit is the remedy for a right that is not there.
func permit(asked string) string {
	if asked == "" {
		return "let an administrator of the account give the right"
	}
	return asked + "; let an administrator of the account give it"
}
