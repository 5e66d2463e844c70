package model

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
)

//go:embed targets/*.yaml targets/x-rollcall.schema.json
var files embed.FS

// blockSchemaFile is the JSON Schema of the x-rollcall block.
const blockSchemaFile = "targets/x-rollcall.schema.json"

// Names lists the embedded targets.
func Names() []string {
	entries, err := files.ReadDir("targets")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok {
			names = append(names, name)
		}
	}
	return names
}

// Load reads an embedded target. Its block is not compared with the schema, which takes longer than all the rest: a test does
// that.
func Load(name string) (*Target, error) {
	names := Names()
	if !slices.Contains(names, name) {
		message, hint := unknown("target", name, names)
		return nil, fmt.Errorf("%s; %s, or give a target file of your own", message, hint)
	}
	data, err := files.ReadFile(path.Join("targets", name+".yaml"))
	if err != nil {
		return nil, fmt.Errorf("load target %s: %w", name, err)
	}
	doc, err := ParseDocument(name+".yaml", data)
	if err != nil {
		return nil, err
	}
	return doc.target(data)
}

// LoadFile reads a user's own target file.
func LoadFile(path string) (*Target, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read target file: %w", err)
	}
	return Parse(path, data)
}

// BlockSchema is the JSON Schema of the x-rollcall block, for editors and for checks of target files elsewhere.
func BlockSchema() []byte {
	data, err := files.ReadFile(blockSchemaFile)
	if err != nil {
		panic(err) // the file is part of the program
	}
	return data
}

// Parse compiles a target file. The error is a [*DocumentError] with everything that is wrong in it; name is only used
// there.
func Parse(name string, data []byte) (*Target, error) {
	doc, err := ParseDocument(name, data)
	if err != nil {
		return nil, err
	}
	schema, err := NewSchema("x-rollcall.schema.json", BlockSchema())
	if err != nil {
		return nil, err
	}
	if err := doc.CheckAt(schema, "x-rollcall"); err != nil {
		return nil, err
	}
	return doc.target(data)
}

// target compiles the target that a document holds; data is its text.
func (d *Document) target(data []byte) (*Target, error) {
	var content struct {
		Block block `yaml:"x-rollcall"`
	}
	if err := d.Decode(&content); err != nil {
		return nil, err
	}
	c := &compiler{source: newSource(d), block: &content.Block}
	target := c.target()
	if err := d.Fault(c.source.findings...); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	target.Hash = hex.EncodeToString(sum[:])
	return target, nil
}

// splitServer divides the address of a server into origin and path.
func splitServer(address string) (origin, prefix string, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(address, "{}") {
		return "", "", false
	}
	return u.Scheme + "://" + u.Host, strings.TrimRight(u.EscapedPath(), "/"), true
}
