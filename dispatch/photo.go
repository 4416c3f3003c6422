package dispatch

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// PhotoRules say what counts as a readable photo of this visit (VI-8). How each value is
// measured stands at [PhotoFacts]. A Standard without them checks no content.
type PhotoRules struct {
	MinLongEdge  int `json:"min_long_edge"  yaml:"min_long_edge"`  // pixels
	MinShortEdge int `json:"min_short_edge" yaml:"min_short_edge"` // pixels
	// MinLuma and MaxLuma bound the mean brightness, 0 black to 1 white.
	MinLuma float64 `json:"min_luma" yaml:"min_luma"`
	MaxLuma float64 `json:"max_luma" yaml:"max_luma"`
	// MinContrast is the least standard deviation of the brightness, 0 to 0.5.
	MinContrast float64 `json:"min_contrast" yaml:"min_contrast"`
	// MaxBlur is the highest blur, 0 sharp to 1 blurred.
	MaxBlur float64 `json:"max_blur" yaml:"max_blur"`
	// Likeness is from where on two photos count as the same one, 0 unlike to 1 identical.
	Likeness float64 `json:"likeness" yaml:"likeness"`
	// MaxDistanceM is how far from the job's address a photo may say it was taken, metres.
	MaxDistanceM float64 `json:"max_distance_m" yaml:"max_distance_m"`
	// MaxFiles and MaxMiB bound what one job may store.
	MaxFiles int `json:"max_files" yaml:"max_files"`
	MaxMiB   int `json:"max_mib"   yaml:"max_mib"`
}

func (p *PhotoRules) validate(m *mistakes) {
	within := func(name string, v, low, high float64) {
		if !(v >= low && v <= high) {
			m.add("photo.%s: from %g to %g", name, low, high)
		}
	}
	within("min_luma", p.MinLuma, 0, 1)
	within("max_luma", p.MaxLuma, p.MinLuma, 1)
	within("min_contrast", p.MinContrast, 0, 0.5)
	within("max_blur", p.MaxBlur, 0, 1)
	within("likeness", p.Likeness, 0.5, 1)
	within("max_distance_m", p.MaxDistanceM, 1, 1e6)
	within("min_short_edge", float64(p.MinShortEdge), 1, 10_000)
	within("min_long_edge", float64(p.MinLongEdge), float64(p.MinShortEdge), 10_000)
	within("max_files", float64(p.MaxFiles), 1, 10_000)
	within("max_mib", float64(p.MaxMiB), 1, 100_000)
}

// PhotoFacts are what was measured on a photo. They are facts only: [AddPhoto] judges them
// by the job's Standard.
type PhotoFacts struct {
	// Unreadable says for people why the file cannot be decoded; then nothing else is known.
	Unreadable string `json:"unreadable,omitempty"`
	Width      int    `json:"width,omitempty"`  // pixels, turned upright
	Height     int    `json:"height,omitempty"` // pixels, turned upright
	// Luma is the mean brightness (ITU-R BT.601), 0 to 1; Contrast its standard deviation.
	Luma     float64 `json:"luma"`
	Contrast float64 `json:"contrast"`
	// Blur is the metric of Crete et al. 2007, "The Blur Effect", 0 sharp to 1 blurred: how
	// little a photo changes when it is blurred once more.
	Blur    float64    `json:"blur"`
	TakenAt *time.Time `json:"taken_at,omitempty"` // by its EXIF data
	Place   *Place     `json:"place,omitempty"`    // by its EXIF data
	// Label is what a code on the picture says, if one could be read. It never decides.
	Label *LabelReading `json:"label,omitempty"`
	// Alike are photos of any job that look the same, the most alike first.
	Alike []Likeness `json:"alike,omitempty"`
}

// LabelReading is a code read from a picture.
type LabelReading struct {
	Format string `json:"format"` // e.g. "qr_code", "code_128"
	Text   string `json:"text"`
	// Sure is how sure the reading is, 0 to 1: codes with error correction are read right or
	// not at all, those with a check digit only nearly so.
	Sure float64 `json:"sure"`
	// Matches reports that the text holds the job's order or port.
	Matches bool `json:"matches"`
}

