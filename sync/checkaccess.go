package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// list looks at the first page of the records that a plan lists.
func (c *checker) list(ctx context.Context) error {
	r := c.job.Resource
	if r.List == nil {
		c.note("list", CheckSkipped, "the API does not list "+c.job.Name(), "")
		return nil
	}
	below, err := c.place(ctx)
	if err != nil || c.steps["list"].Status != "" {
		return err
	}
	if c.listed, err = c.look(ctx, r.List, r.IDField, c.parent); err != nil {
		return err
	}
	look, op := c.listed, &r.List.Operation
	switch {
	case look.Err == nil:
		c.note("list", CheckOK, fmt.Sprintf("%s%s (%s)", counted(look, "record"), below, call(op)), "")
	case refused(look):
		c.fail("list", ExitAuth, fmt.Sprintf("the records%s: %s", below, answered(op, look)), permit(c.asked(op)))
	case missing(look) && c.parent != nil:
		c.note("list", CheckUnknown, fmt.Sprintf("the records%s: %s", below, answered(op, look)), "")
	default:
		c.fail("list", ExitError, fmt.Sprintf("the records%s: %s", below, answered(op, look)), "check connection.path_prefix and trailing_slash")
	}
	return nil
}

// place chooses what to list below, if the records are listed below others: what the job says for every row, else the
// first that there is. below names it. If there is none, the step is noted.
func (c *checker) place(ctx context.Context) (below string, err error) {
	m := c.job.Resource.Model
	var where []string
	for _, name := range c.job.Resource.Parents {
		i := m.Index(name)
		value, found := m.Fields[i].Parse(c.job.Mapping.Constants[name])
		if l := c.job.Target.Lookup(m.Fields[i].Lookup); c.job.Mapping.Constants[name] == "" && l != nil {
			look, err := c.look(ctx, &l.Listing, l.ID, nil)
			if err != nil {
				return "", err
			}
			for _, item := range look.Items[:min(1, len(look.Items))] {
				id, _ := model.ReadText(item, l.ID)
				value, found = m.Fields[i].Parse(id)
			}
		}
		if found != "" || value.Text == "" {
			c.note("list", CheckUnknown, "nothing is known to list below: there is no "+name, "")
			return "", nil
		}
		if c.parent == nil {
			c.parent = m.NewRecord()
		}
		c.parent[i] = value
		where = append(where, name+" "+value.Text)
	}
	if len(where) > 0 {
		below = " of " + strings.Join(where, ", ")
	}
	return below, nil
}

// counted is how many things a look has shown: 12 records, 1000 records and more.
func counted(look remote.Look, thing string) string {
	n := max(len(look.Items), look.Total)
	text := fmt.Sprintf("%d %ss", n, thing)
	if n == 1 {
		text = "1 " + thing
	}
	if look.More && look.Total < 0 {
		text += " and more"
	}
	return text
}

// get looks at one of the records that were listed.
func (c *checker) get(ctx context.Context) error {
	r := c.job.Resource
	id := ""
	for _, item := range c.listed.Items[:min(1, len(c.listed.Items))] {
		id, _ = r.ReadID(item)
	}
	switch {
	case r.Get == nil:
		c.note("get", CheckSkipped, "the API does not read single records of "+c.job.Name(), "")
		return nil
	case id == "":
		c.note("get", CheckUnknown, "there is no record that could be read", "")
		return nil
	}
	look, err := c.client.LookAtOne(ctx, id, c.parent)
	c.progress.Step()
	if err := lost(&look, err); err != nil {
		return err
	}
	c.record = look
	switch {
	case look.Err == nil:
		c.note("get", CheckOK, call(r.Get)+" answers", "")
	case refused(look):
		c.fail("get", ExitAuth, answered(r.Get, look), permit(c.asked(r.Get)))
	case missing(look):
		c.note("get", CheckWarning, "a record is listed that cannot be read: "+answered(r.Get, look), "check connection.trailing_slash")
	default:
		c.fail("get", ExitError, answered(r.Get, look), "")
	}
	return nil
}

// permissions judges what may be written, by what was read.
func (c *checker) permissions(context.Context) error {
	r := c.job.Resource
	for _, w := range []struct {
		action string
		op     *model.Operation
		unused bool // by the job
	}{
		{"create", r.Create, c.job.Mode == plan.ModeUpdate}, {"update", r.Update, c.job.Mode == plan.ModeCreate},
	} {
		if w.op == nil {
			c.note(w.action, CheckSkipped, "the API has no such operation for "+c.job.Name(), "")
			continue
		}
		p := permission{action: w.action, records: c.job.Name(), api: c.job.Target.Title, op: w.op, facts: c.facts, allow: c.allowed(w.op)}
		step := p.judge()
		if w.unused && step.Status != CheckOK {
			step.Status, step.Detail = CheckSkipped, "the job does not "+w.action+" records"
			step.Remedy = ""
		}
		c.steps[w.action] = step
	}
	return nil
}

