package model

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"
)

// block is the x-rollcall block as it is written. Its JSON Schema has checked it, so that only references to the rest of
// the document are left to check.
type block struct {
	Name      string              `yaml:"name"`
	Title     string              `yaml:"title"`
	Account   named[settingBlock] `yaml:"account"`
	Headers   named[headerBlock]  `yaml:"headers"`
	Auth      authBlock           `yaml:"auth"`
	Rate      rateBlock           `yaml:"rate"`
	Errors    errorsBlock         `yaml:"errors"`
	Slash     slashBlock          `yaml:"slash"`
	Settle    string              `yaml:"settle"`
	Check     checkBlock          `yaml:"check"`
	Lookups   named[lookupBlock]  `yaml:"lookups"`
	Resources named[resource]     `yaml:"resources"`
}

type settingBlock struct {
	In       places   `yaml:"in"`
	Param    string   `yaml:"param"`
	Type     string   `yaml:"type"`
	Required bool     `yaml:"required"`
	Except   []string `yaml:"except"`
	Lookup   string   `yaml:"lookup"`
}

type headerBlock struct {
	Default  string `yaml:"default"`
	Setting  string `yaml:"setting"`
	Generate string `yaml:"generate"`
}

type authBlock struct {
	Methods      []string `yaml:"methods"`
	Token        string   `yaml:"token"`
	AuthorizeURL string   `yaml:"authorize_url"`
	Scopes       []string `yaml:"scopes"`
	APIKeyHeader string   `yaml:"api_key_header"`
}

type rateBlock struct {
	Limit int    `yaml:"limit"`
	Per   string `yaml:"per"`
	Scope string `yaml:"scope"`
}

type errorsBlock struct {
	Field   []string `yaml:"field"`
	Message []string `yaml:"message"`
	Map     string   `yaml:"map"`
	Same    string   `yaml:"duplicate"`
}

type checkBlock struct {
	Operation string `yaml:"operation"`
	Items     string `yaml:"items"`
	ID        string `yaml:"id"`
	Setting   string `yaml:"setting"`
}

type slashBlock struct {
	Read  bool `yaml:"read"`
	Write bool `yaml:"write"`
}

type resource struct {
	Create      string            `yaml:"create"`
	Update      string            `yaml:"update"`
	Replace     bool              `yaml:"replace"`
	ReplaceWith string            `yaml:"replace_with"`
	Get         string            `yaml:"get"`
	List        listBlock         `yaml:"list"`
	ID          idBlock           `yaml:"id"`
	Key         []string          `yaml:"key"`
	Unique      []string          `yaml:"unique"`
	Custom      *customBlock      `yaml:"custom"`
	Fields      named[fieldBlock] `yaml:"fields"`
}

// listBlock is the operation of a list and how its pages go.
type listBlock struct {
	Operation   string `yaml:"operation"`
	Items       string `yaml:"items"`
	PageParam   string `yaml:"page_param"`
	SizeParam   string `yaml:"size_param"`
	Size        int    `yaml:"size"`
	CursorParam string `yaml:"cursor_param"`
	Next        string `yaml:"next"`
	FirstPlain  bool   `yaml:"first_plain"`
	TotalPages  string `yaml:"total_pages"`
	PageSize    string `yaml:"page_size"`
	Total       string `yaml:"total"`
	Count       string `yaml:"count"`

	Filters map[string]string `yaml:"filters"` // field -> query parameter
}

type lookupBlock struct {
	List listBlock         `yaml:",inline"`
	Then string            `yaml:"then"`
	ID   string            `yaml:"id"`
	By   map[string]string `yaml:"by"`
}

type customBlock struct {
	List        string            `yaml:"list"`
	ID          string            `yaml:"id"`
	Value       string            `yaml:"value"`
	Merge       bool              `yaml:"merge"`
	Clear       string            `yaml:"clear"`
	Definitions *definitionsBlock `yaml:"definitions"`
	Types       map[string]string `yaml:"types"`
}

type definitionsBlock struct {
	Lookup string `yaml:"lookup"`
	Parent string `yaml:"parent"`
	Fields string `yaml:"fields"`
	ID     string `yaml:"id"`
	Name   string `yaml:"name"`
	Type   string `yaml:"type"`
	Active string `yaml:"active"`
}

type idBlock struct {
	Field string `yaml:"field"`
	Param string `yaml:"param"`
}

type fieldBlock struct {
	Aliases   []string `yaml:"aliases"`
	Clear     string   `yaml:"clear"`
	Format    string   `yaml:"format"`
	Immutable bool     `yaml:"immutable"`
	Lookup    string   `yaml:"lookup"`
	Read      string   `yaml:"read"`
	Names     bool     `yaml:"names_in_answers"`
}

// places is one word or several.
type places []string

// UnmarshalYAML reads a word or a list of them.
func (p *places) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*p = places{n.Value}
		return nil
	}
	var list []string
	if err := n.Decode(&list); err != nil {
		return err
	}
	*p = list
	return nil
}

// named is a mapping that keeps the order of the file, which the first resource and the printed settings depend on.
type named[T any] []entry[T]

type entry[T any] struct {
	Name  string
	Value T
}

// UnmarshalYAML decodes a mapping pair by pair.
func (m *named[T]) UnmarshalYAML(n *yaml.Node) error {
	for i := 0; i+1 < len(n.Content); i += 2 {
		e := entry[T]{Name: n.Content[i].Value}
		if err := n.Content[i+1].Decode(&e.Value); err != nil {
			return fmt.Errorf("key %s: %w", e.Name, err)
		}
		*m = append(*m, e)
	}
	return nil
}

// duration reads a duration that its pattern has admitted, such as 5s; "" is none.
func duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0
	}
	return d
}

// settings is the account settings as a target keeps them.
func (b *block) settings() []Setting {
	var out []Setting
	for _, e := range b.Account {
		kind := String
		if e.Value.Type == "integer" {
			kind = Integer
		}
		out = append(out, Setting{
			Name: e.Name, In: e.Value.In, Param: e.Value.Param, Kind: kind, Required: e.Value.Required, Except: e.Value.Except,
			Lookup: e.Value.Lookup,
		})
	}
	return out
}

// headers is the request headers as a target keeps them.
func (b *block) headers() []Header {
	var out []Header
	for _, e := range b.Headers {
		out = append(out, Header{Name: e.Name, Setting: e.Value.Setting, Default: e.Value.Default, Generate: e.Value.Generate})
	}
	return out
}

// replacing is the block of a resource whose updates are those that a job may ask for instead.
func (r resource) replacing() *resource {
	r.Update, r.Replace, r.ReplaceWith = r.ReplaceWith, true, ""
	return &r
}

// clearing is how a field is emptied, by its word in the block at path.
func (c *compiler) clearing(word string, replaces bool, path ...string) Clear {
	switch word {
	case "send_null":
		return ClearNull
	case "send_empty":
		return ClearEmpty
	case "omit":
		if !replaces {
			c.source.faultAt("only an update that replaces the whole record empties what it leaves out",
				"say replace: true if this one does; what replace_with leaves out is empty without a word here", path...)
		}
		return ClearOmit
	}
	return ClearUndocumented
}
