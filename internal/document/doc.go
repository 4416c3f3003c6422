// Package document makes the papers of a visit, the confirmation form (业务施工确认单, VI-12) and the visit note
// (到访留言, NA-4), as PDF, and seals them so that anyone can detect a later change.
//
// A document is laid out here, on plain values, and written with codeberg.org/go-pdf/fpdf (MIT): it is kept up, embeds
// subsets of TrueType fonts with a ToUnicode map, so that Chinese is text and can be searched, and puts
// no clock and no chance into a file. github.com/signintech/gopdf could do the same with less of a drawing interface. The seal is
// written here as well, on the standard library's cryptography: a PAdES baseline signature is a small CMS structure and
// an incremental update, and what a regulator trusts should be readable in one sitting. QR codes come from rsc.io/qr,
// which is complete and has no dependencies.
package document