// Likeness is a photo that looks like another.
type Likeness struct {
	Number string  `json:"number"` // service number of the job that has it
	SHA256 string  `json:"sha256"`
	Score  float64 `json:"score"` // 0 to 1
}

// What an accepted photo is marked with, so that somebody who doubts it knows where to look.
const (
	FlagNoTime   = "no_time"   // neither EXIF data nor the device say when it was taken
	FlagNoPlace  = "no_place"  // nothing says where it was taken
	FlagAlike    = "alike"     // looks like another photo of this job; a reason was given
	FlagNoLabel  = "no_label"  // nothing could be read on a label
	FlagLabelOff = "label_off" // what was read names neither the order nor the port
)

// PhotoLabel is the kind of photo whose label is read (VI-8).
const PhotoLabel = "splitter_label"

// judge refuses a photo that is no readable picture of this visit, with what to do about
// it; otherwise it returns the flags to mark the photo with.
func (c *AddPhoto) judge(t *turn, since time.Time) ([]string, error) {
	rules, f := t.std.Photo, c.Facts
	if rules == nil || f == nil {
		return nil, nil
	}
	if err := f.checkPicture(rules); err != nil {
		return nil, err
	}
	var flags []string
	if taken := either(f.TakenAt, c.TakenAt); taken == nil {
		flags = append(flags, FlagNoTime)
	} else if err := checkTaken(t, *taken, since); err != nil {
		return nil, err
	}
	switch place := either(f.Place, c.Place); {
	case place == nil:
		flags = append(flags, FlagNoPlace)
	case t.job.Site != nil:
		if d := place.DistanceMetres(*t.job.Site); d > rules.MaxDistanceM {
			return nil, Refuse(CodePhotoElsewhere, RulePhotos,
				"The photo says it was taken %.0f m from the address. Take a new one here, or switch the phone's location on.", d)
		}
	}
	alike, err := c.checkAlike(t, rules)
	if err != nil {
		return nil, err
	}
	flags = append(flags, alike...)
	if c.Kind == PhotoLabel {
		switch {
		case f.Label == nil:
			flags = append(flags, FlagNoLabel)
		case !f.Label.Matches:
			flags = append(flags, FlagLabelOff)
		}
	}
	return flags, nil
}

