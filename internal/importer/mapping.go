package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// maxMappingBytes bounds a mapping file; value tables can be long.
const maxMappingBytes = 1 << 20

// Mapping says what the columns of a file mean. docs/import.md describes its language.
type Mapping struct {
	Target    Target              `yaml:"target"`
	Format    Format              `yaml:"format"`    // by the file's name if empty
	Delimiter string              `yaml:"delimiter"` // of CSV; a comma if empty
	Where     map[string][]string `yaml:"where"`     // by column: only lines with one of these values are meant
	Zone      *Field              `yaml:"zone"`      // of the times that name none
	Lookups   map[string]Lookup   `yaml:"lookups"`
	Fields    map[string]Field    `yaml:"fields"`
}

// Lookup takes a value from another file of the same folder: the column Value of the line whose column Key is asked for.
type Lookup struct {
	File  string `yaml:"file"`
	Key   string `yaml:"key"`
	Value string `yaml:"value"`
}

// Field says where a value comes from and how it is to be read. Exactly one of Column, Constant and Template is set.
type Field struct {
	Column   string  `yaml:"column"`
	Constant *texts  `yaml:"constant"`
	Template string  `yaml:"template"`
	Lookup   string  `yaml:"lookup"`  // what was found so far is looked up here
	Values   values  `yaml:"values"`  // and then in this table; what is not in it is refused
	Default  *texts  `yaml:"default"` // unless there is this
	Time     string  `yaml:"time"`    // how a time is written, e.g. YYYY-MM-DD hh:mm:ss
	Zone     *Field  `yaml:"zone"`    // of this time; the mapping's if absent
	Unit     string  `yaml:"unit"`    // of a duration that is a bare number
	Split    string  `yaml:"split"`   // between the values of a list
	template []chunk // Template, taken apart
}

// texts is one text, or a list of them.
type texts []string

type values map[string]texts

// UnmarshalYAML reads a scalar as a list of one.
func (t *texts) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*t = texts{n.Value}
		return nil
	}
	var list []string
	if err := n.Decode(&list); err != nil {
		return err
	}
	*t = list
	return nil
}

// LoadMapping reads a mapping. Its error names every mistake at once; an unknown key is one.
func LoadMapping(source []byte) (*Mapping, error) {
	var m Mapping
	if err := decodeYAML(source, &m); err != nil {
		return nil, errors.Join(err, m.validate())
	}
	if err := m.validate(); err != nil {
		return nil, err
	}
	return &m, nil
}

func decodeYAML(source []byte, into any) error {
	if len(source) > maxMappingBytes {
		return fmt.Errorf("the file has %d bytes, more than the %d allowed", len(source), maxMappingBytes)
	}
	dec := yaml.NewDecoder(bytes.NewReader(source))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("the file is empty")
		}
		return err
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return errors.New("the file has more than one document")
	}
	return nil
}
