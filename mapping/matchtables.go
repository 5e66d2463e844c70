package mapping

import "strings"

// half says which part of a person's name a header is.
type half uint8

const (
	firstName half = iota
	lastName
)

// lexicon is what the matcher knows of the words in headers, whatever the model is.
type lexicon struct {
	abbreviations map[string]string // word -> what it stands for
	halves        map[string]half   // key of a header
	bare          map[string]bool   // keys that do not say whose name or title they are: an alias is as strong as they are
	vague         map[string]bool   // keys that say too little when the word before them is taken away
	noise         map[string]bool   // words that add nothing, and ordinals of the first
	kinds         map[string]bool   // words that say which of several: one such column may be accepted, two may not
	meaning       map[string]bool   // words that change what a header means, in brackets too
	real          map[string]bool   // words that are near to the names of fields, but no typing errors
	lines         map[string]bool   // keys that are short for a phone, beside another of them
	houses        map[string]bool   // keys of house numbers, without which a street is half of an address
	mute          map[string]bool   // words that two headers may share and have nothing in common
	letters       *strings.Replacer // letters that are no others with an accent
	umlauts       *strings.Replacer // the other spelling of an umlaut -> the letter
}

func newLexicon() *lexicon {
	lx := &lexicon{
		abbreviations: map[string]string{},
		halves:        map[string]half{},
		bare:          set("name title navn naam nom nombre"),
		vague: set("name number no type id code title contact group status date owner first last line value key label note notes" +
			" information info general about details description comment comments remarks category segment classification role function template" +
			" navn naam nom nombre site account customer company"),
		noise:   set("a an please enter 1 primary main default value business work office geschaftlich geschaeftlich bureau"),
		kinds:   set(kindWords),
		meaning: set(kindWords + meaningWords),
		real:    set(realWords),
		lines:   set("work office home direct desk mobile cell"),
		houses:  set("housenumber houseno streetnumber streetno hausnummer hausnr huisnummer huisnr nummer husnummer husnr numerodecasa"),
		mute:    set("a and by code created date first id in is last line main new no number of on or owner primary s status the time to type und value 1 2 3"),
		letters: strings.NewReplacer("ß", "ss", "ẞ", "SS", "æ", "ae", "Æ", "Ae", "ø", "o", "Ø", "O", "œ", "oe", "Œ", "Oe", "ł", "l", "Ł", "L", "’", "'"),
		umlauts: strings.NewReplacer("ae", "a", "oe", "o", "ue", "u"),
	}
	for _, line := range strings.Split(abbreviationLines, "\n") {
		long, short, _ := strings.Cut(line, ":")
		for _, word := range strings.Fields(short) {
			lx.abbreviations[word] = long
		}
	}
	for key := range set("firstname first forename fname givenname christianname vorname prenom nombre voornaam fornavn imie") {
		lx.halves[key] = firstName
	}
	for key := range set("lastname last surname lname familyname secondname nachname familienname nomdefamille apellido apellidos" +
		" achternaam efternavn nazwisko cognome") {
		lx.halves[key] = lastName
	}
	return lx
}

// set is the words of a text.
func set(words string) map[string]bool {
	out := map[string]bool{}
	for _, word := range strings.Fields(words) {
		out[word] = true
	}
	return out
}

// A line is the word that is compared, and what stands for it. Of plurals only those of words of which a cell may hold several
// are here: Departments and Contacts are no department and no contact.
const abbreviationLines = `number:no nr num nbr nro numbers
phone:tel telephone ph fone phones telephones
mobile:mob
email:mail mails emails
note:notes
comment:comments
remark:remarks
address:addr addy
customer:cust
account:acct
department:dept
extension:ext
organization:organisation org
reference:ref
description:desc
information:info
zip:zipcode
postcode:pcode
latitude:lat
longitude:lng lon
company:co`

const kindWords = " billing bill shipping ship delivery deliver mailing invoice invoicing postal physical property service registered visiting" +
	" to po sa site "

const meaningWords = " home private personal other alt alternate alternative secondary second third old previous former new work office business mobile" +
	" cell direct fax phone email telephone tel name names first last given family title number id code type status date time owner account" +
	" company customer client contact person site group city town street address state province region county country zip postcode postal" +
	" latitude longitude category note notes description website web url department position role extension reference parent assistant" +
	" manager emergency spouse vorname nachname prenom nom nombre apellidos privat geschaftlich mobil handy bureau "

const realWords = " county country counties stage state stat status statute statement site size side street streets town down note date data" +
	" name names game title file code node mode mobile mobility phone phones email fax tax taxes text cite city company companion contact contract" +
	" contacts contracts contacted customer customers custom category customize person persons personal position portion postal post port" +
	" extension extensions tension reference preference references region religion role rule rate group groups grade parent parents patent" +
	" client clients surname username nickname rename website site web land lane line link list last lost first fist found house" +
	" number member numbers street stream suite suit unit units until zip tip zone phase price prize place plate latitude altitude attitude" +
	" longitude mail male fail address dress addressed created creator description subscription template temperature categories portal pages page plays villa posted poster roads rates agent"
