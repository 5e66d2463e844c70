// Package reconcile accounts for every row of a run: it joins the private copy of the input with what the ledger knows,
// proves that each row is there exactly once, and writes the reports.
//
// [Join] walks sheet and ledger side by side and ends with an [AccountError] if they disagree. [Write] takes the joined
// lines through all report writers in one pass, counts as it goes, and asserts that
//
//	read = created + updated + unchanged + skipped + invalid + rejected + failed + conflict + in_doubt + not_attempted
//
// A run whose accounts do not add up gets its files all the same, and they say INVALID.
//
// It decides nothing about a row, sends nothing, and does not open the ledger. Every text that comes from a sheet or an
// API is data to it: no cell of a report is evaluated by Excel, and no character of one moves a cursor or a page.
//
// Begin at [Write]; [Verdict] and [Totals] are the same account for a terminal.
package reconcile