// allowed is the methods that answers have shown for the path of an operation, nil if none has.
func (c *checker) allowed(op *model.Operation) []string {
	same := func(other *model.Operation) bool {
		return other != nil && strings.TrimRight(other.Path, "/") == strings.TrimRight(op.Path, "/")
	}
	switch r := c.job.Resource; {
	case r.List != nil && same(&r.List.Operation) && c.listed.Allow != nil:
		return c.listed.Allow
	case same(r.Get):
		return c.record.Allow
	}
	return nil
}

// permission is what reading has told of a write.
type permission struct {
	action  string // create or update
	records string // cro/contact
	api     string // as people know it
	op      *model.Operation
	allow   []string // methods that answers show for its path, nil if they show none
	facts   remote.TokenFacts
}

// judge makes a step of it. That an answer allows the method proves nothing: it may be what the path knows, whoever asks.
func (p *permission) judge() CheckStep {
	asked := asks(p.api, p.op)
	if p.allow != nil && !slices.Contains(p.allow, p.op.Method) {
		who := "the account"
		if len(p.op.Roles) > 0 {
			who = "the role"
		}
		step := CheckStep{Status: CheckFailed, exit: ExitAuth, Remedy: permit(asked)}
		step.Detail = fmt.Sprintf("%s may not %s %s records: an answer allows %s only", who, p.action, p.records, strings.Join(p.allow, ", "))
		if asked != "" {
			step.Detail += "; " + asked
		}
		return step
	}
	var fits, lacks []string
	for _, claim := range []struct {
		word      string
		has, need []string
		all       bool // of those needed
	}{{"role", p.facts.Roles, p.op.Roles, false}, {"scope", p.facts.Scopes, p.op.Scopes, true}} {
		if claim.has == nil || len(claim.need) == 0 {
			continue
		}
		text := "the token has the " + claim.word + " " + strings.Join(claim.has, ", ")
		if len(claim.has) == 0 {
			text = "the token has no " + claim.word
		}
		missing := slices.DeleteFunc(slices.Clone(claim.need), func(need string) bool { return contains(claim.has, need) })
		if len(missing) == 0 || !claim.all && len(missing) < len(claim.need) {
			fits = append(fits, text)
		} else {
			lacks = append(lacks, text)
		}
	}
	switch {
	case len(lacks) > 0:
		return CheckStep{Status: CheckWarning, Detail: strings.Join(lacks, "; ") + "; " + asked, Remedy: permit(asked)}
	case len(fits) > 0:
		return CheckStep{Status: CheckOK, Detail: strings.Join(fits, "; ") + ", as documented"}
	case asked != "":
		return CheckStep{Status: CheckUnknown, Detail: "reading cannot tell; " + asked, Remedy: "see in " + p.api + " whether that is given"}
	}
	return CheckStep{Status: CheckUnknown, Detail: "reading cannot tell", Remedy: fmt.Sprintf("see in %s whether the credentials may %s records", p.api, p.action)}
}

// contains reports whether a name is in a list, whatever its letter case.
func contains(list []string, name string) bool {
	return slices.ContainsFunc(list, func(item string) bool { return strings.EqualFold(item, name) })
}

