package push_test

import (
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

func TestEntryStatus(t *testing.T) {
	tests := []struct {
		says    string
		planned plan.Status
		ended   plan.Status
		want    plan.Status
	}{
		{"what push saw counts", plan.Planned, plan.Created, plan.Created},
		{"a doubt is an end, too", plan.Planned, plan.InDoubt, plan.InDoubt},
		{"what the plan decided needs no request", plan.Invalid, plan.Planned, plan.Invalid},
		{"what was planned and never came to an end was not attempted", plan.Planned, plan.Planned, plan.NotAttempted},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			e := push.Entry{Change: plan.Change{Status: tt.planned}, Outcome: push.Outcome{Status: tt.ended}}
			if got := e.Status(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestHolds(t *testing.T) {
	m := model.NewModel("lab", "thing", []model.Field{
		{Name: "name", Kind: model.String}, {Name: "email", Kind: model.String, Rules: model.Rules{Format: "email-list"}}, {Name: "size", Kind: model.Number},
	})
	absent, null := model.Value{}, model.Value{Kind: model.Null}
	number := func(s string) model.Value { return model.Value{Kind: model.Number, Text: s} }
	sent := model.Record{text("Ida"), text("a@x.org, b@x.org"), number("3.5")}
	tests := []struct {
		says string
		sent model.Record
		has  model.Record
		want bool
	}{
		{"all that was sent is there", sent, model.Record{text("Ida"), text("a@x.org, b@x.org"), number("3.5")}, true},
		{"written otherwise, it says the same", sent, model.Record{text("Ida"), text("a@x.org,b@x.org"), number("3.50")}, true},
		{"one field differs", sent, model.Record{text("Ida"), text("a@x.org"), number("3.5")}, false},
		{"a field that the API does not return speaks neither for nor against", sent, model.Record{text("Ida"), absent, number("3.5")}, true},
		{"a field that the API returns as empty does", sent, model.Record{text("Ida"), null, number("3.5")}, false},
		{"a value of another kind speaks neither for nor against", sent, model.Record{text("Ida"), absent, text("plenty")}, true},
		{"it does not speak for a field that differs", sent, model.Record{text("Bo"), absent, text("plenty")}, false},
		{"what was not sent may be anything", model.Record{text("Ida"), absent, absent}, sent, true},
		{"what was sent as empty is there as null", model.Record{text("Ida"), text(""), absent}, model.Record{text("Ida"), null, absent}, true},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			if got := push.Holds(m, &plan.Change{Record: tt.sent}, tt.has); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

func TestDefaultsOfOptions(t *testing.T) {
	got := push.Options{}.WithDefaults()
	if want := (push.Options{Workers: push.DefaultWorkers, MaxPause: push.DefaultMaxPause}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	own := push.Options{Workers: 3, MaxFailures: 1, MaxPause: time.Minute, MaxRequests: 2, Limit: 4, Settle: time.Second}
	if got := own.WithDefaults(); got != own {
		t.Errorf("what is set must stay: got %+v, want %+v", got, own)
	}
}
