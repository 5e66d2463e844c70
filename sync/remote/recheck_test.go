package remote_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// rechecking is a client of a ferry, and an update of its record 5 that changes the name and takes the harbour along.
func rechecking(t *testing.T, answer http.HandlerFunc) (*remote.Client, remote.Options, *plan.Change) {
	t.Helper()
	opts := ferryOptions(t, serve(t, answer).URL, byAddress)
	client := newClient(t, opts)
	change := &plan.Change{Action: plan.Update, ID: "5",
		Record: recordOf(t, opts, "name", "Bo", "harbour", "3"), Before: recordOf(t, opts, "name", "Ida", "harbour", "3")}
	return client, opts, change
}

func TestRecheckTellsWhatHasChanged(t *testing.T) {
	for _, c := range []struct {
		says, answer string
		status       int
		field        string
		message      string // "" for no drift
	}{
		{"it is as it was", `{"id": 5, "name": "Ida", "harbour": 3}`, 200, "", ""},
		{"it is what it is to become already, as after an attempt that was not seen", `{"id": 5, "name": "Bo", "harbour": 3}`, 200, "", ""},
		{"what is not sent may change", `{"id": 5, "name": "Ida", "harbour": 3, "note": "new"}`, 200, "", ""},
		{"what is not shown says nothing", `{"id": 5}`, 200, "", ""},
		{"nor what is shown in a form nobody can tell", `{"id": 5, "name": "Ida", "harbour": "west quay"}`, 200, "", ""},
		{"what is to be sent has changed", `{"id": 5, "name": "Cy", "harbour": 3}`, 200, "name", `the API says "Cy" now, and said "Ida" when the run was planned`},
		{"what is to be sent was cleared", `{"id": 5, "name": "", "harbour": 3}`, 200, "name", `the API says nothing now, and said "Ida" when the run was planned`},
		{"what goes along has changed", `{"id": 5, "name": "Ida", "harbour": 4}`, 200, "harbour", "the API says 4 now, and said 3 when the run was planned"},
		{"the record is gone", `{}`, 404, "", "not there any more"},
		{"the record is kept from us", `{"detail": "No."}`, 403, "", "does not show the record any more"},
	} {
		t.Run(c.says, func(t *testing.T) {
			client, opts, change := rechecking(t, always(c.status, c.answer))
			if err := opts.Pacer.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			begun := 0
			drift, err := client.Recheck(t.Context(), change, func() { begun++ })
			if err != nil || (drift != nil) != (c.message != "") {
				t.Fatalf("got %+v (%v), want drift that says %q", drift, err, c.message)
			}
			started := 2 // the write's place, and the read
			if drift != nil {
				started = 1
				if drift.Field != c.field || !strings.Contains(drift.Message, c.message) {
					t.Errorf("got field %q, %q; want %q, saying %q", drift.Field, drift.Message, c.field, c.message)
				}
			}
			if got := opts.Pacer.Stats().Started; got != started || begun != 1 {
				t.Errorf("%d requests have their place, and the read began %d times; want %d and once", got, begun, started)
			}
		})
	}
}

// TestRecheckThatGetsNoAnswer gives up, and the write's place with it.
func TestRecheckThatGetsNoAnswer(t *testing.T) {
	client, opts, change := rechecking(t, always(200, "<html>"))
	if err := opts.Pacer.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	drift, err := client.Recheck(t.Context(), change, func() {})
	if drift != nil || err == nil || errors.Is(err, push.ErrNoLook) {
		t.Errorf("got %+v (%v), want an error alone", drift, err)
	}
	if got := opts.Pacer.Stats().Started; got != 1 {
		t.Errorf("%d requests have their place, want that of the read alone", got)
	}
}

// TestRecheckKnowsValuesWhateverTheirForm: what is compared is what the field's own rule calls the same.
func TestRecheckKnowsValuesWhateverTheirForm(t *testing.T) {
	client, opts, change := rechecking(t, always(200, `{"id": 5, "name": "Cafe\u0301", "harbour": 3}`))
	change.Before[opts.Resource.Model.Index("name")] = model.Value{Kind: model.String, Text: "Caf\u00e9"}
	if err := opts.Pacer.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if drift, err := client.Recheck(t.Context(), change, func() {}); drift != nil || err != nil {
		t.Errorf("got %+v (%v), want no drift", drift, err)
	}
}
