package importer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Step is one file of an import and its mapping.
type Step struct {
	Path    string // of the data
	Name    string // of the file, for people
	Mapping *Mapping
}

// Plan is everything one command imports, in order.
type Plan struct {
	Standard []byte // source of a service standard to put in force first, if any
	Steps    []Step
}

// bundle is a mapping file that names several others.
type bundle struct {
	Standard string       `yaml:"standard"`
	Steps    []bundleStep `yaml:"steps"`
}

type bundleStep struct {
	File    string `yaml:"file"`
	Mapping string `yaml:"mapping"`
}

// LoadPlan reads a mapping file for a data file, or a bundle for a folder. Its error names every mistake in every file
// at once.
func LoadPlan(data, mappingPath string) (*Plan, error) {
	source, err := os.ReadFile(mappingPath)
	if err != nil {
		return nil, fmt.Errorf("mapping: %w", err)
	}
	info, err := os.Stat(data)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	if !isBundle(source) {
		if info.IsDir() {
			return nil, fmt.Errorf("%s is a folder; %s is the mapping of one file: name the file, or give a bundle with steps", data, mappingPath)
		}
		m, err := LoadMapping(source)
		if err != nil {
			return nil, fmt.Errorf("%s:\n%w", mappingPath, err)
		}
		return &Plan{Steps: []Step{{Path: data, Name: filepath.Base(data), Mapping: m}}}, nil
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is a bundle of several files: give the folder they lie in instead of %s", mappingPath, data)
	}
	return loadBundle(source, data, filepath.Dir(mappingPath))
}

// isBundle tells a bundle by its steps, even in a file with mistakes.
func isBundle(source []byte) bool {
	for l := range strings.Lines(string(source)) {
		if strings.HasPrefix(l, "steps:") {
			return true
		}
	}
	return false
}

// loadBundle looks for data files in the data folder and then beside the mappings, where what belongs to the
// mappings themselves lies, such as the territories.
func loadBundle(source []byte, dataDir, mappingDir string) (*Plan, error) {
	var b bundle
	if err := decodeYAML(source, &b); err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	var errs []error
	plan := &Plan{}
	if b.Standard != "" {
		standard, err := os.ReadFile(filepath.Join(mappingDir, b.Standard))
		if err != nil {
			errs = append(errs, fmt.Errorf("standard: %w", err))
		}
		plan.Standard = standard
	}
	for i, s := range b.Steps {
		if s.File == "" || s.Mapping == "" {
			errs = append(errs, fmt.Errorf("steps: number %d needs file and mapping", i+1))
			continue
		}
		step, err := loadStep(s, dataDir, mappingDir)
		if err != nil {
			errs = append(errs, err)
		}
		plan.Steps = append(plan.Steps, step)
	}
	if len(b.Steps) == 0 {
		errs = append(errs, errors.New("steps: there is none"))
	}
	return plan, errors.Join(errs...)
}

func loadStep(s bundleStep, dataDir, mappingDir string) (Step, error) {
	step := Step{Name: s.File, Path: filepath.Join(dataDir, s.File)}
	var errs []error
	if _, err := os.Stat(step.Path); err != nil {
		beside := filepath.Join(mappingDir, s.File)
		if _, err2 := os.Stat(beside); err2 != nil {
			errs = append(errs, fmt.Errorf("data: %w", err))
		}
		step.Path = beside
	}
	source, err := os.ReadFile(filepath.Join(mappingDir, s.Mapping))
	if err != nil {
		return step, errors.Join(append(errs, fmt.Errorf("mapping: %w", err))...)
	}
	step.Mapping, err = LoadMapping(source)
	if err != nil {
		errs = append(errs, fmt.Errorf("%s:\n%w", s.Mapping, err))
	}
	return step, errors.Join(errs...)
}
