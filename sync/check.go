package sync

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// CheckStatus is how a step of a check ended.
type CheckStatus string

// The statuses of steps. Only CheckFailed keeps a job from running.
const (
	CheckOK      CheckStatus = "ok"
	CheckWarning CheckStatus = "warning" // it works, and there is something to know
	CheckFailed  CheckStatus = "failed"
	CheckUnknown CheckStatus = "unknown" // it cannot be seen without writing
	CheckSkipped CheckStatus = "skipped" // there was nothing to look at, or no way to get there
)

// CheckStep is one thing that a check has looked at.
type CheckStep struct {
	Name   string      `json:"name"` // connection, account.tenant_id, lookup.customers ...
	Status CheckStatus `json:"status"`
	Detail string      `json:"detail"` // what was seen
	Remedy string      `json:"remedy"` // what to do about it, "" for nothing
	exit   Exit        // of a failed step
}

// Checked is what a check has found.
type Checked struct {
	Target  string      `json:"target"`
	Account string      `json:"account"`
	Steps   []CheckStep `json:"steps"`
}

// Exit is the exit code of the check: where several steps failed, the gravest counts.
func (c *Checked) Exit() Exit {
	for _, code := range []Exit{ExitAuth, ExitError, ExitUsage} {
		if slices.ContainsFunc(c.Steps, func(s CheckStep) bool { return s.Status == CheckFailed && s.exit == code }) {
			return code
		}
	}
	return ExitOK
}

// checkPatience is how long a check waits for an API that does not answer: a person is looking on.
const checkPatience = 5 * time.Second

