package simulator

import (
	"maps"
	"net/http"
	"strconv"
)

// revnuePage is the envelope of a page, that of Django REST framework.
type revnuePage[T any] struct {
	Count    int     `json:"count"`
	Next     *string `json:"next"`
	Previous *string `json:"previous"`
	Results  []T     `json:"results"`
}

// revnueList answers a list in the shape that the options want. No parameter but company is documented; those that a shape
// has no use for are ignored.
func revnueList[T any](a *Revnue, c *call, all []T) reply {
	all = append([]T{}, all...)
	switch {
	case a.options.Lists == ListPages:
		return revnuePaged(a, c, all)
	case a.options.Lists == ListBareOne && len(all) == 1:
		return jsonReply(http.StatusOK, all[0])
	}
	return jsonReply(http.StatusOK, all)
}

// revnuePaged answers the page that the query asks for. A size that is no count is ignored, a page behind the last is not
// found.
func revnuePaged[T any](a *Revnue, c *call, all []T) reply {
	size, err := strconv.Atoi(c.query.Get("page_size"))
	if err != nil || size < 1 {
		size = a.options.PageSize
	}
	last := max(1, (len(all)+size-1)/size)
	number := 1
	if c.query.Has("page") {
		number, err = strconv.Atoi(c.query.Get("page"))
		if err != nil || number < 1 || number > last {
			return a.refuse(http.StatusNotFound, "Invalid page.")
		}
	}
	first := (number - 1) * size
	page := revnuePage[T]{Count: len(all), Results: all[first:min(first+size, len(all))]}
	if number < last {
		page.Next = new(c.addressOfPage(number + 1))
	}
	if number > 1 {
		page.Previous = new(c.addressOfPage(number - 1))
	}
	return jsonReply(http.StatusOK, page)
}

// addressOfPage is the whole address of another page of the list.
func (c *call) addressOfPage(number int) string {
	query := maps.Clone(c.query)
	query.Set("page", strconv.Itoa(number))
	return c.origin + c.Path + "?" + query.Encode()
}

// revnueOne answers one record of a lookup, which is absent if there is none.
func revnueOne[T any](a *Revnue, record *T) reply {
	if record == nil {
		return a.refuse(http.StatusNotFound, "Not found.")
	}
	return jsonReply(http.StatusOK, record)
}

// listCategories serves GET /category/: those of the account, whichever the company. Names are documented as unique for each
// account.
func (a *Revnue) listCategories(c *call) reply { return revnueList(a, c, a.categories.all) }

// getCategory serves GET on one category.
func (a *Revnue) getCategory(c *call) reply { return revnueOne(a, a.categories.byID[pathNumber(c)]) }

// listCountries serves GET /country/.
func (a *Revnue) listCountries(c *call) reply { return revnueList(a, c, a.countries.all) }

// listCompanies serves GET /company/: those that the token opens.
func (a *Revnue) listCompanies(c *call) reply {
	var open []*RevnueCompany
	for _, company := range a.companies.all {
		if a.tokens[bearer(c.Header)].opens(company.ID) {
			open = append(open, company)
		}
	}
	return revnueList(a, c, open)
}

// listTemplates serves GET /custom-field-template/.
func (a *Revnue) listTemplates(c *call) reply {
	var list []RevnueTemplate
	for _, t := range a.templates.all {
		if !t.form {
			list = append(list, t.RevnueTemplate)
		}
	}
	return revnueList(a, c, list)
}

// getTemplate serves GET on one custom field template.
func (a *Revnue) getTemplate(c *call) reply {
	if t := a.templates.byID[pathNumber(c)]; t != nil && !t.form {
		return revnueOne(a, &t.RevnueTemplate)
	}
	return revnueOne[RevnueTemplate](a, nil)
}

// listFormTemplates serves GET /custom-form-template/.
func (a *Revnue) listFormTemplates(c *call) reply {
	var list []RevnueFormTemplate
	for _, t := range a.templates.all {
		if t.form {
			list = append(list, t.RevnueFormTemplate)
		}
	}
	return revnueList(a, c, list)
}

// getFormTemplate serves GET on one custom form template. Only its list is documented; the path is that of the field
// templates.
func (a *Revnue) getFormTemplate(c *call) reply {
	if t := a.templates.byID[pathNumber(c)]; t != nil && t.form {
		return revnueOne(a, &t.RevnueFormTemplate)
	}
	return revnueOne[RevnueFormTemplate](a, nil)
}
