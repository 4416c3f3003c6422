package document

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

// Fonts are what documents are printed with: plain TrueType files. [FindFonts] fills them.
type Fonts struct {
	Regular []byte
	Bold    []byte
	Mono    []byte
	Chinese []byte // nil: Chinese text cannot be printed
	// ChineseFrom is the file that Chinese was taken from.
	ChineseFrom string
}

// knownPlaces are where systems keep Chinese fonts with TrueType outlines, the better first. Noto Sans CJK is not among
// them as its outlines are CFF, which cannot be embedded as they are.
var knownPlaces = []string{
	"/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", // Debian: fonts-wqy-microhei
	"/usr/share/fonts/wqy-microhei/wqy-microhei.ttc", // Fedora, Alpine
	"/usr/share/fonts/wenquanyi/wqy-microhei/wqy-microhei.ttc",
	"/usr/share/fonts/truetype/noto/NotoSansSC-Regular.ttf",
	"/usr/share/fonts/opentype/noto/NotoSansSC-Regular.otf", // is TrueType in some systems
	"/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
	"/usr/share/fonts/truetype/droid/DroidSansFallback.ttf", // Debian: fonts-droid-fallback
	"/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",          // Debian: fonts-wqy-zenhei
	"/usr/share/fonts/truetype/arphic/uming.ttc",            // Debian: fonts-arphic-uming
	"/usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf",
	"/usr/share/fonts/truetype/arphic/ukai.ttc", // Debian: fonts-arphic-ukai
	"/System/Library/Fonts/STHeiti Light.ttc",   // macOS
	"/Library/Fonts/Arial Unicode.ttf",
	`C:\Windows\Fonts\msyh.ttc`,
	`C:\Windows\Fonts\simhei.ttf`,
}

// FindFonts returns the Go fonts for Latin, Greek and Cyrillic text, which are always there, and a Chinese font: the
// configured file, or, if that is "", the first usable one in the places where systems keep them. That there is none is
// no error: then Chinese is nil, and what needs it is a [MissingGlyphs]. A configured file that is missing or cannot be
// used is an error.
func FindFonts(configured string) (Fonts, error) {
	fonts := Fonts{Regular: goregular.TTF, Bold: gobold.TTF, Mono: gomono.TTF}
	if configured != "" {
		face, err := readFace(configured)
		if err != nil {
			return Fonts{}, fmt.Errorf("the configured Chinese font %s: %w; give a .ttf or .ttc file with TrueType outlines", configured, err)
		}
		fonts.Chinese, fonts.ChineseFrom = face, configured
		return fonts, nil
	}
	for _, path := range knownPlaces {
		// Most places do not exist, and a font nobody asked for is no reason to stop.
		if face, err := readFace(path); err == nil {
			fonts.Chinese, fonts.ChineseFrom = face, path
			return fonts, nil
		}
	}
	return fonts, nil
}

func readFace(path string) ([]byte, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	face, err := soleFace(file)
	if err != nil {
		return nil, err
	}
	parsed, err := sfnt.Parse(face)
	if err != nil {
		return nil, err
	}
	if i, err := parsed.GlyphIndex(nil, '中'); err != nil || i == 0 {
		return nil, errors.New("the font has no Chinese characters")
	}
	return face, nil
}
