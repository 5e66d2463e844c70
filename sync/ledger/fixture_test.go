package ledger_test

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

const (
	account  = "https://api.example.org tenant_id=7"
	resource = "cro/contact"
)

// contacts is a small model; what the fields allow does not matter here.
func contacts() *model.Model {
	return modelOf("customer_id", "name", "email", "age", "credit", "active", "born")
}

func modelOf(fields ...string) *model.Model {
	m := &model.Model{Target: "cro", Resource: "contact"}
	for _, name := range fields {
		m.Fields = append(m.Fields, model.Field{Name: name, Kind: model.String})
	}
	return m
}

func newRun(id string) *ledger.Run {
	return &ledger.Run{
		ID: id, Command: "sync", Target: "cro", Resource: resource, Account: account, State: ledger.StatePlanned,
		Source:  ledger.Source{File: "kontakte.xlsx", Sheet: "Übersicht", SHA256: "ab12", Rows: 3},
		Hashes:  ledger.Hashes{Sheet: "ab12", Job: "cd34", Target: "ef56"},
		Started: time.Date(2026, 11, 21, 4, 3, 2, 123456789, time.UTC),
		Version: "1.2.3", Settings: []byte("{\"a\" : 1,\x00\xff}"),
	}
}

func value(k model.Kind, text string) model.Value { return model.Value{Kind: k, Text: text} }

// create is a change that creates a record with the name of its key.
func create(seq int64, key string) plan.Change {
	r := contacts().NewRecord()
	r[1] = value(model.String, key)
	return plan.Change{Seq: seq, Row: int(seq) + 1, Action: plan.Create, Key: key, Record: r}
}

// decided is a change that needs no request.
func decided(seq int64, status plan.Status) plan.Change {
	return plan.Change{Seq: seq, Row: int(seq) + 1, Status: status}
}

// creates is n changes that create a record each.
func creates(n int) iter.Seq2[plan.Change, error] {
	return func(yield func(plan.Change, error) bool) {
		for i := 1; i <= n; i++ {
			if !yield(create(int64(i), keyAt(i)), nil) {
				return
			}
		}
	}
}

func keyAt(i int) string { return fmt.Sprintf("key %06d", i) }

func each(changes ...plan.Change) iter.Seq2[plan.Change, error] {
	return func(yield func(plan.Change, error) bool) {
		for _, c := range changes {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func created(seq int64, id string) push.Outcome {
	return push.Outcome{Seq: seq, Status: plan.Created, ID: id, HTTPStatus: 201, Attempts: 1, RequestID: "q" + id}
}

// all reads a sequence to its end.
func all[T any](t testing.TB, seq iter.Seq2[T, error]) []T {
	t.Helper()
	out, err := gather(seq)
	must(t, err)
	return out
}

func gather[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var out []T
	for v, err := range seq {
		if err != nil {
			return out, err
		}
		out = append(out, v)
	}
	return out, nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// openAt opens a ledger that is closed at the end of the test.
func openAt(t testing.TB, dir string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), dir)
	must(t, err)
	t.Cleanup(func() { must(t, l.Close()) })
	return l
}

func newFolder(t testing.TB) string { return filepath.Join(t.TempDir(), "state") }

// recorder is what push needs, and the end of it.
type recorder interface {
	Intend(context.Context, push.Intent) error
	Conclude(context.Context, push.Outcome) error
	Flush(context.Context) error
	Close() error
}

// store is what every backend must offer.
type store interface {
	CreateRun(context.Context, *ledger.Run) error
	UpdateRun(context.Context, *ledger.Run) error
	Run(ctx context.Context, id string) (*ledger.Run, error)
	FindRun(ctx context.Context, prefix string) (*ledger.Run, error)
	LatestRun(ctx context.Context, account, resource string) (*ledger.Run, error)
	Runs(ctx context.Context, limit int) ([]ledger.Run, error)
	SavePlan(context.Context, *model.Model, *ledger.Run, iter.Seq2[plan.Change, error]) error
	Entries(context.Context, *model.Model, string) iter.Seq2[push.Entry, error]
	Pending(context.Context, *model.Model, string) iter.Seq2[plan.Change, error]
	Counts(ctx context.Context, run string) (plan.Counts, error)
	Unanswered(ctx context.Context, m *model.Model, account, resource string) ([]ledger.Doubt, error)
	Sequence(ctx context.Context, account, resource string) (int64, error)
	IDs(ctx context.Context, account, resource string, keys []string) (map[string]string, error)
	KnownIDs(ctx context.Context, account, resource string) iter.Seq2[ledger.KnownID, error]
	Cache(ctx context.Context, account, name string) ([]byte, time.Time, error)
	SetCache(ctx context.Context, account, name string, data []byte) error
	Bases(context.Context, *model.Model, ledger.Lineage) (*ledger.Bases, error)
	SaveBases(context.Context, *model.Model, ledger.Lineage, iter.Seq2[plan.Found, error]) error
	Agree(ctx context.Context, run, lineage string) error
	Unagreed(ctx context.Context, account, resource string) ([]ledger.Run, error)
	Close() error
	record(ctx context.Context, run string) (recorder, error)
}

// embedded is the SQLite backend.
type embedded struct{ *ledger.Ledger }

func (s embedded) record(ctx context.Context, run string) (recorder, error) {
	return s.Recorder(ctx, run)
}

func openEmbedded(ctx context.Context, place string) (store, error) {
	l, err := ledger.Open(ctx, place)
	return embedded{l}, err
}
