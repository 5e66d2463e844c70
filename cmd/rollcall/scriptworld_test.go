package main

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// The accounts of the default worlds.
const (
	bigChangeCustomer = 14532
	revnueCompany     = 1
)

// cmdStored asserts how many records of a resource the simulator has with these members: stored RESOURCE COUNT
// [PATH=VALUE...]. Paths are those of the command json.
func cmdStored(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: stored RESOURCE COUNT [PATH=VALUE...]")
	}
	var all []string
	switch sim := stageOf(ts).sim; args[0] {
	case "bigchange/contact":
		all = eachAsJSON(ts, sim.BigChange.Contacts(bigChangeCustomer))
	case "bigchange/person":
		all = eachAsJSON(ts, sim.BigChange.Persons(bigChangeCustomer))
	case "revnue/customer":
		all = eachAsJSON(ts, sim.Revnue.Customers(revnueCompany))
	default:
		ts.Fatalf("stored: there is no resource %s", args[0])
	}
	got := 0
	for _, record := range all {
		if !slices.ContainsFunc(args[2:], func(arg string) bool {
			path, want, _ := strings.Cut(arg, "=")
			value, err := lookUp(record, path)
			return err != nil || value != want
		}) {
			got++
		}
	}
	if got != number(ts, args[1]) {
		ts.Fatalf("%d records of %s have %q, want %s:\n%s", got, args[0], args[2:], args[1], strings.Join(all, "\n"))
	}
}

// eachAsJSON is records in the notation of the API.
func eachAsJSON[T any](ts *testscript.TestScript, records []T) []string {
	var out []string
	for _, r := range records {
		out = append(out, string(asJSON(ts, r)))
	}
	return out
}

// cmdAdd adds something behind the program's back, in the notation of the simulator: add KIND JSON.
func cmdAdd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: add KIND JSON")
	}
	sim := stageOf(ts).sim
	switch args[0] {
	case "bigchange/contact":
		sim.BigChange.AddContact(bigChangeCustomer, fromJSON[simulator.BigChangeContact](ts, args[1]))
	case "bigchange/group":
		sim.BigChange.AddGroup(bigChangeCustomer, fromJSON[simulator.BigChangeGroup](ts, args[1]))
	case "revnue/customer":
		sim.Revnue.AddCustomer(revnueCompany, fromJSON[simulator.RevnueCustomer](ts, args[1]))
	case "revnue/category":
		sim.Revnue.AddCategory(fromJSON[simulator.RevnueCategory](ts, args[1]))
	default:
		ts.Fatalf("add: there is no kind %s", args[0])
	}
}

// fromJSON reads one value.
func fromJSON[T any](ts *testscript.TestScript, text string) (out T) {
	ts.Check(json.Unmarshal([]byte(text), &out))
	return out
}

// cmdSent asserts how many requests with a method had exactly this body since the last forget-requests: sent METHOD COUNT
// BODY.
func cmdSent(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: sent METHOD COUNT BODY")
	}
	var all []string
	got := 0
	for _, r := range stageOf(ts).sim.Requests() {
		if r.Method != args[0] {
			continue
		}
		all = append(all, string(r.Body))
		if string(r.Body) == args[2] {
			got++
		}
	}
	if got != number(ts, args[1]) {
		ts.Fatalf("%d requests %s had the body %s, want %s:\n%s", got, args[0], args[2], args[1], strings.Join(all, "\n"))
	}
}
