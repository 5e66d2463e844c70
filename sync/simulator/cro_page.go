package simulator

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// page is CRO's envelope of a list. Source: docs.crosoftware.net/docs/data_types/CustomerContactListModel.
type page[T any] struct {
	CurrentLimit int `json:"current_limit"`
	CurrentPage  int `json:"current_page"`
	Results      []T `json:"results"`
	TotalCount   int `json:"total_count"`
	TotalPages   int `json:"total_pages"`
}

// The documented bounds of paging.
const (
	defaultLimit = 100
	maxLimit     = 1000
	maxPage      = 10000
)

// listReply answers a list, by page as the query asks, or plain.
func listReply[T any](a *CRO, c *call, all []T) reply {
	query := c.query
	if a.options.PlainLists {
		if a.options.PlainLimit == 0 {
			return jsonReply(http.StatusOK, unpaged(all))
		}
		query = url.Values{"page_limit": {strconv.Itoa(a.options.PlainLimit)}}
	}
	part, wrong := paged(all, query)
	if wrong != nil {
		return a.refusal(http.StatusBadRequest, inQuery, wrong.field, wrong.detail)
	}
	return jsonReply(http.StatusOK, part)
}

// paged cuts one page out of all records. A page behind the last is empty.
func paged[T any](all []T, query url.Values) (*page[T], *trouble) {
	index, wrong := bounded(query, "page_index", 1, maxPage)
	if wrong != nil {
		return nil, wrong
	}
	limit, wrong := bounded(query, "page_limit", defaultLimit, maxLimit)
	if wrong != nil {
		return nil, wrong
	}
	first := min((index-1)*limit, len(all))
	return &page[T]{
		CurrentLimit: limit,
		CurrentPage:  index,
		Results:      append([]T{}, all[first:min(first+limit, len(all))]...),
		TotalCount:   len(all),
		TotalPages:   (len(all) + limit - 1) / limit,
	}, nil
}

// unpaged puts all records into one page, as lists without query parameters do.
func unpaged[T any](all []T) *page[T] {
	pages := 0
	if len(all) > 0 {
		pages = 1
	}
	return &page[T]{
		CurrentLimit: max(defaultLimit, min(len(all), maxLimit)),
		CurrentPage:  1,
		Results:      append([]T{}, all...),
		TotalCount:   len(all),
		TotalPages:   pages,
	}
}

// bounded reads a query parameter from 1 to highest; missing gives the default.
func bounded(query url.Values, name string, missing, highest int) (int, *trouble) {
	if !query.Has(name) {
		return missing, nil
	}
	n, err := strconv.Atoi(query.Get(name))
	if err != nil || n < 1 || n > highest {
		return 0, &trouble{name, fmt.Sprintf("Must be an integer from 1 to %d.", highest)}
	}
	return n, nil
}
