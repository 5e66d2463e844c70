package reconcile

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// errNotCopied is a workbook whose copy cannot be annotated without harm. Its rows go into a fresh workbook instead.
var errNotCopied = errors.New("the workbook cannot be annotated as it is")

// The names of the format that an annotated copy needs. A workbook of the strict dialect has others, and is not copied.
const (
	contentTypesPart = "[Content_Types].xml"
	spaceMain        = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	spaceRelated     = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	spacePackaged    = "http://schemas.openxmlformats.org/package/2006/relationships"
	typeComments     = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
	typeDrawing      = "application/vnd.openxmlformats-officedocument.vmlDrawing"
	typeWorkbook     = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
)

// maxPart is the largest part beside the sheet that is changed; it is held in memory.
const maxPart = 32 << 20

// original is the input workbook: its parts by name.
type original struct {
	zip   *zip.ReadCloser
	parts map[string]*zip.File
}

// relation is one entry of a part of relationships.
type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

// kind is the last word of a relation's type.
func (r *relation) kind() string { return path.Base(r.Type) }

// partKey is how parts are compared: case does not count.
func partKey(name string) string { return strings.ToLower(strings.TrimPrefix(name, "/")) }

// openOriginal opens a workbook that has been read before, so that it is known to be sound.
func openOriginal(file string) (*original, error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return nil, err
	}
	o := &original{zip: z, parts: map[string]*zip.File{}}
	for _, f := range z.File {
		o.parts[partKey(f.Name)] = f
	}
	return o, nil
}

// has reports whether there is such a part.
func (o *original) has(name string) bool { return o.parts[partKey(name)] != nil }

// read is a small part as a whole.
func (o *original) read(name string) ([]byte, error) {
	f := o.parts[partKey(name)]
	if f == nil || f.UncompressedSize64 > maxPart {
		return nil, errNotCopied
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(in)
	if err == nil && !isPlain(data[:min(len(data), 200)]) {
		err = errNotCopied
	}
	return data, err
}

// isPlain reports whether a part that begins so is UTF-8.
func isPlain(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\uFEFF"))
	if !bytes.HasPrefix(head, []byte("<")) || bytes.IndexByte(head, 0) >= 0 {
		return false
	}
	declaration, _, _ := bytes.Cut(head, []byte("?>"))
	value, begin, _ := attribute(declaration, "encoding")
	return begin < 0 || strings.EqualFold(string(value), "utf-8") || strings.EqualFold(string(value), "us-ascii")
}

// relationsPart is the name of the part with the relations of a part; "" stands for the workbook as a package.
func relationsPart(of string) string {
	dir, base := path.Split(of)
	return dir + "_rels/" + base + ".rels"
}

// relations reads the relations of a part. One without any has no part for them.
func (o *original) relations(of string) ([]relation, error) {
	name := relationsPart(of)
	if !o.has(name) {
		return nil, nil
	}
	data, err := o.read(name)
	if err != nil {
		return nil, err
	}
	var all struct {
		Relations []relation `xml:"Relationship"`
	}
	if err := xml.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	for i := range all.Relations {
		target := strings.ReplaceAll(all.Relations[i].Target, `\`, "/")
		if !strings.HasPrefix(target, "/") {
			target = path.Join("/"+path.Dir(of), target)
		}
		all.Relations[i].Target = strings.TrimPrefix(path.Clean(target), "/")
	}
	return all.Relations, nil
}

// target is the part to which the first relation of a kind leads, "" if there is none.
func target(relations []relation, kind string) string {
	for i := range relations {
		if relations[i].kind() == kind {
			return relations[i].Target
		}
	}
	return ""
}

// anatomy is which parts of a workbook an annotation touches.
type anatomy struct {
	sheet, styles     string
	comments, drawing string // "" if the sheet has none yet
	relations         []relation
}

// locate finds the parts for a worksheet.
func (o *original) locate(sheet string) (a anatomy, err error) {
	roots, err := o.relations("")
	if err != nil {
		return a, err
	}
	book := target(roots, "officeDocument")
	relations, err := o.relations(book)
	if err != nil {
		return a, err
	}
	data, err := o.read(book)
	if err != nil {
		return a, err
	}
	var all struct {
		XMLName xml.Name
		Sheets  []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := xml.Unmarshal(data, &all); err != nil {
		return a, fmt.Errorf("read %s: %w", book, err)
	}
	for _, s := range all.Sheets {
		for _, r := range relations {
			if s.Name == sheet && r.ID == s.ID {
				a.sheet = r.Target
			}
		}
	}
	if a.styles = target(relations, "styles"); a.styles == "" || !o.has(a.sheet) || all.XMLName.Space != spaceMain {
		return a, errNotCopied
	}
	if a.relations, err = o.relations(a.sheet); err != nil {
		return a, err
	}
	a.comments = target(a.relations, "comments")
	return a, nil
}

// free is the first name of a part that is not taken.
func (o *original) free(pattern string) string {
	for n := 1; ; n++ {
		if name := fmt.Sprintf(pattern, n); !o.has(name) {
			return name
		}
	}
}

// freeID is an id that no relation has.
func freeID(relations []relation, base string) string {
	for n := 1; ; n++ {
		id, taken := fmt.Sprintf("%s%d", base, n), false
		for i := range relations {
			taken = taken || relations[i].ID == id
		}
		if !taken {
			return id
		}
	}
}

// contentTypes is the part that says what the parts are, with those of the comments added.
func (o *original) contentTypes(comments string) ([]byte, error) {
	data, err := o.read(contentTypesPart)
	if err != nil {
		return nil, err
	}
	var types struct {
		Defaults []struct {
			Extension string `xml:"Extension,attr"`
		} `xml:"Default"`
		Overrides []struct {
			PartName    string `xml:"PartName,attr"`
			ContentType string `xml:"ContentType,attr"`
		} `xml:"Override"`
	}
	if err := xml.Unmarshal(data, &types); err != nil {
		return nil, fmt.Errorf("read %s: %w", contentTypesPart, err)
	}
	drawings, known, book := false, false, false
	for _, d := range types.Defaults {
		drawings = drawings || strings.EqualFold(d.Extension, "vml")
	}
	for _, p := range types.Overrides {
		known = known || partKey(p.PartName) == partKey(comments)
		book = book || p.ContentType == typeWorkbook
	}
	if !book { // a template, or a workbook with macros, that must not go by the name of a plain one
		return nil, errNotCopied
	}
	return extended(data, func(prefix string) string {
		added := ""
		if !drawings {
			added += `<` + prefix + `Default Extension="vml" ContentType="` + typeDrawing + `"/>`
		}
		if !known {
			added += `<` + prefix + `Override PartName="/` + comments + `" ContentType="` + typeComments + `"/>`
		}
		return added
	})
}

// withRelations is the part of a sheet's relations with further ones.
func (o *original) withRelations(of string, further []relation) ([]byte, error) {
	data := []byte(xml.Header + `<Relationships xmlns="` + spacePackaged + `"/>`)
	if name := relationsPart(of); o.has(name) {
		var err error
		if data, err = o.read(name); err != nil {
			return nil, err
		}
	}
	return extended(data, func(prefix string) string {
		added := ""
		for _, r := range further {
			added += `<` + prefix + `Relationship Id="` + r.ID + `" Type="` + spaceRelated + "/" + r.Type + `" Target="/` + r.Target + `"/>`
		}
		return added
	})
}
