package model_test

import "testing"

// wrongAccounts are faults of lookups, settings and error texts.
func wrongAccounts() []wrongTarget {
	return []wrongTarget{
		{"a place where no setting travels", "in: [query, body]", "in: [query, cookie]", "in: [query, cookie]", "x-rollcall.account.port.in: must be one of header, query, body"},
		{"no place", "in: [query, body]", "in: []", "in: []", "x-rollcall.account.port.in: must be one of header, query, body"},
		{"a pattern for doubles that is none", "duplicate: 'taken'", "duplicate: '(taken'", "'(taken'",
			"x-rollcall.errors.duplicate: the regular expression cannot be read: missing closing ): `(taken`"},
		{"a lookup without an operation", "{ operation: listKits, then", "{ then", "kits:", `x-rollcall.lookups.kits: missing key "operation"`},
		{"a lookup that compares nothing", "by: { name: name }", "by: {}", "by: {}", "x-rollcall.lookups.kits.by: must not be empty; The words of a job, such as name in lookup: name, and the property of an item that each is compared with"},
		{"a lookup of an unknown operation", "operation: listKits,", "operation: listKit,", "listKit,",
			`x-rollcall.lookups.kits.operation: unknown operationId "listKit"; did you mean "listKits"? allowed: addSailor, addShip, changeSailor, changeShip, listHolds, listKits, listOldKits, listShips, listZones, replaceShip, showShip`},
		{"a second list that is not there", "then: listOldKits", "then: listOlderKits", "listOlderKits",
			`x-rollcall.lookups.kits.then: unknown operationId "listOlderKits"; did you mean "listOldKits"? allowed: addSailor, addShip, changeSailor, changeShip, listHolds, listKits, listOldKits, listShips, listZones, replaceShip, showShip`},
		{"a lookup below a record", "operation: listKits,", "operation: listHolds,", "listHolds,",
			"x-rollcall.lookups.kits.operation: the list of a lookup cannot be below a record; name an operation without path parameters"},
		{"a second list below a record", "then: listOldKits", "then: listHolds", "listHolds",
			"x-rollcall.lookups.kits.then: the list of a lookup cannot be below a record; name an operation without path parameters"},
		{"a cursor that the operation does not take", "cursor_param: cursor, size", "cursor_param: after, size", "after, size",
			`x-rollcall.lookups.zones.cursor_param: unknown query parameter "after"; allowed: cursor, size`},
		{"a cursor that no answer tells", "next: after, cursor_param: cursor, size", "cursor_param: cursor, size", "zones: {",
			`x-rollcall.lookups.zones: missing key "next", which "cursor_param" needs`},
		{"a cursor of a list that the operation does not take", "cursor_param: cursor }\n      key", "cursor_param: page }\n      key", "page }",
			`x-rollcall.resources.ship.list.cursor_param: unknown query parameter "page"; allowed: cursor`},
		{"a filter by a field that is not there", "cursor_param: cursor }\n      key", "cursor_param: cursor, filters: { zon: cursor } }\n      key", "cursor } }",
			`x-rollcall.resources.ship.list.filters.zon: unknown field "zon"; did you mean "zone"? allowed: name, zone, fee, yard, note, captain, licence, berth.pier, berth.place, extras.kit, state`},
		{"a filter by a query parameter that the operation does not take", "cursor_param: cursor }\n      key", "cursor_param: cursor, filters: { zone: area } }\n      key", "area } }",
			`x-rollcall.resources.ship.list.filters.zone: unknown query parameter "area"; allowed: cursor`},
		{"a field with a lookup that is not there", "extras.kit: { lookup: kits }", "extras.kit: { lookup: kit }", "kit }",
			`x-rollcall.resources.ship.fields.extras.kit.lookup: unknown lookup "kit"; did you mean "kits"? allowed: zones, kits`},
		{"names in answers without a lookup to find them in", "zone: { lookup: zones, read", "zone: { read", "zone: {",
			`x-rollcall.resources.ship.fields.zone: missing key "lookup", which "names_in_answers" needs`},
	}
}

