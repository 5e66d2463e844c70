package plan_test

import (
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

func TestDuplicateKeys(t *testing.T) {
	const dup = "invalid duplicate_key"
	tests := []struct {
		says string
		make func(*bench)
		want []string
	}{
		{"every row of a repeated key is invalid, the first one too", func(b *bench) {
			b.row("", "pier=A", "name=Ida")
			b.row("", "pier=A", "name=Tom")
			b.row("", "pier=A", "name=Ida")
			b.row("", "pier=A", "name=Ida")
		}, []string{dup, "create", dup, dup}},
		{"case, outer space and the way accents are composed make no other key", func(b *bench) {
			b.row("", "pier=A", "name=Zoe\u0301")
			b.row("", "pier=A", "name= ZO\u00c9")
			b.row("", "pier=a", "name=zo\u00e9\t")
		}, []string{dup, dup, dup}},
		{"an accent does make another key, and so does inner space", func(b *bench) {
			b.row("", "pier=A", "name=Zoe")
			b.row("", "pier=A", "name=Zoé")
			b.row("", "pier=A", "name=Zo e")
		}, []string{"create", "create", "create"}},
		{"all fields of the key count, and where one ends", func(b *bench) {
			b.row("", "pier=A", "name=Ida")
			b.row("", "pier=B", "name=Ida")
			b.row("", "pier=AI", "name=da")
		}, []string{"create", "create", "create"}},
		{"rows that are invalid already take no part", func(b *bench) {
			b.row("", "pier=A", "name=Ida").Problems = []model.Problem{{Code: model.CodeBadEmail}}
			b.row("", "pier=A", "name=Ida")
		}, []string{"invalid bad_email", "create"}},
		{"rows that the sheet skips take no part", func(b *bench) {
			b.row("", "pier=A", "name=Ida").Action = "skip"
			b.row("", "pier=A", "name=Ida")
		}, []string{"skipped action_skip", "create"}},
		{"a repeated id is as bad as a repeated key", func(b *bench) {
			b.has("1", "pier=A", "name=Ida")
			b.row("1", "pier=A", "name=Ida")
			b.row("1", "pier=A", "name=Tom")
		}, []string{dup, dup}},
		{"a row with an id whose key repeats is invalid all the same: two records would get one name", func(b *bench) {
			b.has("1", "pier=A", "name=Tom")
			b.row("1", "pier=A", "name=Ida")
			b.row("", "pier=A", "name=Ida")
		}, []string{dup, dup}},
		{"rows of an export that all have ids are told apart by them: the API has two records of one key", func(b *bench) {
			b.has("1", "pier=A", "name=Ida").has("2", "pier=A", "name=Ida")
			b.row("1", "pier=A", "name=Ida").Row.Mark = "1:account:export"
			b.row("2", "pier=A", "name=Ida").Row.Mark = "1:account:export"
		}, []string{"unchanged", "unchanged"}},
		{"rows of a sheet that somebody else wrote are not: its key is wrong, or its ids", func(b *bench) {
			b.has("1", "pier=A", "name=Ida").has("2", "pier=A", "name=Ida")
			b.row("1", "pier=A", "name=Ida")
			b.row("2", "pier=A", "name=Ida")
		}, []string{dup, dup}},
		{"one row without an id among them could be any of them, and stops all", func(b *bench) {
			b.has("1", "pier=A", "name=Ida").has("2", "pier=A", "name=Ida")
			b.row("1", "pier=A", "name=Ida")
			b.row("2", "pier=A", "name=Ida")
			b.row("", "pier=A", "name=Ida")
		}, []string{dup, dup, dup}},
		{"blank keys do not repeat each other", func(b *bench) {
			b.has("1", "pier=A", "name=Ida").has("2", "pier=A", "name=Tom")
			b.row("1", "pier=A")
			b.row("2", "pier=A")
		}, []string{"unchanged", "unchanged"}},
		{"an id is no key, though it reads the same", func(b *bench) {
			b.options.Key = []string{"name"}
			b.key = b.key[1:]
			b.has("1", "pier=A", "name=Ida")
			b.row("1", "pier=A", "name=Ida")
			b.row("", "pier=A", "name=1")
		}, []string{"unchanged", "create"}},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			b := newBench(t)
			tt.make(b)
			b.wantVerdicts(tt.want...)
		})
	}
}

func TestDuplicateKeySaysWhatRepeats(t *testing.T) {
	tests := []struct {
		says, id, name, want string
	}{
		{"a key is shown in its parts", "", "Ida", "same key: a / ida"},
		{"of a row with an id both are shown, because either may be it", "1", "Ida", "same key or id: a / ida, id 1"},
		{"a row that has an id alone shows that", "1", "", "same id: 1"},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			b := newBench(t)
			c, other := b.row(tt.id, "pier=A", "name="+tt.name), b.row(tt.id, "pier=A", "name="+tt.name)
			k := plan.NewKeys()
			k.Note(c)
			k.Note(other)
			p := k.Duplicate(c, "pier", "Pier no")
			if !strings.Contains(p.Message, tt.want) || !strings.HasPrefix(p.Message, "row 3 ") || !strings.HasPrefix(k.Duplicate(other, "", "").Message, "row 2 ") {
				t.Errorf("message: got %q, want it to say %q", p.Message, tt.want)
			}
			if p.Row != 2 || p.Field != "pier" || p.Column != "Pier no" || p.Code != model.CodeDuplicateKey || p.Hint == "" {
				t.Errorf("got %+v, want row 2, the field, the column, the code and a hint", p)
			}
		})
	}
}

func TestKeysKnowRepeatsOnlyWhenTheyAreThere(t *testing.T) {
	b := newBench(t)
	k := plan.NewKeys()
	first, second := b.row("", "pier=A", "name=Ida"), b.row("", "pier=A", "name=IDA")
	k.Note(first)
	if k.Any() || k.Repeated(first) {
		t.Error("one row repeats nothing")
	}
	k.Note(second)
	if !k.Any() || !k.Repeated(first) || !k.Repeated(second) {
		t.Error("two rows of one key repeat it, both of them")
	}
}
