package sync

import "testing"

func TestAnAccountHasOneSpelling(t *testing.T) {
	for _, c := range []struct{ name, url, want string }{
		{"as it should be", "https://api.example.com", "https://api.example.com"},
		{"a slash at the end", "https://api.example.com/", "https://api.example.com"},
		{"letter case of scheme and host", "HTTPS://API.Example.com", "https://api.example.com"},
		{"the port that goes without saying", "https://api.example.com:443", "https://api.example.com"},
		{"the same for http", "http://127.0.0.1:80", "http://127.0.0.1"},
		{"another port is another place", "https://api.example.com:8443", "https://api.example.com:8443"},
		{"an address of IPv6", "http://[::1]:8080", "http://[::1]:8080"},
		{"a path keeps its case", "https://api.example.com/V0", "https://api.example.com/V0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := canonicalURL(c.url); got != c.want {
				t.Errorf("%s is %s, want %s", c.url, got, c.want)
			}
		})
	}
}
