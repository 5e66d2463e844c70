package model_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// header is a header as headers are compared.
func header(name string) string {
	return model.KeyPart(text(strings.Join(strings.Fields(name), " ")))
}

func TestAHeaderStandsForOneFieldOfAResource(t *testing.T) {
	for _, name := range model.Names() {
		for _, r := range embedded(t, name).Resources {
			owner := map[string]string{}
			for i := range r.Model.Fields {
				owner[header(r.Model.Fields[i].Name)] = r.Model.Fields[i].Name
			}
			for i := range r.Model.Fields {
				f := &r.Model.Fields[i]
				if len(f.Aliases) == 0 {
					t.Errorf("%s.%s has no header under which people keep it", r.Model.Name(), f.Name)
				}
				for _, alias := range f.Aliases {
					if other := owner[header(alias)]; other != "" {
						t.Errorf("%s: %q stands for %s and for %s", r.Model.Name(), alias, other, f.Name)
					}
					owner[header(alias)] = f.Name
				}
			}
		}
	}
}

func TestPhonesAndAddressesOfBigChangeBelongToPeople(t *testing.T) {
	reach := regexp.MustCompile(`(?i)\b(phone|telephone|tel|mobile|cell|landline|e-?mail|mail)\b`)
	found := map[string]bool{}
	for _, r := range embedded(t, "bigchange").Resources {
		for i := range r.Model.Fields {
			f := &r.Model.Fields[i]
			for _, alias := range append([]string{f.Name}, f.Aliases...) {
				if !reach.MatchString(alias) {
					continue
				}
				if r.Name != "person" {
					t.Errorf("%q is a header of %s, want it on people only", alias, r.Model.Name())
				}
				found[header(alias)] = true
			}
		}
	}
	for _, want := range []string{"Phone", "Telephone", "Mobile", "Cell", "Landline", "Email", "E-mail"} {
		if !found[header(want)] {
			t.Errorf("no field of a person is kept under %q", want)
		}
	}
}

// Headers of the systems that people come from: exports of other programs, and sheets by hand.
func TestUsualHeadersAreKnown(t *testing.T) {
	for _, test := range []struct{ resource, headers string }{
		{"bigchange/contact", "Customer name=name,Company=name,Account Name=name,Ref=reference,Group=groupId,Address Line 1=street,Address=street," +
			"City=town,Town=town,Postcode=postalCode,ZIP=postalCode,Zip Code=postalCode,Lat=location.latitude,Lng=location.longitude," +
			"Longitude=location.longitude,Notes=extraInformation,Parent Account=parentId,Mailing Country=country"},
		{"bigchange/person", "First Name=forename,Last Name=surname,E-mail=email,Mobile Phone=mobile,Phone=landline,Ext=extension," +
			"Job Title=position,Dept=department,Salutation=title,Company=contactId,Opt out=isOptedOut"},
		{"revnue/customer", "Customer=name,Company Name=name,Segment=category,Contact=contact_person.name,Email=contact_person.email," +
			"Street=address_line_1,Address 2=address_line_2,Town=city,State=state_province,Postcode=zip_postal_code,Country Code=country," +
			"Telephone=phone,Cell=mobile,Telefax=fax,URL=website,Description=general_description,NDA=nda_signed,NDA date=nda_signed_date," +
			"MSA signed on=msa_signed_date,Template=template.id"},
	} {
		known := map[string]string{}
		m := resourceOf(t, test.resource).Model
		for i := range m.Fields {
			for _, alias := range append([]string{m.Fields[i].Name}, m.Fields[i].Aliases...) {
				known[header(alias)] = m.Fields[i].Name
			}
		}
		for _, pair := range strings.Split(test.headers, ",") {
			name, want, _ := strings.Cut(pair, "=")
			if got := known[header(name)]; got != want {
				t.Errorf("%s: %q is a header of %q, want %q", test.resource, name, got, want)
			}
		}
	}
}
