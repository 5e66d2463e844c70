package main

import (
	"os"
	"strings"
	"testing"
)

// TestInitFourth proposes a job for an API that only a target file knows, and runs it unedited: nothing is left open.
func TestInitFourth(t *testing.T) {
	t.Parallel()
	tr, _ := newFourth(t)
	tr.flags = nil // the job names its target file
	for _, name := range []string{"gatehouse.yaml", "members.csv"} {
		tr.write(t, name, gatehouseText(t, name))
	}
	made := tr.rollcall(t, "init", "members.csv", "--target-file", "gatehouse.yaml", "--account", "workspace=northgate", "--base-url", tr.server.URL, "--force")
	if made.code != 0 || !strings.Contains(made.errOut, "13 of 13 columns recognised, 0 left open, 0 ignored.") {
		t.Fatalf("exit code %d:\n%s", made.code, made.errOut)
	}
	job, err := os.ReadFile(tr.path("config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"target_file: gatehouse.yaml\n", `key: [account_code] `, `Balance: {field: balance, decimal: ","} `, `Joined: {field: joined_on, format: "02.01.2006"} `,
		`News: {field: newsletter, true: ["yes"], false: ["no"]} `, "Region: {field: region_id, lookup: name} ",
	} {
		if !strings.Contains(string(job), want) {
			t.Errorf("the job file lacks %s:\n%s", want, job)
		}
	}
	tr.write(t, "config.yaml", strings.Replace(string(job), "${env:GATEHOUSE_KEY}", "${file:token}", 1)) // the trial keeps the key in a file
	if r := tr.rollcall(t, "validate"); r.code != 0 {
		t.Fatalf("validate: exit code %d\n%s%s", r.code, r.out, r.errOut)
	}
	if sum := tr.sync(t, 0); sum.Counts["created"] != 14 || sum.Counts["read"] != 14 {
		t.Fatalf("counts: %v, want 14 rows created", sum.Counts)
	}
	tr.forget()
	if sum := tr.sync(t, 0); sum.Counts["unchanged"] != 14 || len(tr.writes()) != 0 {
		t.Errorf("the second run: %v and %d writes, want 14 unchanged and none", sum.Counts, len(tr.writes()))
	}
}
