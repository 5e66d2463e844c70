package ledger_test

import (
	"context"
	"testing"
)

func TestEmbeddedLedgerConforms(t *testing.T) {
	t.Parallel()
	conformance(t, openEmbedded)
}

// backend is a store under test, and how to open it again.
type backend struct {
	store
	open  func(ctx context.Context, place string) (store, error)
	place string
}

// reopen closes the store and opens it again, as the next process would.
func (b *backend) reopen(t *testing.T) {
	t.Helper()
	must(t, b.Close())
	s, err := b.open(t.Context(), b.place)
	must(t, err)
	b.store = s
}

func (b *backend) recorder(t *testing.T, run string) recorder {
	t.Helper()
	r, err := b.record(t.Context(), run)
	must(t, err)
	return r
}

// conformance is what every backend must do. open is given a place that nobody used, or one that was closed before.
func conformance(t *testing.T, open func(ctx context.Context, place string) (store, error)) {
	for name, check := range map[string]func(*testing.T, *backend){
		"a run is read back as it was written":                       runIsReadBack,
		"an update of a run keeps its account":                       updateKeepsAccount,
		"runs are found by the beginning of their id":                runsAreFound,
		"runs are listed newest first":                               runsAreListed,
		"a plan is read back as it was written":                      planIsReadBack,
		"records survive another order of the fields":                recordsSurviveReordering,
		"a plan that breaks off never existed":                       brokenPlanNeverExisted,
		"a plan leaves the store writable while it is made":          storeIsWritableWhilePlanning,
		"each row has one status, and they add up":                   statusesAddUp,
		"a run longer than a page is read whole":                     longRunIsReadWhole,
		"an intent without an outcome is in doubt":                   intentIsDoubt,
		"a doubt is settled by a later outcome":                      doubtIsSettled,
		"a doubt names the last of its requests":                     doubtNamesItsLastRequest,
		"what was surely not sent is pending again":                  notAttemptedIsPending,
		"a final outcome stays":                                      finalOutcomeStays,
		"doubts are found in every run of the resource, old first":   doubtsOfEveryRun,
		"intents move the write sequence, outcomes do not":           intentsMoveSequence,
		"a run that another has overtaken cannot write":              overtakenRunCannotWrite,
		"created records are known by their key":                     createdRecordsAreKnown,
		"what is cached comes back with its time":                    cacheComesBack,
		"an intent whose caller gave up first is not recorded":       withdrawnIntentIsNotRecorded,
		"a closed recorder takes nothing":                            closedRecorderTakesNothing,
		"outcomes are durable soon even if nobody waits for them":    outcomesAreDurableSoon,
		"what is no outcome and no intent of the plan is turned off": nonsenseIsTurnedOff,
		"bases are those of their lineage":                           basesAreOfTheirLineage,
		"an export that breaks off has no bases":                     brokenExportHasNoBases,
		"a run agrees on what was equal and what it saw done":        runAgrees,
		"an agreement does not replace that of a later run":          laterAgreementStays,
		"a run that is resumed agrees on the rest":                   resumedRunAgreesOnTheRest,
		"bases are read while a plan is made":                        basesAreReadWhilePlanning,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &backend{open: open, place: newFolder(t)}
			s, err := open(t.Context(), b.place)
			must(t, err)
			b.store = s
			t.Cleanup(func() { must(t, b.Close()) })
			check(t, b)
		})
	}
}
