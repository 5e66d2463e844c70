package remote

import "net/http"

// SetTransport replaces the network, for tests under a clock of their own.
func (c *Client) SetTransport(t http.RoundTripper) { c.transport = t }

// The bounds that tests go beyond.
const (
	MaxWriteAnswer = maxWriteAnswer
	MaxText        = maxText
	MaxSegment     = maxSegment
)
