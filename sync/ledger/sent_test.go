package ledger_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// update is a change that gives a record another e-mail address.
func update(seq int64, id, email string) plan.Change {
	r := contacts().NewRecord()
	r[2] = value(model.String, email)
	return plan.Change{Seq: seq, Row: int(seq) + 1, Action: plan.Update, ID: id, Key: id, Record: r, Before: contacts().NewRecord()}
}

// happened stores a run with the outcomes of its changes.
func happened(t *testing.T, l *ledger.Ledger, m *model.Model, run *ledger.Run, changes []plan.Change, outcomes ...push.Outcome) {
	t.Helper()
	must(t, l.SavePlan(t.Context(), m, run, each(changes...)))
	r, err := l.Recorder(t.Context(), run.ID)
	must(t, err)
	for _, o := range outcomes {
		must(t, r.Conclude(t.Context(), o))
	}
	must(t, r.Close())
}

// texts is what was sent, as lines of an id and the known fields.
func texts(t *testing.T, l *ledger.Ledger, m *model.Model) []string {
	t.Helper()
	var lines []string
	for _, f := range all(t, l.Sent(t.Context(), m, account, resource)) {
		line := f.ID
		for i, v := range f.Record {
			if v.Known() {
				line += " " + m.Fields[i].Name + "=" + v.Kind.String() + ":" + v.Text
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func ended(seq int64, status plan.Status, id string) push.Outcome {
	return push.Outcome{Seq: seq, Status: status, ID: id, Attempts: 1}
}

// TestSentIsWhatWasSeenDone: fields that an API does not show are compared with it, so nothing may be in it that is not there.
func TestSentIsWhatWasSeenDone(t *testing.T) {
	t.Parallel()
	l := openAt(t, newFolder(t))
	m := contacts()
	other, elsewhere := newRun("20261123-other"), newRun("20261124-elsewhere")
	other.Account, elsewhere.Resource = "https://api.example.org tenant_id=8", "cro/customer"
	happened(t, l, m, newRun("20261121-first"), []plan.Change{create(1, "a"), create(2, "b"), create(3, "c"), create(4, "d"), update(5, "50", "x@x.org"), decided(6, plan.Unchanged)},
		created(1, "10"), ended(2, plan.Rejected, ""), ended(3, plan.Failed, ""), ended(4, plan.InDoubt, ""), ended(5, plan.Updated, "50"))
	happened(t, l, m, other, []plan.Change{create(1, "of another account")}, created(1, "11"))
	happened(t, l, m, elsewhere, []plan.Change{create(1, "of another resource")}, created(1, "12"))
	happened(t, l, m, newRun("20261125-only-planned"), []plan.Change{update(1, "10", "never@x.org")})
	happened(t, l, m, newRun("20261126-last"), []plan.Change{update(1, "10", "new@x.org"), update(2, "50", "no@x.org"), update(3, "50", "y@x.org")},
		ended(1, plan.Updated, "10"), ended(2, plan.Rejected, "50"), ended(3, plan.Updated, ""))
	want := []string{"10 name=string:a", "50 email=string:x@x.org", "10 email=string:new@x.org", "50 email=string:y@x.org"}
	if d := cmp.Diff(want, texts(t, l, m)); d != "" {
		t.Errorf("sent, the oldest first (-want +got):\n%s", d)
	}
}

// TestSentOutlivesItsTarget: a run is kept for good, and the target file changes. What is gone from it is gone here too.
func TestSentOutlivesItsTarget(t *testing.T) {
	t.Parallel()
	l := openAt(t, newFolder(t))
	c := create(1, "a")
	c.Record[2] = value(model.Null, "")
	happened(t, l, contacts(), newRun("one"), []plan.Change{c}, created(1, "10"))
	if d := cmp.Diff([]string{"10 email=null:"}, texts(t, l, modelOf("email", "born"))); d != "" {
		t.Errorf("sent (-want +got):\n%s", d)
	}
}

func TestSentEndsWithItsReader(t *testing.T) {
	t.Parallel()
	l := openAt(t, newFolder(t))
	happened(t, l, contacts(), newRun("one"), []plan.Change{create(1, "a"), create(2, "b")}, created(1, "10"), created(2, "20"))
	n := 0
	for range l.Sent(t.Context(), contacts(), account, resource) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d records were read, want 1", n)
	}
}

// tagged is a resource with custom fields in a list.
const tagged = `
openapi: 3.1.0
info: { title: Tagged, version: '1' }
servers: [{ url: https://api.tagged.test }]
x-rollcall:
  version: 1
  name: cro
  title: Tagged
  auth: { methods: [bearer] }
  errors: { message: [detail] }
  resources:
    contact:
      create: add
      update: change
      id: { field: id, param: id }
      custom: { list: tags, id: id, value: value, merge: true, types: { default: Tag } }
paths:
  /contacts:
    post:
      operationId: add
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Contact' } } } }
      responses: { '201': { description: Done. } }
  /contacts/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    patch:
      operationId: change
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Contact' } } } }
      responses: { '200': { description: Done. } }
components:
  schemas:
    Tag: { type: string }
    Contact:
      type: object
      additionalProperties: false
      properties:
        name: { type: string }
        tags: { type: array, items: { type: object, additionalProperties: false, properties: { id: { type: integer }, value: { type: string } } } }
`

// withTags is the model of a job that has names for tags, as words of a name and an id.
func withTags(t *testing.T, tags ...string) *model.Model {
	t.Helper()
	target, err := model.Parse("tagged.yaml", []byte(tagged))
	must(t, err)
	r := target.Resources[0]
	var written []string
	var definitions []model.Definition
	for _, tag := range tags {
		name, id, _ := strings.Cut(tag, " ")
		written = append(written, "tags."+name)
		definitions = append(definitions, model.Definition{ID: id, Name: name})
	}
	fields, unknown := r.Custom.Named(written, definitions)
	if len(unknown) > 0 {
		t.Fatal(unknown)
	}
	return r.With(fields, nil).Model
}

// TestSentKnowsCustomFieldsByTheirIDs: jobs call them as they like, and drop them.
func TestSentKnowsCustomFieldsByTheirIDs(t *testing.T) {
	t.Parallel()
	l := openAt(t, newFolder(t))
	m := withTags(t, "Tier 77", "Color 78", "Old 79")
	r := m.NewRecord()
	for i := range r {
		r[i] = value(model.String, m.Fields[i].Name)
	}
	happened(t, l, m, newRun("one"), []plan.Change{{Seq: 1, Row: 2, Action: plan.Create, Key: "a", Record: r}}, created(1, "10"))
	want := []string{"10 name=string:name tags.Colour=string:tags.Color tags.77=string:tags.Tier"}
	if d := cmp.Diff(want, texts(t, l, withTags(t, "Colour 78", "77 77", "New 80"))); d != "" {
		t.Errorf("sent, under today's names (-want +got):\n%s", d)
	}
}
