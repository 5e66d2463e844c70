package main

import (
	"encoding/json"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// accountCode is the form of an account code.
var accountCode = regexp.MustCompile(`^[A-Z]{2}-[0-9]{4}$`)

// memberRule says what is wrong with a value, "" for nothing.
type memberRule func(value any) string

// memberRules is the documented rules of each field of a member.
func memberRules(regions []gatehouseRegion) map[string]memberRule {
	return map[string]memberRule{
		"account_code": func(v any) string {
			if s, ok := v.(string); !ok || !accountCode.MatchString(s) {
				return "Must be two capital letters, a hyphen and four digits."
			}
			return ""
		},
		"name": characters(1, 80),
		"tier": func(v any) string {
			if s, ok := v.(string); !ok || !slices.Contains([]string{"bronze", "silver", "gold"}, s) {
				return "Must be bronze, silver or gold."
			}
			return ""
		},
		"email": func(v any) string {
			s, _ := v.(string)
			if before, after, ok := strings.Cut(s, "@"); !ok || before == "" || after == "" || strings.ContainsAny(s, " ,;") {
				return "Must be one e-mail address."
			}
			return characters(0, 120)(v)
		},
		"seats":   numbers("1", "500", "1"),
		"balance": numbers("-250000", "250000", "0.01"),
		"joined_on": func(v any) string {
			s, _ := v.(string)
			if _, err := time.Parse(time.DateOnly, s); err != nil {
				return "Must be a date such as 2024-02-29."
			}
			return ""
		},
		"newsletter": func(v any) string {
			if _, ok := v.(bool); !ok {
				return "Must be true or false."
			}
			return ""
		},
		"region_id": func(v any) string {
			if !slices.ContainsFunc(regions, func(r gatehouseRegion) bool { return r.ID == v }) {
				return "There is no such region."
			}
			return ""
		},
		"note":             characters(0, 500),
		"address.street":   characters(0, 100),
		"address.city":     characters(0, 60),
		"address.postcode": characters(0, 12),
	}
}

// checkMember is the first thing that is wrong with a body, nil if nothing is.
func checkMember(body map[string]any, regions []gatehouseRegion) *gatehouseRefusal {
	flat := map[string]any{}
	for name, value := range body {
		if name != "address" {
			flat[name] = value
			continue
		}
		address, ok := value.(map[string]any)
		if !ok || len(address) == 0 {
			return &gatehouseRefusal{422, "invalid_field", "address", "Must be an object that is not empty."}
		}
		for part, value := range address {
			flat["address."+part] = value
		}
	}
	rules := memberRules(regions)
	for _, name := range slices.Sorted(maps.Keys(flat)) {
		rule, known := rules[name]
		if !known {
			return &gatehouseRefusal{422, "unknown_field", name, "Unknown field."}
		}
		if wrong := rule(flat[name]); wrong != "" {
			return &gatehouseRefusal{422, "invalid_field", name, wrong}
		}
	}
	for _, name := range []string{"account_code", "name"} {
		if flat[name] == nil {
			return &gatehouseRefusal{422, "missing_field", name, "Must be given."}
		}
	}
	if (flat["address.street"] != nil || flat["address.postcode"] != nil) && flat["address.city"] == nil {
		return &gatehouseRefusal{422, "missing_field", "address.city", "Must be given with a street or a postcode."}
	}
	return nil
}

// characters accepts text of low to high characters.
func characters(low, high int) memberRule {
	return func(v any) string {
		s, ok := v.(string)
		if n := utf8.RuneCountInString(s); !ok || n < low || n > high {
			return "Must be text of the documented length."
		}
		return ""
	}
}

// numbers accepts JSON numbers from low to high that are whole multiples of step.
func numbers(low, high, step string) memberRule {
	return func(v any) string {
		text, ok := v.(json.Number)
		n, isNumber := new(big.Rat).SetString(text.String())
		if !ok || !isNumber {
			return "Must be a number."
		}
		if n.Cmp(rational(low)) < 0 || n.Cmp(rational(high)) > 0 {
			return "Must be from " + low + " to " + high + "."
		}
		if !new(big.Rat).Quo(n, rational(step)).IsInt() {
			return "Must be a multiple of " + step + "."
		}
		return ""
	}
}

// rational reads one of our own numbers.
func rational(text string) *big.Rat {
	r, _ := new(big.Rat).SetString(text)
	return r
}

// twoDecimals is an amount as the API answers it, such as "12.50".
func twoDecimals(n json.Number) string { return rational(n.String()).FloatString(2) }