// Check looks at everything that a run of the job needs, and writes nothing: the connection, the credentials, the account,
// the names to look up, what may be read and, as far as reading tells, written. It takes no lock and makes no run. What it
// finds is in the steps; the error is that of ctx, or of a job that cannot even be tried.
func Check(ctx context.Context, opts Options) (checked *Checked, err error) {
	defer func() { err = cause(ctx, err) }()
	job := *opts.Job // the caller's stays as it is, whatever the account has
	if job.Connection.MaxPause <= 0 || job.Connection.MaxPause > checkPatience {
		job.Connection.MaxPause = checkPatience
	}
	opts.Job = &job
	s, err := newSession(opts)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.connect(); err != nil {
		return nil, err
	}
	c := &checker{
		job: &job, client: s.client, progress: opts.Progress, insecure: opts.Insecure,
		looks: map[string]remote.Look{}, steps: map[string]CheckStep{},
	}
	c.progress.Stage("checking "+job.Name(), -1)
	defer c.progress.End()
	for _, step := range []func(context.Context) error{
		c.connect, c.accounts, c.lookups, c.list, c.get, c.permissions, c.customFields,
	} {
		if c.stopped != "" {
			break
		}
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	c.headers()
	c.rate()
	return &Checked{Target: job.Name(), Account: s.account.text(), Steps: c.inOrder()}, nil
}

// checker is a check under way.
type checker struct {
	job      *Job
	client   *remote.Client
	progress Progress
	insecure bool // any certificate is accepted

	facts   remote.TokenFacts
	proof   *model.Operation       // that proves the credentials, nil if there is none
	first   remote.Look            // at it
	looks   map[string]remote.Look // at lists that are below no record, by operationId
	listed  remote.Look            // at the list of the resource
	record  remote.Look            // at one record of it
	parent  model.Record           // that the list is below
	steps   map[string]CheckStep   // by name
	stopped string                 // why nothing more can be asked, "" as long as it can
}

// names is the steps of a check, in the order in which they are shown.
func (c *checker) names() []string {
	names := []string{"connection", "credentials"}
	for _, s := range c.job.Target.Settings {
		names = append(names, "account."+s.Name)
	}
	names = append(names, "list", "get", "create", "update")
	for _, l := range c.job.Target.Lookups {
		names = append(names, "lookup."+l.Name)
	}
	if c.job.base.Custom != nil {
		names = append(names, "custom_fields")
	}
	for _, h := range c.job.Target.Headers {
		if h.Setting != "" {
			names = append(names, "header."+h.Name)
		}
	}
	return append(names, "rate")
}

// inOrder is every step, those included that were not come to.
func (c *checker) inOrder() []CheckStep {
	var out []CheckStep
	for _, name := range c.names() {
		step, ok := c.steps[name]
		if !ok {
			step = CheckStep{Status: CheckSkipped, Detail: c.stopped}
		}
		step.Name, step.Detail, step.Remedy = name, c.client.Hide(step.Detail), c.client.Hide(step.Remedy)
		out = append(out, step)
	}
	return out
}

// note keeps a step.
func (c *checker) note(name string, status CheckStatus, detail, remedy string) {
	c.steps[name] = CheckStep{Status: status, Detail: detail, Remedy: remedy}
}

// fail keeps a step that failed.
func (c *checker) fail(name string, exit Exit, detail, remedy string) {
	c.steps[name] = CheckStep{Status: CheckFailed, Detail: detail, Remedy: remedy, exit: exit}
}

// look reads the first page of a list, each list once. parent is nil for one that is below no record.
func (c *checker) look(ctx context.Context, l *model.Listing, id string, parent model.Record) (remote.Look, error) {
	if look, ok := c.looks[l.ID]; ok && parent == nil {
		return look, nil
	}
	look, err := c.client.LookAt(ctx, l, id, parent)
	c.progress.Step()
	if parent == nil && err == nil {
		c.looks[l.ID] = look
	}
	return look, lost(&look, err)
}

// lost is the error that ends a check. That there is no token is what a look has found.
func lost(look *remote.Look, err error) error {
	if err == nil || !errors.Is(err, remote.ErrUnauthorized) && !errors.Is(err, remote.ErrUnreachable) {
		return err
	}
	look.Err = err
	if errors.Is(err, remote.ErrUnauthorized) {
		look.Status = http.StatusUnauthorized
	}
	return nil
}

// prove reads the operation that proves the credentials: the target's check, else any list that is below no record. op is
// nil if there is none.
func (c *checker) prove(ctx context.Context) (op *model.Operation, look remote.Look, err error) {
	t := c.job.Target
	for _, l := range t.Lookups {
		if t.Check == nil || t.Check.ID == "" && l.Listing.ID == t.Check.Operation.ID {
			look, err = c.look(ctx, &l.Listing, l.ID, nil)
			return &l.Operation, look, err
		}
	}
	switch list := c.job.Resource.List; {
	case t.Check != nil && t.Check.Items != "":
		look, err = c.look(ctx, &model.Listing{Operation: t.Check.Operation, Items: t.Check.Items}, t.Check.ID, nil)
		return &t.Check.Operation, look, err
	case t.Check != nil:
		look, err = c.client.LookWhether(ctx, &t.Check.Operation)
		return &t.Check.Operation, look, lost(&look, err)
	case list != nil && len(c.job.Resource.Parents) == 0:
		look, err = c.look(ctx, list, c.job.Resource.IDField, nil)
		return &list.Operation, look, err
	}
	return nil, look, nil
}

// call is how a person recognises an operation.
func call(op *model.Operation) string { return op.Method + " " + op.Path }

// answered is what an operation has answered, for a sentence: GET /tenants answers 403: no such tenant.
func answered(op *model.Operation, look remote.Look) string {
	switch {
	case look.Status/100 > 3 && look.Text != "":
		return fmt.Sprintf("%s answers %d: %s", call(op), look.Status, look.Text)
	case look.Err != nil:
		return strings.TrimSuffix(look.Err.Error(), "; "+remote.Remedy(look.Err))
	}
	return fmt.Sprintf("%s answers %d", call(op), look.Status)
}

// asked is who may call an operation, by the documentation, as the end of a sentence; "" if it does not say.
func (c *checker) asked(op *model.Operation) string { return asks(c.job.Target.Title, op) }

// asks is what an API wants of those who call an operation.
func asks(api string, op *model.Operation) string {
	var wants []string
	switch len(op.Roles) {
	case 0:
	case 1:
		wants = append(wants, "the role "+op.Roles[0])
	default:
		wants = append(wants, "one of the roles "+strings.Join(op.Roles, ", "))
	}
	if len(op.Scopes) > 0 {
		wants = append(wants, "the scope "+strings.Join(op.Scopes, " "))
	}
	if len(wants) == 0 {
		return ""
	}
	return api + " asks for " + strings.Join(wants, " and ")
}

// refused reports whether a look was turned away for who asks, rather than for what. Some APIs answer 401 for both.
func refused(look remote.Look) bool {
	return look.Status == http.StatusForbidden || look.Status == http.StatusUnauthorized
}

// missing reports whether a look found nothing at the address.
func missing(look remote.Look) bool {
	return look.Status == http.StatusNotFound || look.Status == http.StatusMethodNotAllowed
}
