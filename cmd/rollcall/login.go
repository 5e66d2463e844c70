package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// loginCommand is the command login.
func (p *program) loginCommand() *cli.Command {
	return &cli.Command{
		Name: "login", Usage: "log in as a person, where the API wants it, and keep the refresh token", Action: p.login,
		Description: "Opens the API's login page in a browser and waits for it to come back to this machine. The refresh token goes\n" +
			"into the file connection.auth.store, which every other command then uses.",
		Flags: append(append(jobFlags(), trustFlags()...),
			&cli.BoolFlag{Name: "paste", DisableDefaultText: true, Usage: "read the code, or the address at which the browser ended, from standard input"},
			&cli.BoolFlag{Name: "no-browser", DisableDefaultText: true, Usage: "only print the address, open no browser"}),
	}
}

// loggedIn is what login prints with --json.
type loggedIn struct {
	Version int `json:"version"`
	*sync.LoggedIn
}

// login is the command login.
func (p *program) login(c *cli.Context) error {
	if err := tooMany(c, 0); err != nil {
		return err
	}
	opts, err := p.options(c)
	if err != nil {
		return err
	}
	person := sync.Person{Visit: func(address string, coming bool) { p.visit(c, address, coming) }}
	if c.Bool("paste") {
		person.Paste = p.pasted
	}
	in, err := sync.Login(p.soft, opts, person)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return writeJSON(p.out, loggedIn{formatVersion, in})
	}
	fmt.Fprintf(p.out, "Logged in at %s as client %s.\nThe refresh token is kept in %s, readable by you alone.\n",
		sync.Visible(in.Account, ""), sync.Visible(in.ClientID, ""), in.Store)
	return nil
}

// visit shows a person where to log in, and tries to open that page.
func (p *program) visit(c *cli.Context, address string, coming bool) {
	fmt.Fprintf(p.err, "Log in at\n\n%s\n\n", sync.Visible(address, ""))
	if coming {
		fmt.Fprintln(p.err, "Waiting for the browser to come back to this machine. If it runs elsewhere, stop this and use --paste.")
	} else {
		fmt.Fprintln(p.err, "Then paste the code, or the whole address at which the browser ends, even if it shows an error there:")
	}
	if isTerminal(p.err) && !c.Bool("no-browser") {
		openBrowser(address)
	}
}

// openBrowser asks the system to open an address. If that does not work the person has the address anyway.
func openBrowser(address string) {
	command := map[string][]string{"darwin": {"open"}, "windows": {"rundll32", "url.dll,FileProtocolHandler"}}[runtime.GOOS]
	if command == nil {
		command = []string{"xdg-open"}
	}
	opener := exec.Command(command[0], append(command[1:], address)...) //nolint:gosec // an address that we made, and no shell
	if opener.Start() == nil {
		go func() { _ = opener.Wait() }() // it may stay for as long as the browser is open
	}
}

// maxPasted is more than any address has, in bytes.
const maxPasted = 64 << 10

// pasted reads one line from standard input, or gives up with ctx.
func (p *program) pasted(ctx context.Context) (string, error) {
	type answer struct {
		text string
		err  error
	}
	came := make(chan answer, 1)
	go func() { // it may wait for a line until the program ends: Ctrl-C must not have to wait for it
		text, err := bufio.NewReader(io.LimitReader(p.in, maxPasted)).ReadString('\n')
		if errors.Is(err, io.EOF) {
			err = nil // a last line needs no end
		}
		came <- answer{text, err}
	}()
	select {
	case a := <-came:
		return a.text, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
