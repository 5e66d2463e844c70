package main

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// turn is what a person waits for on the screen, and types then.
type turn struct{ shown, typed string }

// converse runs the program on a terminal with a person who takes turns with it, and returns what was on the screen and the
// exit code. Ctrl-C is pressed, all else is typed.
func (p *place) converse(t *testing.T, turns []turn, args ...string) (shown string, code int) {
	t.Helper()
	person, screen := openTerminal(t)
	cmd := p.command(t, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = screen, screen, screen
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	screen.Close() // the program's is the only one left: its end ends the reading
	var all bytes.Buffer
	piece := make([]byte, 4096)
	for seen := 0; ; {
		n, err := person.Read(piece)
		all.Write(piece[:n])
		for len(turns) > 0 {
			at := bytes.Index(all.Bytes()[seen:], []byte(turns[0].shown))
			if at < 0 {
				break
			}
			seen += at + len(turns[0].shown)
			if err := reply(cmd.Process, person, turns[0].typed); err != nil {
				t.Fatal(err)
			}
			turns = turns[1:]
		}
		if err != nil { // the other side is closed
			break
		}
	}
	_ = cmd.Wait() // the exit code is looked at by the caller
	if len(turns) > 0 {
		t.Errorf("%q was never shown:\n%s", turns[0].shown, all.String())
	}
	return all.String(), cmd.ProcessState.ExitCode()
}

// doubtful leaves a run with two rows in doubt, each of which may be either of two records: of customer 1 and of customer 2.
func doubtful(t *testing.T) (p *place, run string, ids [2][]int64) {
	t.Helper()
	p = newPlace(t, plainJob)
	p.write(t, "contacts.csv", "Customer,E-mail\n1,a@x.example\n2,b@x.example\n")
	faults, err := simulator.ParseFaults("POST * error-before-commit\nGET /customers/*/contacts after=2 error-before-commit status=403")
	if err != nil {
		t.Fatal(err)
	}
	p.sim.SetFaults(faults)
	r := p.rollcall(t, "sync", "--yes", "--json")
	if r.code != 5 {
		t.Fatalf("exit code %d, want 5\n%s", r.code, r.errOut)
	}
	p.sim.SetFaults(nil)
	for i, email := range []string{"a@x.example", "b@x.example"} {
		for range 2 {
			ids[i] = append(ids[i], p.sim.CRO.AddContact(int64(i+1), simulator.Contact{Email: &email}))
		}
	}
	p.sim.ForgetRequests()
	return p, r.summary(t).Run, ids
}

// plainID is an id as the program writes it.
func plainID(id int64) string { return strconv.FormatInt(id, 10) }

// The questions of resolve.
const (
	whatNow = "or (l)eave it in doubt? [l] "
	whichID = "Id of the record: "
	why     = "Why? It is kept with the run: "
)

// TestTerminalResolves asks about each row that looking does not settle, and shows what a person needs to know for that.
func TestTerminalResolves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says   string
		turns  []turn
		exit   int
		status [2]string
	}{
		{"a record is adopted, and a row is skipped", []turn{{whatNow, "a"}, {whichID, "ID"}, {why, "the older one"}, {whatNow, "s"}, {why, "twice in the list"}},
			0, [2]string{"created", "skipped"}},
		{"words will do, and letter case does not count", []turn{{whatNow, "ADOPT"}, {whichID, "ID"}, {why, "that one"}, {whatNow, "Leave"}},
			5, [2]string{"created", "in_doubt"}},
		{"a record is not there", []turn{{whatNow, "n"}, {why, "both are somebody else's"}, {whatNow, "l"}}, 6, [2]string{"not_attempted", "in_doubt"}},
		{"Return leaves the row in doubt", []turn{{whatNow, ""}, {whatNow, ""}}, 5, [2]string{"in_doubt", "in_doubt"}},
		{"what is no answer is asked again, and so is a reason that is none", []turn{{whatNow, "yes"}, {whatNow, "s"}, {why, ""}, {why, "no need"}, {whatNow, ""}},
			5, [2]string{"skipped", "in_doubt"}},
		{"a slip in the id is said, and asked again", []turn{{whatNow, "a"}, {whichID, ""}, {whichID, "4711"}, {why, "a slip"}, {whatNow, "s"}, {why, "no need"}, {whatNow, ""}},
			5, [2]string{"skipped", "in_doubt"}},
		{"Ctrl-C keeps what is settled", []turn{{whatNow, "s"}, {why, "no need"}, {whatNow, "Ctrl-C"}}, 130, [2]string{"skipped", "in_doubt"}},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			p, run, ids := doubtful(t)
			for i := range c.turns {
				if c.turns[i].typed == "ID" {
					c.turns[i].typed = plainID(ids[0][1])
				}
			}
			shown, code := p.converse(t, c.turns, "resolve", run)
			if code != c.exit || p.sim.Tally().Writes != 0 {
				t.Errorf("exit code %d after %d writes, want %d and none:\n%s", code, p.sim.Tally().Writes, c.exit, shown)
			}
			for _, want := range []string{"row 2", "create of 1 / a@x.example", `email: "a@x.example"`, "answered with HTTP 500; 2 records hold what was sent: ids [" + plainID(ids[0][0])} {
				if !strings.Contains(shown, want) {
					t.Errorf("%q is not shown:\n%s", want, shown)
				}
			}
			_, rows := reportRows(t, p.path(".rollcall/runs/"+run+"/rows.csv"))
			for i, status := range c.status {
				if rows[i]["_status"] != status {
					t.Errorf("row %d is %s, want %s", i+2, rows[i]["_status"], status)
				}
				if asked := status != "in_doubt"; asked != (rows[i]["_code"] == "decided") {
					t.Errorf("row %d has the code %s: %s", i+2, rows[i]["_code"], rows[i]["_message"])
				}
			}
			if c.status[0] == "created" && rows[0]["_id"] != plainID(ids[0][1]) {
				t.Errorf("row 2 has the id %s, want %d", rows[0]["_id"], ids[0][1])
			}
		})
	}
}

// TestTerminalResolveNeedNotAsk about what was said beforehand, or where nobody would see the question.
func TestTerminalResolveNeedNotAsk(t *testing.T) {
	t.Parallel()
	p, run, _ := doubtful(t)
	shown, code := p.converse(t, nil, "resolve", run, "--row", "2", "--skip", "--reason", "no need")
	if strings.Contains(shown, whatNow) || code != 5 {
		t.Errorf("exit code %d, want 5 and no question:\n%s", code, shown)
	}
	r := p.rollcall(t, "resolve", run)
	if strings.Contains(r.errOut, whatNow) || r.code != 5 {
		t.Errorf("exit code %d, want 5 and no question:\n%s", r.code, r.errOut)
	}
}
