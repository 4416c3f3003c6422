package localstack

import "truckroll/dispatch"

// SearchAttributes are the search attributes that truckroll's workflows set, by name, with their Temporal types. A
// server that is not ours needs them too.
func SearchAttributes() map[string]string {
	return map[string]string{
		dispatch.AttributeStart:     "Datetime",
		dispatch.AttributeBroken:    "KeywordList",
		dispatch.AttributeGrade:     "Keyword",
		dispatch.AttributeInstaller: "Keyword",
		dispatch.AttributeKind:      "Keyword",
		dispatch.AttributeStatus:    "Keyword",
		dispatch.AttributeTerritory: "Keyword",
	}
}