// wrongCustoms are faults of custom fields and of replacements.
func wrongCustoms() []wrongTarget {
	return []wrongTarget{
		{"a list that is not there", "list: extras.values", "list: extras.fields", "extras.fields",
			`x-rollcall.resources.ship.custom.list: the body of addShip has no list "extras.fields"; describe it as an array of objects`},
		{"a list that is a field", "list: extras.values", "list: extras.kit", "extras.kit",
			`x-rollcall.resources.ship.custom.list: the body of addShip has no list "extras.kit"; describe it as an array of objects`},
		{"a list that is an object with items", "          type: array\n          items:\n            type: object\n            additionalProperties: false\n            required: [field",
			"          type: object\n          items:\n            type: object\n            additionalProperties: false\n            required: [field", "extras.values",
			`x-rollcall.resources.ship.custom.list: the body of addShip has no list "extras.values"; describe it as an array of objects`},
		{"a list that the update does not take", "        extras: { $ref: '#/components/schemas/Extras' }\n        state", "        state", "extras.values",
			`x-rollcall.resources.ship.custom.list: the body of changeShip has no list "extras.values"; describe it as an array of objects`},
		{"items without the id", "id: field\n", "id: number\n", "extras.values",
			`x-rollcall.resources.ship.custom.list: the items of extras.values do not have the properties "number" and "is"; describe both under items, properties`},
		{"items without the value", "value: is\n", "value: was\n", "extras.values",
			`x-rollcall.resources.ship.custom.list: the items of extras.values do not have the properties "field" and "was"; describe both under items, properties`},
		{"items that need more than we have", "required: [field, is]", "required: [field, is, unit]", "extras.values",
			`x-rollcall.resources.ship.custom.list: the items of extras.values need the property "unit"; an item is sent with its id and its value alone`},
		{"an id whose description leads nowhere", "field: { type: integer }", "field: { $ref: '#/nowhere' }", "'#/nowhere'",
			`components.schemas.Extras.properties.values.items.properties.field.$ref: reference "#/nowhere" leads nowhere`},
		{"a type without a schema", "count: Count", "count: Counter", "Counter",
			`x-rollcall.resources.ship.custom.types.count: there is no schema "Counter" under components`},
		{"a type that is an object", "count: Count", "count: Berth", "type: object",
			"components.schemas.Berth: a field must have one type: string, integer, number or boolean; lists are not supported"},
		{"no type", "types: { default: Words }", "types: {}", "types: {}", "x-rollcall.resources.sailor.custom.types: must not be empty; Name of the schema in components of each type of definition; default stands for all others"},
		{"types that nothing tells apart", "types: { default: Words }", "types: { words: Words }", "types: { words: Words }",
			`x-rollcall.resources.sailor.custom.types: missing key "default"; no definition tells its type, so that all are of one`},
		{"definitions that do not tell their type", "type: kind, active", "active", "types: { money",
			`x-rollcall.resources.ship.custom.types: missing key "default"; no definition tells its type, so that all are of one`},
		{"definitions in a lookup that is not there", "lookup: kits, parent", "lookup: kitz, parent", "kitz,",
			`x-rollcall.resources.ship.custom.definitions.lookup: unknown lookup "kitz"; did you mean "kits"? allowed: zones, kits`},
		{"a parent that is no field", "parent: extras.kit,", "parent: extras.kid,", "extras.kid",
			`x-rollcall.resources.ship.custom.definitions.parent: unknown field "extras.kid"; did you mean "extras.kit"? allowed: name, zone, fee, yard, note, captain, licence, berth.pier, berth.place, extras.kit, state`},
		{"a key that is not known", "merge: true\n", "merges: true\n", "merges:",
			`x-rollcall.resources.sailor.custom.merges: unknown key "merges"; did you mean "merge"? allowed: clear, definitions, id, list, merge, types, value`},
		{"a replacement that is not there", "replace_with: replaceShip", "replace_with: replaceShips", "replaceShips",
			`x-rollcall.resources.ship.replace_with: unknown operationId "replaceShips"; did you mean "replaceShip"? allowed: addSailor, addShip, changeSailor, changeShip, listHolds, listKits, listOldKits, listShips, listZones, replaceShip, showShip`},
		{"a replacement with another body", "replace_with: replaceShip", "replace_with: changeSailor", "changeSailor\n      get",
			"x-rollcall.resources.ship.replace_with: a replacement must take the same body as a create; let both refer to one schema"},
		{"a replacement that hangs on something else", "replace_with: replaceShip", "replace_with: changeSailor", "operationId: changeSailor",
			`paths./sailors/{sailor}.patch: path parameter "sailor" of changeSailor is none of the path fields or the id of ship; only parameters of the create path, and the id, have a value`},
		{"a field that is emptied by leaving it out of a change", "note: { clear: send_null }", "note: { clear: omit }", "omit }",
			"x-rollcall.resources.ship.fields.note.clear: only an update that replaces the whole record empties what it leaves out; say replace: true if this one does; what replace_with leaves out is empty without a word here"},
		{"custom fields that are emptied by leaving them out of a change", "clear: send_null\n        types", "clear: omit\n        types", "omit\n",
			"x-rollcall.resources.sailor.custom.clear: only an update that replaces the whole record empties what it leaves out; say replace: true if this one does; what replace_with leaves out is empty without a word here"},
	}
}

// wrongRules are rules that we would not keep to.
func wrongRules() []wrongTarget {
	const steps = ": multipleOf must be 1, 0.1, 0.01 and so on; other steps are not supported"
	step := func(value string) wrongTarget {
		return wrongTarget{"a step of " + value, "multipleOf: 0.01, x-source", "multipleOf: " + value + ", x-source", value + ", x-source", "components.schemas.Money.multipleOf" + steps}
	}
	return []wrongTarget{
		step("0.05"), step("10"), step("100"), step("5"), step("0"), step("-0.01"), step("1.01"),
		{"a step that is no number", "multipleOf: 0.01, x-source", "multipleOf: cent, x-source", "cent", "components.schemas.Money.multipleOf: multipleOf must be a number"},
		{"a step of text", "{ type: string, format: date }", "{ type: string, format: date, multipleOf: 1 }", "multipleOf: 1 }",
			`components.schemas.Day.multipleOf: keyword "multipleOf" is not supported for text in a request`},
		{"an older limit that is none", "x-legacy-maxLength: 5", "x-legacy-maxLength: five", "five", "components.schemas.Name.x-legacy-maxLength: x-legacy-maxLength must be a whole number from 0"},
		{"a body that needs more than one property", "minProperties: 1", "minProperties: 2", "2\n      properties",
			"components.schemas.ShipChange.minProperties: minProperties can be 1 at most; other numbers are not supported"},
		{"an object that needs any property", "Berth:\n      type: object", "Berth:\n      minProperties: 1\n      type: object", "minProperties: 1\n      type",
			`components.schemas.Berth.minProperties: keyword "minProperties" is not supported for an object in a request`},
	}
}

func TestWrongLookupsAndCustomFieldsAreNamedInTheirPlace(t *testing.T) {
	for _, tests := range [][]wrongTarget{wrongAccounts(), wrongCustoms(), wrongRules()} {
		checkWrong(t, harborText(t), tests)
	}
}