func either[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

// checkPicture refuses what nobody could recognise anything on.
func (f *PhotoFacts) checkPicture(r *PhotoRules) error {
	long, short := max(f.Width, f.Height), min(f.Width, f.Height)
	switch {
	case f.Unreadable != "":
		return Refuse(CodePhotoUnreadable, RulePhotos, "%s Take a new one.", f.Unreadable)
	case long < r.MinLongEdge || short < r.MinShortEdge:
		return Refuse(CodePhotoSmall, RulePhotos, "The photo has %d × %d pixels; at least %d × %d are needed. Use the camera's normal size.",
			long, short, r.MinLongEdge, r.MinShortEdge)
	case f.Luma < r.MinLuma:
		return Refuse(CodePhotoDark, RulePhotos, "Too dark: switch the light or the flash on and take it again.")
	case f.Luma > r.MaxLuma:
		return Refuse(CodePhotoBright, RulePhotos, "Too bright: turn away from the light and take it again.")
	case f.Contrast < r.MinContrast:
		return Refuse(CodePhotoEmpty, RulePhotos, "Nothing can be seen on it: uncover the lens, step back, and take it again.")
	case f.Blur > r.MaxBlur:
		return Refuse(CodePhotoBlurred, RulePhotos, "Blurred: wipe the lens, hold the phone still, and take it again.")
	default:
		return nil
	}
}

// checkAlike refuses a photo that another job has, and one that looks like another of this
// job unless a reason says why both are needed.
func (c *AddPhoto) checkAlike(t *turn, r *PhotoRules) ([]string, error) {
	var flags []string
	for _, a := range c.Facts.Alike {
		switch {
		case a.Score < r.Likeness:
		case a.Number != t.job.Number: // no reason mends this, so every likeness is looked at
			return nil, Refuse(CodePhotoSeen, RulePhotos, "This photo was used on another job. Take a new one here.")
		default:
			flags = []string{FlagAlike}
		}
	}
	if len(flags) > 0 && strings.TrimSpace(c.Reason) == "" {
		ref := Refuse(CodePhotoSeen, RulePhotos, "It looks the same as another photo of this job. Take another one, or say why it is needed (reason).")
		ref.Field = "reason"
		return nil, ref
	}
	return flags, nil
}

// PhotoRefusals are the codes under which [AddPhoto] refuses a photo that was looked at.
var PhotoRefusals = []Code{
	CodePhotoUnreadable, CodePhotoSmall, CodePhotoDark, CodePhotoBright, CodePhotoEmpty, CodePhotoBlurred,
	CodePhotoStale, CodePhotoElsewhere, CodePhotoSeen,
}

// RefusePhoto records that a photo was looked at and refused, so that the report can tell
// which visits were right at first try (TE-3). Only the workflow gives it.
type RefusePhoto struct {
	Kind   string `json:"kind"`
	SHA256 string `json:"sha256"`
	Code   Code   `json:"code"`
}

// Action names the command.
func (*RefusePhoto) Action() Action { return ActionRefused }

func (c *RefusePhoto) run(t *turn) error {
	v := t.job.LastVisit()
	if v == nil {
		return Refuse(CodeWrongStatus, RulePhotos, "There is no visit.")
	}
	t.become(t.job.Status)
	t.record("photo.refused", RulePhotos, map[string]any{"visit": v.No, "kind": c.Kind, "sha256": c.SHA256, "code": string(c.Code)})
	return nil
}

// PhotoToInspect is the input of the activity that looks at a photo.
type PhotoToInspect struct {
	Number   string `json:"number"`
	Kind     string `json:"kind"`
	SHA256   string `json:"sha256"`
	TimeZone string `json:"time_zone"` // of the wall clock that EXIF times without an offset are on
}

// PhotosOf lists the photos in a request that are to be looked at under this Standard.
func (r Request) PhotosOf(std *Standard, job *Job) ([]PhotoToInspect, error) {
	if std.Photo == nil {
		return nil, nil
	}
	commands, err := r.Decode()
	if err != nil {
		return nil, err
	}
	var out []PhotoToInspect
	for _, c := range commands {
		if p, ok := c.(*AddPhoto); ok {
			out = append(out, PhotoToInspect{Number: job.Number, Kind: p.Kind, SHA256: p.SHA256, TimeZone: job.TimeZone})
		}
	}
	return out, nil
}

// RefusedPhoto finds the photo for which this request was refused: of several in a batch the
// first that was. False if it was refused for something else, or its photos are not looked at.
func (r Request) RefusedPhoto(std *Standard, job *Job, cause error, now time.Time) (*RefusePhoto, bool) {
	var refusal *Refusal
	if std.Photo == nil || !errors.As(cause, &refusal) || !slices.Contains(PhotoRefusals, refusal.Code) {
		return nil, false
	}
	commands, err := r.Decode()
	if err != nil {
		return nil, false
	}
	for i, c := range commands {
		upTo := r
		upTo.Commands = r.Commands[:i+1]
		if _, err := Do(std, *job, upTo, now); err == nil {
			continue
		}
		if p, ok := c.(*AddPhoto); ok {
			return &RefusePhoto{Kind: p.Kind, SHA256: p.SHA256, Code: refusal.Code}, true
		}
		break
	}
	return nil, false
}

// BringsFacts reports whether the request says itself what is on its photos.
func (r Request) BringsFacts() bool {
	if !r.Asks(ActionPhoto) {
		return false
	}
	commands, err := r.Decode()
	return err == nil && slices.ContainsFunc(commands, func(c Command) bool {
		p, ok := c.(*AddPhoto)
		return ok && p.Facts != nil
	})
}

// WithFacts returns the request with what was measured on its photos.
func (r Request) WithFacts(facts map[string]PhotoFacts) (Request, error) {
	commands, err := r.Decode()
	if err != nil {
		return r, err
	}
	r.Commands = slices.Clone(r.Commands)
	for i, c := range commands {
		p, ok := c.(*AddPhoto)
		if !ok {
			continue
		}
		f := facts[p.SHA256]
		p.Facts = &f
		if r.Commands[i], err = envelope(Timed{p, r.Commands[i].DeviceAt}); err != nil {
			return r, err
		}
	}
	return r, nil
}
