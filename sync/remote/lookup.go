package remote

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// ErrNoList says that the API has no such list, or keeps it from us.
var ErrNoList = errors.New("the API does not give the list")

// Items reads every item of a list of the account that has an id, under the property id. Of each it keeps the properties that
// are named, or all of them if none is: a list may be long. The error wraps [ErrNoList] if it is only this list that cannot
// be had, and plan.ErrAccount too if it is the account that may not have it.
func (c *Client) Items(ctx context.Context, l *model.Listing, id string, properties ...string) ([]json.RawMessage, error) {
	seen := map[[sha256.Size]byte]bool{} // two items may have one id; a page that is shown again has the same items
	var items []json.RawMessage
	err := c.pages(ctx, l, id, nil, func(item json.RawMessage) (bool, error) {
		sum := sha256.Sum256(item)
		if seen[sum] {
			return false, nil
		}
		seen[sum] = true
		if _, ok := model.ReadText(item, id); ok {
			kept := only(item, properties)
			if c.secrets.isIn(string(kept)) {
				return false, fmt.Errorf("%s %s: an entry %w", l.Method, l.Path, errTold)
			}
			items = append(items, kept)
		}
		return true, nil
	})
	switch {
	case errors.Is(err, errNotFound):
		return nil, fmt.Errorf("%w: %w", ErrNoList, err)
	case errors.Is(err, errForbidden):
		return nil, fmt.Errorf("%w: %w: %w", ErrNoList, plan.ErrAccount, err)
	}
	return items, err
}

// only is an item with nothing but some of its properties, in memory of its own. Dotted names keep what they begin with.
func only(item json.RawMessage, properties []string) json.RawMessage {
	if len(properties) == 0 {
		return bytes.Clone(item)
	}
	var all map[string]json.RawMessage
	if json.Unmarshal(item, &all) != nil {
		return bytes.Clone(item)
	}
	kept := map[string]json.RawMessage{}
	for _, name := range properties {
		first, _, _ := strings.Cut(name, ".")
		if value, ok := all[first]; ok {
			kept[first] = value
		}
	}
	out, err := json.Marshal(kept)
	if err != nil {
		return bytes.Clone(item)
	}
	return out
}
