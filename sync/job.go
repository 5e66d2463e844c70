package sync

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// JobSchema is the JSON Schema of job files, for editors and for the check of every job that is read.
//
//go:embed job.schema.json
var JobSchema []byte

// ErrJob marks a job file that cannot be used.
var ErrJob = errors.New("the job file cannot be used")

// Job is one job file, read and checked: which sheet goes into which resource of which account, and how.
type Job struct {
	Path       string // of the job file
	Hash       string // SHA-256 of the job file, hex
	Target     *model.Target
	Resource   *model.Resource
	Mode       plan.Mode
	OnConflict plan.Policy
	Source     Source
	Mapping    mapping.Config
	Guards     plan.Guards
	Connection Connection
	Notify     []Notify

	CustomFields map[string]string       // names of custom fields, and the ids of their definitions
	doc          *model.Document         // as it is written, to show faults in their place
	base         *model.Resource         // as the target has it, without custom fields
	files        map[string]*model.Table // lookup tables of the job, by header
}

// Source says where the rows come from.
type Source struct {
	File         string        `yaml:"file"` // absolute after reading
	Sheet        string        `yaml:"sheet"`
	HeaderRow    int           `yaml:"header_row"`
	Delimiter    string        `yaml:"delimiter"`
	Quote        string        `yaml:"quote"`
	Encoding     string        `yaml:"encoding"`
	ActionColumn string        `yaml:"action_column"`
	options      sheet.Options // as the reader takes them
}

// Connection says where the API is, who asks, and how fast. Times are durations such as 30s.
type Connection struct {
	BaseURL       string            `yaml:"base_url"`       // default: the origin of the target's first server
	PathPrefix    *string           `yaml:"path_prefix"`    // default: the path of the target's first server
	TrailingSlash string            `yaml:"trailing_slash"` // never, always, reads or writes; default: the target's
	APIVersion    *string           `yaml:"api_version"`    // "false" sends none; default: the target's
	Account       map[string]string `yaml:"account"`
	Auth          Auth              `yaml:"auth"`
	Rate          string            `yaml:"rate"` // default: the documented limit
	Workers       int               `yaml:"workers"`
	Timeout       time.Duration     `yaml:"timeout"`
	Settle        *time.Duration    `yaml:"settle"` // default: the target's
	MaxPause      time.Duration     `yaml:"max_pause"`
	CAFile        string            `yaml:"ca_file"`
	limit         pace.Limit
}

// inFlight is how many requests may be in flight at once.
func (c *Connection) inFlight() int { return cmp.Or(c.Workers, push.DefaultWorkers) }

// jobFile is the document as it is written.
type jobFile struct {
	Version           int               `yaml:"version"`
	Target            string            `yaml:"target"`
	TargetFile        string            `yaml:"target_file"`
	Connection        Connection        `yaml:"connection"`
	Source            Source            `yaml:"source"`
	Mode              plan.Mode         `yaml:"mode"`
	Identity          mapping.Identity  `yaml:"identity"`
	Columns           mapping.Columns   `yaml:"columns"`
	Unmapped          mapping.Unmapped  `yaml:"unmapped"`
	Constants         map[string]string `yaml:"constants"`
	Compute           map[string]string `yaml:"compute"`
	AllowUndocumented bool              `yaml:"allow_undocumented"`
	unattended        `yaml:",inline"`
	CustomFields      map[string]string `yaml:"custom_fields"`
	Replace           bool              `yaml:"replace"`
}

// unattended is what the document says for runs that nobody watches.
type unattended struct {
	OnConflict plan.Policy `yaml:"on_conflict"`
	Guards     plan.Guards `yaml:"guards"`
	Notify     []Notify    `yaml:"notify"`
}

// LoadJob reads the job file at path. targetFile, if not "", takes the place of the target that the job names. All
// faults of the file are reported at once, each with its line and column; the error wraps [ErrJob].
func LoadJob(path, targetFile string) (*Job, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: there is no %s; name it with --config FILE, or let `rollcall init SHEET --target T` propose one", ErrJob, path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrJob, err)
	}
	job, err := parseJob(path, data, targetFile)
	if err != nil {
		return nil, fmt.Errorf("%w:\n%w", ErrJob, err)
	}
	return job, nil
}

