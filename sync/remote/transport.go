package remote

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"time"
)

// maxHeader is the most that is read of an answer's header, in bytes.
const maxHeader = 64 << 10

// newTransport is tuned for many short requests to one host. It is used without an http.Client: nothing follows a
// redirect unless we do.
func newTransport(opts Options) (*http.Transport, error) {
	config := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: opts.Insecure, //nolint:gosec // asked for in so many words, for test systems
	}
	if opts.CAFile != "" {
		pem, err := os.ReadFile(opts.CAFile)
		if err != nil {
			return nil, fmt.Errorf("connection.ca_file: %w", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("connection.ca_file: %s holds no PEM certificate", opts.CAFile)
		}
		config.RootCAs = pool
	}
	connections := max(opts.Workers, 2) * 2
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        config,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           connections,
		MaxIdleConnsPerHost:    connections,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true, // a bound on the body is a bound on memory only without it
	}, nil
}
