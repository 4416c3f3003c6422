package main

import (
	"fmt"
	"io"

	"truckroll/internal/scene"
)

type samplePhotoCmd struct {
	Name string `arg:"" default:"sample" help:"Each name gives a photo of its own." optional:""`
}

// Run writes a made-up photo to the output, for trying things out without a camera.
func (c samplePhotoCmd) Run(out io.Writer) error {
	photo, err := scene.Photo(c.Name, 1280, 960)
	if err != nil {
		return err
	}
	if _, err := out.Write(photo); err != nil {
		return fmt.Errorf("writing the photo: %w", err)
	}
	return nil
}