// parseJob checks the form, then the target, then every part against the target's model.
func parseJob(path string, data []byte, targetFile string) (*Job, error) {
	doc, err := model.ParseDocument(path, data)
	if err != nil {
		return nil, err
	}
	schema, err := model.NewSchema("job.schema.json", JobSchema)
	if err != nil {
		return nil, err
	}
	if err := doc.Check(schema); err != nil {
		return nil, err
	}
	f := jobFile{Mode: plan.ModeUpsert, Unmapped: mapping.UnmappedError, unattended: unattended{OnConflict: plan.OnConflictHold}}
	if err := doc.Decode(&f); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(bytes.TrimSpace(data))
	job := &Job{
		Path: path, Hash: hex.EncodeToString(sum[:]), Mode: f.Mode, OnConflict: f.OnConflict, Source: f.Source,
		Guards: f.Guards.WithDefaults(), Connection: f.Connection, Notify: f.Notify, CustomFields: f.CustomFields, doc: doc,
		Mapping: mapping.Config{
			Columns: f.Columns, Unmapped: f.Unmapped, Constants: f.Constants, Compute: f.Compute, Identity: f.Identity,
			ActionColumn: f.Source.ActionColumn, AllowUndocumented: f.AllowUndocumented, UpdateOnly: f.Mode == plan.ModeUpdate,
		},
	}
	if targetFile == "" && f.TargetFile != "" {
		targetFile = job.beside(f.TargetFile)
	}
	if err := job.chooseTarget(doc, f.Target, targetFile); err != nil {
		return nil, err
	}
	if err := job.decided(); err != nil {
		return nil, err
	}
	if err := doc.Fault(append(job.widen(doc, f.Replace), job.findings(doc)...)...); err != nil {
		return nil, err
	}
	job.link()
	job.complete()
	return job, nil
}

// chooseTarget loads the target and picks the resource.
func (j *Job) chooseTarget(doc *model.Document, name, file string) (err error) {
	target, resource, _ := strings.Cut(name, "/")
	switch {
	case file != "":
		j.Target, err = model.LoadFile(file)
	case name == "":
		return doc.Fault(doc.Finding(`missing key "target"`, "name the target, such as cro/contact", "target"))
	default:
		j.Target, err = loadTarget(doc, target)
	}
	if err != nil {
		return err
	}
	r, ok := j.Target.Resource(resource)
	if !ok {
		var names []string
		for _, r := range j.Target.Resources {
			names = append(names, j.Target.Name+"/"+r.Name)
		}
		return doc.Fault(doc.Finding(fmt.Sprintf("target %s has no resource %q", j.Target.Name, resource), "it has "+strings.Join(names, ", "), "target"))
	}
	j.Resource, j.base = r, r
	return nil
}

// widen puts what the job says about its resource into the resource: replacement, custom fields and tables of names.
func (j *Job) widen(doc *model.Document, replace bool) []model.Finding {
	var out []model.Finding
	if replace {
		whole, ok := j.base.Replacing()
		if !ok {
			out = append(out, doc.Finding(j.Name()+" cannot be replaced as a whole: the API has no such operation", "leave replace out", "replace"))
		}
		j.Resource, j.base = whole, whole
	}
	for _, err := range j.expect() {
		out = append(out, doc.Finding(err.Error(), "", j.placeOf(err)...))
	}
	for _, f := range j.readTables() {
		out = append(out, doc.Finding(f.Message, "", f.Path...))
	}
	if len(j.CustomFields) > 0 && (j.base.Custom == nil || j.base.Custom.Definitions != nil) {
		out = append(out, doc.Finding(j.Name()+" has no use for custom_fields", "the API lists its custom fields, so name them as the account does", "custom_fields"))
	}
	j.Mapping.Elsewhere, j.Mapping.Tables = j.Target.Elsewhere(j.Resource.Name), j.files
	return out
}

// lookups finds words that the lookups of the job's fields do not have.
func (j *Job) lookups(doc *model.Document) []model.Finding {
	var out []model.Finding
	for i := range j.Mapping.Columns {
		col := &j.Mapping.Columns[i]
		f := j.Resource.Model.Index(col.Field)
		if col.Lookup == "" || f < 0 {
			continue
		}
		if l := j.Target.Lookup(j.Resource.Model.Fields[f].Lookup); l != nil && l.By[col.Lookup] == "" {
			out = append(out, doc.Finding(fmt.Sprintf("%s is not looked up by %q", col.Field, col.Lookup),
				"write lookup: "+strings.Join(l.Words(), " or lookup: "), "columns", col.Header, "lookup"))
		}
	}
	return out
}

