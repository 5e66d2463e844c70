package model

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// scopes is what a token needs for an operation: of the alternatives that the operation offers, or else the document, the
// one that asks for least.
func (s *source) scopes(operation *yaml.Node) []string {
	_, security := child(operation, "security")
	if security == nil {
		security = s.doc.node("security")
	}
	if security == nil || security.Kind != yaml.SequenceNode {
		return nil
	}
	var least []string
	for i, alternative := range security.Content {
		var asked []string
		s.eachPair(alternative, func(scheme string, _ *yaml.Node) { asked = append(asked, s.texts(alternative, scheme)...) })
		if i == 0 || len(asked) < len(least) {
			least = asked
		}
	}
	return least
}

// texts is the list of texts under a key, nil if there is none.
func (s *source) texts(n *yaml.Node, key string) []string {
	_, list := child(n, key)
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	var texts []string
	for _, item := range list.Content {
		if item.Kind == yaml.ScalarNode && !slices.Contains(texts, item.Value) {
			texts = append(texts, item.Value)
		}
	}
	return texts
}

// maxHeader is the documented length of the header that carries a token, 0 if there is none.
func (s *source) maxHeader() int {
	most := 0
	s.eachPair(s.doc.node("components", "securitySchemes"), func(_ string, scheme *yaml.Node) {
		most = max(most, s.length(scheme, "x-header-maxLength", 0))
	})
	return most
}

// headerText is what the document says of a request header, "" if it says nothing.
func (s *source) headerText(name string) string {
	for _, id := range slices.Sorted(maps.Keys(s.operations)) {
		for _, p := range s.operations[id].parameters {
			if text := s.text(p.node, "description"); p.in == "header" && strings.EqualFold(p.name, name) && text != "" {
				return oneLine(text)
			}
		}
	}
	return ""
}
