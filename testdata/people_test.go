package testdata_test

import (
	"fmt"
	"strings"
)

// person is somebody who does not exist.
type person struct {
	name string // as the person writes it
	slug string // as an e-mail address can hold it
}

// tongue is how names are made in one language: given and family names, each as "written=slug".
type tongue struct {
	given, family string
	familyFirst   bool
	separator     string
}

func tongues() []tongue {
	return []tongue{
		{given: "Olivia=olivia Marcus=marcus Dana=dana Troy=troy Imani=imani", separator: " ",
			family: "Whitfield=whitfield O’Rourke=orourke Baker-Lane=bakerlane St. John=stjohn"},
		{given: "遥=haruka 健太=kenta さくら=sakura 大輔=daisuke 美咲=misaki", familyFirst: true, separator: " ",
			family: "田中=tanaka 髙橋=takahashi 渡邊=watanabe 小野寺=onodera"},
		{given: "ليلى=layla يوسف=yusuf مريم=maryam خالد=khalid نور=nour", separator: " ",
			family: "الحداد=alhaddad بن سعيد=bensaid القاضي=alqadi النجار=alnajjar"},
		{given: "Łukasz=lukasz Małgorzata=malgorzata Zdzisław=zdzislaw Agnieszka=agnieszka Józef=jozef", separator: " ",
			family: "Wiśniewski=wisniewski Żółkowska=zolkowska Śliwa=sliwa Dąbrowski=dabrowski"},
		{given: "José=jose Íñigo=inigo Begoña=begona María del Mar=mariadelmar Jesús=jesus", separator: " ",
			family: "Muñoz Peña=munozpena Ibáñez=ibanez de la Cruz=delacruz Güell=guell"},
		{given: "Đức=duc Thảo=thao Phương=phuong Hiếu=hieu Ngọc=ngoc", familyFirst: true, separator: " ",
			family: "Nguyễn=nguyen Trần=tran Phạm=pham Đặng=dang"},
		{given: "Ελένη=eleni Γιώργος=giorgos Αθηνά=athina Νίκος=nikos Ζωή=zoi", separator: " ",
			family: "Παπαδοπούλου=papadopoulou Ιωάννου=ioannou Βασιλείου=vasileiou Κυριάκος=kyriakos"},
		// The accents of this row are combining characters of their own (NFD), as some systems export them.
		{given: "Zoe\u0308=zoe Rene\u0301e=renee Bjo\u0308rn=bjorn An\u0303o=anio Noe\u0308l=noel", separator: " ",
			family: "Bla\u0301zquez=blazquez Gru\u0308n=gruen Lefe\u0300vre=lefevre A\u030astro\u0308m=astrom"},
		{given: "🚚 Gus=gus Wren 🌻=wren Kit ⭐=kit Pip 👩🏽‍🔧=pip Bo 🐝=bo", separator: " ",
			family: "Hauler=hauler Marsh=marsh Sparrow=sparrow Quill=quill"},
		{given: "Jürgen=juergen Käthe=kaethe Günther=guenther Änne=aenne Björn=bjoern", separator: " ",
			family: "Groß=gross Müller-Lüdenscheidt=muellerluedenscheidt Weiß=weiss Schäfer=schaefer"},
		{given: "志强=zhiqiang 丽=li 建国=jianguo 晓雯=xiaowen 伟=wei", familyFirst: true,
			family: "欧阳=ouyang 张=zhang 陈=chen 刘=liu"},
		{given: "Çağla=cagla İsmail=ismail Şule=sule Işıl=isil Doğan=dogan", separator: " ",
			family: "Yıldırım=yildirim Öztürk=ozturk Ünsal=unsal Çelik=celik"},
		{given: "Олена=olena Тарас=taras Ірина=iryna Богдан=bohdan Юлія=yuliia", separator: " ",
			family: "Шевчук=shevchuk Ґонта=gonta Кравець=kravets Їжак=yizhak"},
	}
}

// people is 260 different people, the tongues taking turns.
func people() []person {
	var all []person
	for given := range 5 {
		for family := range 4 {
			for _, t := range tongues() {
				all = append(all, t.person(given, family))
			}
		}
	}
	return all
}

func (t tongue) person(given, family int) person {
	givenName, givenSlug := pick(t.given, given)
	familyName, familySlug := pick(t.family, family)
	written := givenName + t.separator + familyName
	if t.familyFirst {
		written = familyName + t.separator + givenName
	}
	return person{name: written, slug: givenSlug + "." + familySlug}
}

// pick takes one of the names of a list "written=slug written=slug"; a written name may hold blanks.
func pick(list string, i int) (written, slug string) {
	for range i {
		_, rest, _ := strings.Cut(list, "=")
		_, list, _ = strings.Cut(rest, " ")
	}
	written, rest, _ := strings.Cut(list, "=")
	slug, _, _ = strings.Cut(rest, " ")
	return written, slug
}

// domain is the address of one of the twelve customers.
func domain(customer int) string {
	names := strings.Fields("harbor-roofing blue-mesa-waste northgate-schools tidewater-builders copper-creek-farms" +
		" lantern-hotels quarry-road-concrete juniper-clinics redwood-events silverline-freight oakhurst-homes" +
		" granite-peak-brewing")
	return names[customer-1] + ".example"
}

// phone is a number that is kept for fiction in its country, written as people there write it.
func phone(i int) string {
	switch i % 9 {
	case 0:
		return fmt.Sprintf("+1 206 555 01%02d", i%100)
	case 1:
		return fmt.Sprintf("(312) 555-01%02d ext. %d", i%100, 100+i)
	case 2:
		return fmt.Sprintf("+44 20 7946 0%03d", i%1000)
	case 3:
		return fmt.Sprintf("0161 496 0%03d", i%1000)
	case 4:
		return fmt.Sprintf("+49 30 23125 %03d", i%1000)
	case 5:
		return fmt.Sprintf("01 99 00 %02d %02d", i%100, (i*7)%100)
	case 6:
		return fmt.Sprintf("0044207946%04d", i%1000)
	case 7:
		return fmt.Sprintf("+61 2 5550 %04d", i)
	}
	return "" // not everybody gives a number
}

// fax is a fictional fax number of 7 to 15 characters; most people have none.
func fax(i int) string {
	switch i % 12 {
	case 2:
		return fmt.Sprintf("555-01%02d", i%100)
	case 5:
		return fmt.Sprintf("020 7946 0%03d", i%1000)
	case 9:
		return fmt.Sprintf("+1 206 555-01%02d", i%100) // the documented maximum
	}
	return ""
}

func remark(i int) string {
	switch i % 11 {
	case 1:
		return "Prefers mornings, gate code on file"
	case 3:
		return "Yard closes at 16:00\nRing twice"
	case 4:
		return `Asks for "the blue truck"`
	case 6:
		return "-10% agreed for 2026"
	case 8:
		return "=see contract, page 2"
	case 9:
		return "Größere Container, 請先致電; συνεννόηση με e-mail"
	}
	return ""
}
