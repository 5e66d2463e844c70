package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// simulateCommand is the command simulate.
func (p *program) simulateCommand() *cli.Command {
	return &cli.Command{
		Name: "simulate", Usage: "run the simulator of the APIs as a server", Action: p.simulate,
		Description: "A script of faults has one fault a line: METHOD [PATH] [SELECTOR ...] ACTION [SETTING ...], such as\n" +
			"\"POST /customers/*/contacts every=10 reset-after-commit\" or \"* after=20 throttle retry-after=5\".\n\n" +
			"Selectors: nth=N, after=N, until=N, every=N, p=0.1, seed=N, count=N. Actions: reset-before-commit, reset-after-commit,\n" +
			"error-before-commit and error-after-commit (status=500), delay=2s (when=before|after), cut, slow (per-byte=10ms), garbage,\n" +
			"empty, html (status=502), throttle (retry-after=1), redirect (to=URL), expire-token. What follows # is a comment.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "addr", Value: "127.0.0.1:8003", Usage: "listen on `ADDRESS`; port 0 takes a free one"},
			&cli.StringFlag{Name: "faults", Usage: "script of faults in `FILE`"},
			&cli.StringFlag{Name: "rate", DefaultText: "what the APIs document: 20/1m for Revnue, nothing for the others",
				Usage: "requests and time that an account of each API may use, such as `20/1m`, or none for no limit at all"},
			&cli.StringFlag{Name: "commits", Usage: "append everything that is stored to `FILE`, as JSON lines"},
		},
	}
}

// simulate serves until it is interrupted.
func (p *program) simulate(c *cli.Context) error {
	if err := tooMany(c, 0); err != nil {
		return err
	}
	options, closeLog, err := simulatorOptions(c)
	if err != nil {
		return err
	}
	defer closeLog()
	sim := simulator.New(options)
	w := addWorlds(sim)
	listener, err := net.Listen("tcp", c.String("addr"))
	if err != nil {
		return fmt.Errorf("the simulator cannot listen on %s: %w; name another address with --addr, or port 0 for a free one", c.String("addr"), err)
	}
	base := "http://" + listener.Addr().String()
	if c.Bool("json") {
		err = writeJSON(p.out, w.card(base))
	} else {
		width := screenWidth(p.out)
		for line := range strings.Lines(w.text(base)) {
			write(p.out, "%s\n", strings.Join(wrapTo(strings.TrimSpace(line), width, width-2), "\n  "))
		}
	}
	if err != nil {
		return err
	}
	return serve(p.soft, listener, forgetful(sim))
}

// simulatorOptions reads the flags of simulate.
func simulatorOptions(c *cli.Context) (options simulator.Options, closeLog func(), err error) {
	closeLog = func() {}
	limit, per, err := sync.ParseRate(c.String("rate"))
	if err != nil {
		return options, closeLog, fmt.Errorf("%w: --rate: %w", sync.ErrUsage, err)
	}
	if options.Rate = (simulator.Rate{Limit: limit, Per: per}); c.String("rate") != "" && limit == 0 {
		options.Rate.Limit = -1 // none: not even what Revnue documents
	}
	if path := c.String("faults"); path != "" {
		script, err := os.ReadFile(path)
		if err != nil {
			return options, closeLog, fmt.Errorf("%w: --faults: %w", sync.ErrUsage, err)
		}
		if options.Faults, err = simulator.ParseFaults(string(script)); err != nil {
			return options, closeLog, fmt.Errorf("%w: --faults: %s: %w", sync.ErrUsage, path, err)
		}
	}
	if path := c.String("commits"); path != "" {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return options, closeLog, fmt.Errorf("%w: --commits: %w", sync.ErrUsage, err)
		}
		options.CommitLog = f
		closeLog = func() { _ = f.Close() } // the simulator has synced every line
	}
	return options, closeLog, nil
}

// worlds is the accounts of a simulator by their ids.
type worlds struct{ tenant, customer, company int64 }

// addWorlds gives a simulator an account of each API. Revnue's has two categories called Retail: such a name is found by
// nobody, and whoever tries Rollcall should see what it says.
func addWorlds(sim *simulator.Simulator) worlds {
	w := worlds{tenant: sim.CRO.AddDefaultWorld(), customer: sim.BigChange.AddDefaultWorld(), company: sim.Revnue.AddDefaultWorld()}
	sim.Revnue.AddCategory(simulator.RevnueCategory{Name: "Retail"})
	return w
}

// text tells a person how to reach the accounts.
func (w worlds) text(base string) string {
	return fmt.Sprintf(`CRO Software, simulated: base_url %[1]s, tenant_id %[2]d, customers 1 to 12, token %[3]s
BigChange, simulated: base_url %[1]s, customer_id %[4]d, contact groups 1204 to 1209, client_id %[5]s, client_secret %[6]s, token call /auth/tokens, all else below /v1
Revnue, simulated: base_url %[1]s, company %[7]d, categories 1 to 13, custom field template 7, token %[8]s, all below /api/v2
Stop with Ctrl-C.
`, base, w.tenant, simulator.DefaultToken, w.customer, simulator.DefaultClientID, simulator.DefaultClientSecret, w.company, simulator.DefaultRevnueToken)
}

// card tells a script the same. What CRO needs stands by itself.
func (w worlds) card(base string) map[string]any {
	return map[string]any{
		"version": formatVersion, "base_url": base, "tenant_id": w.tenant, "token": simulator.DefaultToken,
		"bigchange": map[string]any{
			"base_url": base, "prefix": "/v1", "token_url": base + "/auth/tokens", "customer_id": w.customer,
			"client_id": simulator.DefaultClientID, "client_secret": simulator.DefaultClientSecret,
		},
		"revnue": map[string]any{"base_url": base, "prefix": "/api/v2", "company": w.company, "token": simulator.DefaultRevnueToken},
	}
}

// serve answers on the listener until ctx ends, and then lets go of what is under way.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// forgetful keeps a long-lived simulator small: nobody asks a server for its journal.
func forgetful(sim *simulator.Simulator) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sim.ServeHTTP(w, r)
		sim.ForgetRequests()
	})
}

// startSimulator runs a simulator on a free port of this machine. stop ends it.
func startSimulator(ctx context.Context, options simulator.Options) (sim *simulator.Simulator, base string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", nil, fmt.Errorf("listen: %w", err)
	}
	sim = simulator.New(options)
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- serve(ctx, listener, sim) }()
	return sim, "http://" + listener.Addr().String(), func() { cancel(); <-done }, nil
}

// write prints to a stream; a screen that is gone is no trouble of the command.
func write(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