// lookups looks at the first page of every list of names.
func (c *checker) lookups(ctx context.Context) error {
	for _, l := range c.job.Target.Lookups {
		if err := c.lookup(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// lookup judges one list of names. Without it a job can still run that needs no names of it, or has them in a file.
func (c *checker) lookup(ctx context.Context, l *model.Lookup) error {
	lists := []*model.Listing{&l.Listing}
	if l.Then != nil {
		lists = append(lists, l.Then)
	}
	var seen, faults []string
	var worst remote.Look
	for _, list := range lists {
		look, err := c.look(ctx, list, l.ID, nil)
		if err != nil {
			return err
		}
		if look.Err == nil {
			seen = append(seen, fmt.Sprintf("%s (%s)", entries(look), call(&list.Operation)))
			continue
		}
		worst = look
		faults = append(faults, answered(&list.Operation, look))
	}
	name, detail := "lookup."+l.Name, strings.Join(append(seen, faults...), "; ")
	if len(faults) == 0 {
		c.note(name, CheckOK, detail, "")
		return nil
	}
	remedy := "give names and ids in a file, as lookup_table, or ids in the sheet"
	if refused(worst) {
		remedy = permit(c.asked(&l.Operation)) + ", or " + remedy
	}
	needed := slices.ContainsFunc(c.job.wanted(), func(w *wantedList) bool { return w.lookup == l && (w.needed || w.defining) })
	switch {
	case !needed || len(seen) > 0:
		c.note(name, CheckWarning, detail, remedy)
	case refused(worst):
		c.fail(name, ExitAuth, detail+"; the job needs it", remedy)
	case worst.Status == 0 || worst.Status >= http.StatusInternalServerError:
		c.fail(name, ExitError, detail+"; the job needs it", remote.Remedy(worst.Err))
	default:
		c.fail(name, ExitUsage, detail+"; the job needs it", remedy)
	}
	return nil
}

// entries is how many names a list has shown.
func entries(look remote.Look) string {
	text := counted(look, "entry")
	return strings.Replace(text, "entrys", "entries", 1)
}

// customFields holds the job against the custom fields of the account, as a plan does.
func (c *checker) customFields(ctx context.Context) error {
	custom, names := c.job.base.Custom, c.job.customNames()
	switch {
	case custom == nil:
		return nil
	case !c.job.asksForDefinitions() && len(names) == 0:
		c.note("custom_fields", CheckSkipped, "the job writes none", "")
		return nil
	case custom.Definitions == nil:
		c.note("custom_fields", CheckUnknown, "the API lists no custom fields; the job writes "+described(c.job.Resource.Model, names, false),
			fmt.Sprintf("see in %s whether the ids are right", c.job.Target.Title))
		return nil
	}
	ref := &reference{}
	f := fetcher{client: c, job: c.job, note: func(string) {}}
	err := error(nil)
	for _, w := range c.job.wanted() {
		if w.defining && err == nil {
			w.words = nil // which names things have is no matter here
			err = f.fetch(ctx, w, ref)
		}
	}
	if err == nil {
		err = c.job.refer(ref)
	}
	switch {
	case ctx.Err() != nil:
		return err
	case errors.Is(err, ErrJob):
		text := strings.ReplaceAll(strings.TrimSpace(strings.TrimPrefix(err.Error(), ErrJob.Error()+":")), "\n", "; ")
		c.fail("custom_fields", ExitUsage, text, "correct the job file; `rollcall fields --online` lists the custom fields")
	case err != nil:
		c.fail("custom_fields", max(ExitOf(err), ExitError), err.Error(), "")
	default:
		parent := custom.Definitions.Parent
		c.note("custom_fields", CheckOK, fmt.Sprintf("%s %s has %s", parent, c.job.Mapping.Constants[parent], described(c.job.Resource.Model, names, true)), "")
	}
	return nil
}

// Items reads a list, unless a look has already shown all of it.
func (c *checker) Items(ctx context.Context, l *model.Listing, id string, properties ...string) ([]json.RawMessage, error) {
	if look, ok := c.looks[l.ID]; ok && look.Err == nil && !look.More {
		return look.Items, nil
	}
	return c.client.Items(ctx, l, id, properties...)
}

// described is the custom fields that a job writes: Credit limit (id 71, money).
func described(m *model.Model, names []string, typed bool) string {
	var all []string
	for _, name := range names {
		i := m.Index(name)
		if i < 0 || m.Fields[i].Custom == nil {
			continue
		}
		d := m.Fields[i].Custom.Definition
		text := fmt.Sprintf("%s (id %s", d.Name, d.ID)
		if typed {
			text += ", " + d.Type
		}
		all = append(all, text+")")
	}
	return strings.Join(all, ", ")
}

// headers tells of the headers that the job may change, for what they do may concern other programs.
func (c *checker) headers() {
	sent := headersOf(c.job)
	for _, h := range c.job.Target.Headers {
		switch name := "header." + h.Name; {
		case h.Setting == "":
		case sent[h.Name] == "":
			c.note(name, CheckOK, "not sent. "+h.Description, "")
		default:
			c.note(name, CheckWarning, sent[h.Name]+" goes along with every request. "+h.Description, fmt.Sprintf("connection.%s: false sends none", h.Setting))
		}
	}
}

// rate tells how fast requests go, and what the check has taken of it.
func (c *checker) rate() {
	t, own := c.job.Target, c.job.Connection.limit
	documented, word := pace.Limit{Requests: t.Rate.Limit, Per: t.Rate.Per}, own.String()
	if own.Requests == 0 {
		word = "no limit"
	}
	detail := word + ", as documented"
	switch {
	case documented.Requests == 0 && own.Requests == 0:
		detail = "no limit is documented"
	case documented.Requests == 0:
		detail = word + " by the job; no limit is documented"
	case own != documented:
		detail = fmt.Sprintf("%s by the job; documented is %s", word, documented)
	}
	if t.Rate.Scope == "account" {
		detail += ", for all programs of the account together"
	}
	spent := c.client.Stats()
	detail += fmt.Sprintf("; requests of this check: %d", spent.Sent)
	if spent.Throttled > 0 {
		c.note("rate", CheckWarning, fmt.Sprintf("%s, of which %d were told to wait (429)", detail, spent.Throttled),
			"others use the account too: set connection.rate to what is left for this job")
		return
	}
	c.note("rate", CheckOK, detail, "")
}
