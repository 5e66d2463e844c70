package main

import (
	"io"
	"net/http"
	"net/url"
	"regexp"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdVisit is the person who logs in, and the browser: it opens the address that the program in the background has printed,
// and follows the API's answer back to the program. Flags: -state VALUE comes back with another state; -paste
// types the address at which the browser would end, and -paste-code the code alone, for the program to read.
func cmdVisit(ts *testscript.TestScript, neg bool, args []string) {
	how := ""
	if len(args) > 0 {
		how = args[0]
	}
	if neg || len(args) > 2 || (how == "-state") != (len(args) == 2) {
		ts.Fatalf("usage: visit [-state VALUE | -paste | -paste-code]")
	}
	p := stageOf(ts).background
	printed := regexp.MustCompile(`(?m)^https?://\S+code_challenge=\S+$`)
	poll(ts, func() bool { return printed.MatchString(ts.ReadFile(p.err)) })
	res, err := http.DefaultTransport.RoundTrip(request(ts, printed.FindString(ts.ReadFile(p.err))))
	ts.Check(err)
	ts.Check(res.Body.Close())
	landing, err := res.Location()
	ts.Check(err)
	switch how {
	case "-paste":
		cmdType(ts, false, []string{landing.String()})
	case "-paste-code":
		cmdType(ts, false, []string{landing.Query().Get("code")})
	default:
		if how == "-state" {
			query := landing.Query()
			query.Set("state", args[1])
			landing.RawQuery = query.Encode()
		}
		res, err := http.DefaultTransport.RoundTrip(request(ts, landing.String()))
		ts.Check(err)
		defer res.Body.Close()
		_, err = io.Copy(ts.Stdout(), res.Body)
		ts.Check(err)
	}
}

// request is a read of a page, on a connection that is not kept.
func request(ts *testscript.TestScript, address string) *http.Request {
	u, err := url.Parse(address)
	ts.Check(err)
	return &http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}, Close: true}
}

// cmdType types a line for the program in the background to read: type TEXT.
func cmdType(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: type TEXT")
	}
	_, err := io.WriteString(stageOf(ts).background.in, args[0]+"\n")
	ts.Check(err)
}

// cmdRevoke makes a token worthless: revoke TOKEN.
func cmdRevoke(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: revoke TOKEN")
	}
	stageOf(ts).sim.CRO.RevokeToken(args[0])
}
