package sync

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/sync/pace"
)

// notifyRest is the pause before the second and last try.
const notifyRest = time.Second

// webhook is the address of one of the job's notifications. It must be one that nobody can listen to: https, unless it is this
// machine or the user insists.
func (o *Options) webhook(i int) (*url.URL, error) {
	key := fmt.Sprintf("notify[%d].webhook", i)
	text, err := o.Job.resolve(key, o.Job.Notify[i].Webhook)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" { // the error would show it
		return nil, fmt.Errorf("%w: %s: what it refers to is no address such as https://example.org/hook", ErrJob, key)
	}
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback && !o.Insecure) {
		return nil, fmt.Errorf("%w: %s: the address must begin with https://", ErrJob, key)
	}
	return u, nil
}

// postNotice posts a notification, and once more if the first try fails in a way that may pass.
func postNotice(ctx context.Context, o *Options, address *url.URL, body []byte) error {
	client, err := noticeClient(o)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	again, err := tryNotice(ctx, client, address, body)
	if err == nil || !again {
		return err
	}
	if stopped := pace.Sleep(ctx, notifyRest); stopped != nil {
		return err
	}
	_, err = tryNotice(ctx, client, address, body)
	return err
}

// tryNotice posts a notification once. again says that another try may go better.
func tryNotice(ctx context.Context, client *http.Client, address *url.URL, body []byte) (again bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(), bytes.NewReader(body))
	if err != nil {
		return false, errors.New("the address of the webhook cannot be used")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "rollcall")
	res, err := client.Do(r)
	var told *url.Error
	if errors.As(err, &told) { // its text has the address
		err = told.Err
	}
	if err != nil {
		return true, fmt.Errorf("the webhook cannot be reached: %w", err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)) // what it says is of no interest
	_ = res.Body.Close()
	switch {
	case res.StatusCode < 300:
		return false, nil
	case res.StatusCode < 400:
		return false, fmt.Errorf("the webhook answers with HTTP %d, a redirect, which is not followed: correct its address", res.StatusCode)
	}
	return res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests, fmt.Errorf("the webhook answers with HTTP %d", res.StatusCode)
}

// noticeClient trusts whom the connection of the job trusts, and follows nobody elsewhere.
func noticeClient(o *Options) (*http.Client, error) {
	trust := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: o.Insecure} //nolint:gosec // --insecure has been asked for
	if file := o.Job.Connection.CAFile; file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read ca_file: %w", err)
		}
		if trust.RootCAs, err = x509.SystemCertPool(); err != nil {
			trust.RootCAs = x509.NewCertPool()
		}
		if !trust.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s has no certificate in PEM", file)
		}
	}
	return &http.Client{
		Timeout:       notifyPatience,
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: trust, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// runNotice runs a command that gets a notification on its standard input. It is not tried again: nobody knows what it has done.
func runNotice(ctx context.Context, argv []string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, notifyPatience)
	defer cancel()
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	c.Stdin, c.WaitDelay = bytes.NewReader(body), time.Second
	out, err := c.CombinedOutput()
	if ctx.Err() != nil {
		err = fmt.Errorf("it took longer than %s", notifyPatience)
	}
	if err != nil {
		return fmt.Errorf("run %s: %w: %s", argv[0], err, strings.ToValidUTF8(string(out), ""))
	}
	return nil
}
