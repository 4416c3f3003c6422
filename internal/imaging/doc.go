// Package imaging looks at a photo that an installer uploads as proof of work and reports facts: how bright, how sharp,
// when and where taken, which label is on it, how alike to another. It judges nothing; the thresholds belong to the
// service standard.
//
// What it stands on, and why:
//
//   - image/jpeg and image/png of the standard library decode: pure Go, fuzzed, and memory that can be foretold.
//   - github.com/bep/imagemeta (MIT, released in 2026) reads EXIF. It is made for hostile files: it limits tags and sizes.
//   - github.com/makiuchi-d/gozxing (MIT, a port of ZXing) reads labels. Its last release is of 2021, but it is the only
//     reader in pure Go that knows QR, Data Matrix and Code 128; its panics are caught.
//   - The pictures are reduced by a mean of areas written here: golang.org/x/image/draw keeps 32 bytes for each column of
//     the result and line of the source, 150 MB for a 12 megapixel photo, and turns luma into RGB and back.
//   - The perceptual hash is written here, too: the libraries want an image.Image of their own making and scale it with an
//     archived module, when the luma that they want is already at hand.
package imaging