// loadTarget loads an embedded target.
func loadTarget(doc *model.Document, name string) (*model.Target, error) {
	if !slices.Contains(model.Names(), name) {
		hint := "known are " + strings.Join(model.Names(), ", ") + "; a target of your own is given with target_file"
		if s := mapping.Closest(name, model.Names()); s != "" {
			hint = fmt.Sprintf("did you mean %q?", s)
		}
		return nil, doc.Fault(doc.Finding(fmt.Sprintf("there is no target %q", name), hint, "target"))
	}
	return model.Load(name)
}

// findings is everything that does not fit together, each part judged by the package that owns it.
func (j *Job) findings(doc *model.Document) []model.Finding {
	var out []model.Finding
	for _, f := range j.Mapping.Check(j.Resource.Model) {
		out = append(out, doc.Finding(f.Message, "", f.Path...))
	}
	if j.Resource.List == nil && (j.Mode != plan.ModeUpdate || j.Mapping.Identity.ID == "") {
		out = append(out, doc.Finding(j.Name()+" cannot be listed, so nothing tells what exists already", "use mode: update with identity.id", "mode"))
	}
	if j.Resource.List == nil && j.Source.ActionColumn != "" {
		out = append(out, doc.Finding(j.Name()+" cannot be listed, so no row can be told to create a record", "leave source.action_column out", "source", "action_column"))
	}
	out = append(out, j.lookups(doc)...)
	out = append(out, j.notifyFindings(doc)...)
	out = append(out, j.Connection.Auth.check(j.Target, doc)...)
	if strings.ContainsAny(j.Connection.BaseURL, "@?#") { // before anything shows it: what stands there may be a password
		out = append(out, doc.Finding("connection.base_url: no user, query or fragment may be in it", "credentials belong to connection.auth", "connection", "base_url"))
	}
	var err error
	if j.Connection.limit, err = pace.ParseLimit(j.Connection.Rate); err != nil {
		out = append(out, doc.Finding(err.Error(), "", "connection", "rate"))
	}
	known := map[string]bool{}
	for _, s := range j.Target.Settings {
		known[s.Name] = true
		if s.Required && j.Connection.Account[s.Name] == "" {
			out = append(out, doc.Finding(fmt.Sprintf("missing key %q", s.Name), j.Target.Title+" needs it on every call", "connection", "account"))
		}
		if v := j.Connection.Account[s.Name]; v != "" && s.Kind == model.Integer && (strings.Trim(v, "0123456789") != "" || len(v) > 1 && v[0] == '0') {
			out = append(out, doc.Finding(fmt.Sprintf("%s must be a whole number", s.Name), "write its digits, without zeros in front", "connection", "account", s.Name))
		}
	}
	for name := range j.Connection.Account {
		if !known[name] {
			out = append(out, doc.Finding(fmt.Sprintf("%s has no account setting %q", j.Target.Title, name), "", "connection", "account", name))
		}
	}
	return out
}

// complete turns relative paths into absolute ones and fills in the target's defaults.
func (j *Job) complete() {
	if j.Source.File != "" {
		j.Source.File = j.beside(j.Source.File)
	}
	if j.Connection.CAFile != "" {
		j.Connection.CAFile = j.beside(j.Connection.CAFile)
	}
	if j.Connection.Auth.Store != "" {
		j.Connection.Auth.Store = j.beside(j.Connection.Auth.Store)
	}
	j.Source.options = sheet.Options{
		Sheet: j.Source.Sheet, HeaderRow: j.Source.HeaderRow, Delimiter: j.Source.Delimiter, Quote: j.Source.Quote,
		Encoding: j.Source.Encoding,
	}
	c := &j.Connection
	if c.BaseURL == "" {
		c.BaseURL = j.Target.BaseURL
	}
	if c.PathPrefix == nil {
		c.PathPrefix = &j.Target.PathPrefix
	}
	if c.Rate == "" {
		c.limit = pace.Limit{Requests: j.Target.Rate.Limit, Per: j.Target.Rate.Per}
	}
	if c.Settle == nil {
		c.Settle = &j.Target.Settle
	}
}

// beside resolves a path that the job file names.
func (j *Job) beside(path string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(j.Path), path)
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// Where is the account that a job goes to, for a person to recognise.
func (j *Job) Where() string {
	where := accountOf(j).base
	for _, s := range j.Target.Settings {
		if v := j.Connection.Account[s.Name]; v != "" {
			where += ", " + s.Name + " " + v
		}
	}
	return where
}

// Name is the job's resource, such as cro/contact.
func (j *Job) Name() string { return j.Resource.Model.Name() }
