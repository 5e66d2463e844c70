package simulator

import (
	"cmp"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The names of the documented groups of input, which an error names before the field.
const (
	inHeaders = "StandardRequestHeadersModel"
	inPath    = "PathParameters"
	inQuery   = "QueryParameters"
)

// maxAuthorization is the documented length of an Authorization header, scheme included.
const maxAuthorization = 256

var uuidPattern = regexp.MustCompile(`^(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// routes lists the operations.
func (a *CRO) routes() []route {
	const (
		customers = "/customers"
		customer  = "/customers/{customer_id}"
		contacts  = "/customers/{customer_id}/contacts"
		contact   = "/customers/{customer_id}/contacts/{customer_contact_id}"
	)
	return []route{
		{method: http.MethodGet, pattern: loginPath, serve: a.authorize, open: true},
		{method: http.MethodPost, pattern: tokenPath, serve: a.exchange, open: true},
		{method: http.MethodGet, pattern: "/tenants", serve: a.listTenants, tenantless: true},
		{method: http.MethodGet, pattern: customers, serve: a.listCustomers},
		{method: http.MethodGet, pattern: customer, serve: a.getCustomer},
		{method: http.MethodPatch, pattern: customer, serve: a.updateCustomer},
		{method: http.MethodGet, pattern: contacts, serve: a.listContacts},
		{method: http.MethodPost, pattern: contacts, serve: a.createContact},
		{method: http.MethodGet, pattern: contact, serve: a.getContact},
		{method: http.MethodPatch, pattern: contact, serve: a.updateContact},
	}
}

// owns takes every path: CRO is at the root.
func (a *CRO) owns(string) bool { return true }

// locate finds the route: those of the identity provider at the root, all others behind the prefix.
func (a *CRO) locate(c *call) {
	c.path, c.slash = strings.CutSuffix(c.Path, "/")
	if !isIdentity(c.path) {
		rest, ok := strings.CutPrefix(c.path, a.options.Prefix)
		if !ok || isIdentity(rest) {
			return
		}
		c.path = rest
	}
	c.route, c.params, c.allowed = find(a.routing, c.Method, c.path)
}

// serve checks what holds for every call, then lets the operation answer.
func (a *CRO) serve(c *call) reply {
	c.requestID = requestID(c)
	verbs := a.verbs(c) // while the token is still good
	answer := a.guarded(c)
	answer.header.Set("X-Request-Id", c.requestID)
	if len(c.allowed) > 0 {
		answer.header.Set("Allow", verbs)
	}
	return answer
}

// verbs is the Allow header of a path. The sample answers show GET,PATCH for one contact and GET,POST for their list; to
// whom, they do not say.
func (a *CRO) verbs(c *call) string {
	verbs := slices.Clone(c.allowed)
	if a.options.Roles.AllowByRole && !isIdentity(c.path) {
		token := a.tokens[bearer(c.Header)]
		verbs = slices.DeleteFunc(verbs, func(verb string) bool { return token == nil || !a.may(token.Role, verb) })
	}
	return strings.Join(verbs, ",")
}

// guarded checks path, token, headers, tenant and role, in this order.
func (a *CRO) guarded(c *call) reply {
	if len(c.allowed) == 0 {
		return a.refusal(http.StatusNotFound, inPath, "path", "There is no such path.")
	}
	if wrong := a.wrongSlash(c); wrong != nil {
		return *wrong
	}
	if c.route == nil {
		return a.refusal(http.StatusMethodNotAllowed, inPath, "method", "The path does not know this method.")
	}
	if c.route.open {
		return c.route.serve(c)
	}
	if len(c.Header.Get("Authorization")) > maxAuthorization {
		return a.refusal(http.StatusBadRequest, inHeaders, "authorization", "Must have no more than 256 characters.")
	}
	token := a.authenticate(c)
	if token == nil {
		return a.refusal(http.StatusUnauthorized, inHeaders, "authorization", "The bearer token is missing, expired or invalid.")
	}
	version, wrong := a.checkHeaders(c, token)
	if wrong != nil {
		return *wrong
	}
	c.token = token
	answer := a.permitted(c)
	answer.header.Set("X-Api-Version", version)
	return answer
}

// permitted lets the operation answer if the user's role may call it.
func (a *CRO) permitted(c *call) reply {
	if !a.may(c.token.Role, c.Method) {
		return a.refuse(http.StatusForbidden, fmt.Sprintf("The role %s may not do this.", c.token.Role))
	}
	return c.route.serve(c)
}

// wrongSlash answers a path that has, or lacks, the slash which the options forbid, or demand.
func (a *CRO) wrongSlash(c *call) *reply {
	wanted := a.options.Slash
	if wanted == SlashEither || c.slash == (wanted == SlashAlways) || isIdentity(c.path) {
		return nil
	}
	answer := a.refusal(a.options.WrongSlash, inPath, "path", "Mind the slash at the end.")
	if a.options.WrongSlash < 400 {
		answer.header.Set("Location", c.otherSlash())
	}
	return &answer
}

// checkHeaders applies StandardRequestHeadersModel (docs.crosoftware.net/docs/data_types/StandardRequestHeadersModel):
// the request's id, the tenant and the version. It returns the version to answer with.
func (a *CRO) checkHeaders(c *call, token *Token) (version string, wrong *reply) {
	refuse := func(status int, name, detail string) (string, *reply) {
		answer := a.refusal(status, inHeaders, name, detail)
		return "", &answer
	}
	if id := c.Header.Get("X-Request-Id"); id != "" && !uuidPattern.MatchString(id) {
		return refuse(http.StatusBadRequest, "x-request-id", "Not a UUID.")
	}
	if c.Method != http.MethodGet && !isMedia(c.Header, "application/json") {
		return refuse(http.StatusBadRequest, "Content-Type", "Only application/json is understood.")
	}
	if !c.route.tenantless {
		tenant, err := strconv.ParseInt(c.Header.Get("X-Tenant-Id"), 10, 64)
		if err != nil {
			return refuse(http.StatusBadRequest, "x-tenant-id", "Must be there, and an integer.")
		}
		if a.tenants.byID[tenant] == nil || !token.assigned(tenant) {
			return refuse(http.StatusForbidden, "x-tenant-id", "The tenant is not assigned to the user.")
		}
		c.tenant = tenant
	}
	version, ok := a.version(c.Header, token.Client)
	if !ok {
		return refuse(http.StatusBadRequest, "x-api-version", "Not a known version.")
	}
	return version, nil
}

// croVersions lists the versions, oldest first.
func croVersions() []string {
	return []string{"2019/02/08", "2021/04/07", "2021/05/07", "2021/08/02", "2021/11/04", "2023/04/19"}
}

// version chooses the version for a request: the one it names, else the one that its client used last, else the oldest.
// Source: docs.crosoftware.net/docs/version_guide.
func (a *CRO) version(header http.Header, client string) (string, bool) {
	if values := header.Values("X-Api-Version"); len(values) > 0 {
		i := slices.Index(croVersions(), values[0])
		if i < 0 {
			return "", false
		}
		a.versions[client] = i
	}
	return croVersions()[a.versions[client]], true
}

// requestID returns the id that the client gave, or one made from the request's place in the journal.
func requestID(c *call) string {
	if given := c.Header.Get("X-Request-Id"); uuidPattern.MatchString(given) {
		return given
	}
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", c.Seq)
}

// readBody reads the body of a write and applies a model's rules to the record.
func readBody[T any](a *CRO, c *call, model string, rules []rule[T], record *T) *reply {
	body, err := object(c.Body)
	if err != nil {
		answer := a.refusal(http.StatusBadRequest, "", "", "Malformed body: "+err.Error()+".")
		return &answer
	}
	if wrong := apply(rules, body, a.options.AcceptNull, record); wrong != nil {
		answer := a.refusal(http.StatusBadRequest, model, wrong.field, wrong.detail)
		return &answer
	}
	return nil
}

// pathID reads an id from the path.
func (a *CRO) pathID(c *call, name string) (int64, *reply) {
	id, err := strconv.ParseInt(c.params[name], 10, 64)
	if err != nil {
		answer := a.refusal(http.StatusBadRequest, inPath, name, "Must be an integer.")
		return 0, &answer
	}
	return id, nil
}

// isMedia says whether a body has the given type; a missing header takes it as given.
func isMedia(header http.Header, want string) bool {
	given, _, err := mime.ParseMediaType(cmp.Or(header.Get("Content-Type"), want))
	return err == nil && given == want
}

// refusal is CRO's error body: one field at a time. Source: docs.crosoftware.net/docs/.
func (a *CRO) refusal(status int, model, field, detail string) reply {
	type explained struct {
		Detail      string `json:"detail"`
		Explanation string `json:"explanation"`
	}
	why := explained{Detail: detail, Explanation: "The request was not carried out."}
	var name *string
	if field != "" {
		name = new(model + "." + field)
	}
	if a.options.Legacy.TitledErrors {
		return jsonReply(status, struct {
			Title *string `json:"title"`
			explained
		}{name, why})
	}
	return jsonReply(status, struct {
		Field *string `json:"field"`
		explained
	}{name, why})
}

// refuse builds an error that concerns no field.
func (a *CRO) refuse(status int, detail string) reply { return a.refusal(status, "", "", detail) }
